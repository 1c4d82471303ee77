/** What people decide, from the provider's own event to the case in D1: the classifier and escalate over one ledger. */

import { caseIdOf } from "../../shared/contracts/asked.ts";
import type { PaymentSnapshot } from "../../shared/contracts/provider.ts";
import type { ActionDoorbell } from "../../shared/contracts/queues.ts";
import { normaliseAdyenItem } from "../../shared/providers/adyen/normalise.ts";
import { normaliseStripeEvent } from "../../shared/providers/stripe/normalise.ts";
import { getCase, openCase } from "../../shared/records/cases.ts";
import { handleBatch } from "../../workers/escalate/handle.ts";
import { openClassifier } from "./classifier.ts";
import { createRecords } from "./d1.ts";
import { paymentOf } from "./memory-provider.ts";

export const AT = Date.parse("2026-10-23T08:00:00Z");
const HOUR_MS = 3_600_000;

type Fields = Record<string, unknown>;

/** Stripe's event of this type about this object, normalised; `hour` orders what happened. */
export function stripeEvent(id: string, type: string, object: Fields, more: Fields = {}, hour = 0) {
  const created = (AT + hour * HOUR_MS) / 1_000;
  const envelope = {
    id: `evt_${id}`,
    object: "event",
    type,
    created,
    livemode: false,
    api_version: "2026-10-28.endive",
  };
  const result = normaliseStripeEvent({ ...envelope, data: { object }, ...more }, "live");
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** Adyen's event of this code, normalised. */
export function adyenEvent(eventCode: string, changes: Fields = {}, hour = 0) {
  const item = {
    pspReference: "NQPX4BRQZ8DSGZR3",
    originalReference: "8835511210681324",
    merchantAccountCode: "ShopOne",
    merchantReference: "order-1",
    amount: { value: 4_250, currency: "EUR" },
    eventCode,
    eventDate: new Date(AT + hour * HOUR_MS).toISOString(),
    success: "true",
    ...changes,
  };
  const result = normaliseAdyenItem(item, { live: "false", mode: "test" });
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

export const disputeObject = (changes: Fields = {}): Fields => ({
  id: "du_1",
  object: "dispute",
  amount: 4_250,
  currency: "usd",
  charge: "ch_1",
  payment_intent: "pi_1",
  reason: "fraudulent",
  status: "needs_response",
  evidence_details: { due_by: (AT + 200 * HOUR_MS) / 1_000 },
  ...changes,
});

export const refundObject = (status: string, changes: Fields = {}): Fields => ({
  id: "re_9",
  object: "refund",
  amount: 4_250,
  currency: "usd",
  charge: "ch_1",
  payment_intent: "pi_1",
  status,
  ...changes,
});

/** The classifier, and what escalate keeps of the cases that it makes. */
export async function openMatters(others: PaymentSnapshot[] = []) {
  const classifier = await openClassifier([paymentOf(), ...others]);
  const { database, sqlite } = createRecords();
  const { ledger, clock } = classifier;

  const subjectsOf = new Map<string, string>();
  /** Escalate comes for every case that waits for it. */
  async function escalate(): Promise<void> {
    const waiting = classifier.rung.splice(0).filter(({ queue }) => queue === "escalate");
    const deliveries = [...new Set(waiting.map(({ id }) => id))].map((id) => {
      const subject = subjectsOf.get(id);
      if (subject === undefined) throw new Error(`nobody knows the subject of ${id}`);
      const body: ActionDoorbell = { kind: "action", id, subject, nonce: "n", summary: "s" };
      return { id, body, attempts: 1, sentAt: 0 };
    });
    await handleBatch(deliveries, { ledger, openCase: openCase.bind(null, database), policy: null });
  }
  const { rings } = classifier.deps;
  classifier.deps.rings = {
    ...rings,
    action: (queue, ref, summary) => {
      subjectsOf.set(ref.id, ref.subject);
      return rings.action(queue, ref, summary);
    },
  };

  return {
    ...classifier,
    database,
    escalate,
    /** The events come one after another, each with time to become a case. */
    async tell(...events: Parameters<typeof classifier.decide>) {
      for (const event of events) {
        clock.now += 1_000;
        await classifier.decide(event);
        await escalate();
      }
    },
    /** How the event ended, and why. */
    async endOf(id: string) {
      const { state, event, action } = await classifier.trace(id);
      return { state, reason: event.outcome?.reason ?? action?.caseReason ?? "" };
    },
    cases: () =>
      sqlite
        .prepare("SELECT id, state, status, dueAt, reason, subject, closedAt FROM cases ORDER BY openedAt")
        .all() as {
        id: string;
        state: string;
        status: string | null;
        dueAt: number | null;
        reason: string;
        subject: string;
        closedAt: number | null;
      }[],
    caseOf: (actionId: string) => getCase(database, caseIdOf(actionId)),
  };
}
