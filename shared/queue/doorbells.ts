import { type ActionKind, proposedOfKind } from "../contracts/actions.ts";
import type { Lane, PaymentEvent } from "../contracts/event.ts";
import type { Failure } from "../contracts/failure.ts";
import type { ActionRef } from "../contracts/ledger.ts";
import {
  type DeadLetterQueue,
  type DeadMessage,
  type Doorbell,
  deadLetterQueueOf,
  type EventDoorbell,
  type Need,
  type QueueName,
  queueOfAction,
  queueOfEvent,
} from "../contracts/queues.ts";
import { createMerger } from "../core/merge.ts";
import { formatMoney } from "../core/money.ts";
import { type Producer, sendInBatches } from "./producers.ts";

/** A row as far as a doorbell needs to know it. `summary` is for the person who reads a queue. */
export type EventToRing = { id: string; lane: Lane; summary: string };
export type ActionToRing = ActionRef & { kind: ActionKind; needs: Need };

export type Ring = { queue: QueueName; body: Doorbell };
export type DeadRing = { queue: DeadLetterQueue; body: DeadMessage };

/** Where an event's doorbell goes, and what it says. `nonce` tells this delivery apart in the logs. */
export const ringForEvent = (event: EventToRing, nonce: string): Ring => ({
  queue: queueOfEvent(event),
  body: doorbellOfEvent(event, nonce),
});

/** Where an action's doorbell goes, and what it says. */
export function ringForAction(action: ActionToRing, nonce: string): Ring {
  const summary = summaryOf(action.kind, action.subject);
  return { queue: queueOfAction(action), body: doorbellOfAction(action, action.needs, summary, nonce) };
}

export const doorbellOfEvent = (
  { id, summary }: Pick<EventToRing, "id" | "summary">,
  nonce: string = crypto.randomUUID(),
): EventDoorbell => ({ kind: "event", id, nonce, summary: cut(summary) });

/** An action that needs a grant is the classifier's to look at: no other consumer could read its doorbell. */
export function doorbellOfAction(
  { id, subject }: ActionRef,
  needs: Need,
  summary: string,
  nonce: string = crypto.randomUUID(),
): Doorbell {
  return { kind: needs === "grant" ? "regrant" : "action", id, subject, nonce, summary: cut(summary) };
}

/** What an action needs whose doorbell lies in this queue. */
export function needOfQueue(queue: QueueName): Need {
  if (queue === "events" || queue === "events-batch") return "grant";
  return queue === "escalate" ? "case" : "execution";
}

/** The doorbell of a row that was given up goes to the dead letters of its queue, with the reason. */
export function deadRing({ queue, body }: Ring, { reason, detail }: Failure): DeadRing {
  return { queue: deadLetterQueueOf(queue), body: { kind: "dead", queue, body, failure: { reason, detail } } };
}

export const summaryOf = (kind: ActionKind, subject: string): string => `${proposedOfKind[kind]} ${subject}`;

/** "invoice.payment_failed in_123 42.50 USD". */
export function summaryOfEvent(event: PaymentEvent): string {
  const { type, amountMinor, currency } = event;
  const about = event.payment ?? event.invoice ?? event.charge ?? event.subscription ?? event.customer ?? "";
  const money = amountMinor !== undefined && currency !== undefined ? formatMoney({ amountMinor, currency }) : "";
  return [type, about, money].filter((part) => part !== "").join(" ");
}

/** As much as a doorbell's contract takes. */
const cut = (summary: string): string => summary.slice(0, 300);

/** Rings for what was just committed. A ring that fails is only logged: the ledger's pump rings again. */
export type Rings = {
  action(queue: QueueName, ref: ActionRef, summary: string): Promise<void>;
  regrant(ref: ActionRef, summary: string): Promise<void>;
};

export type Producers = Partial<Record<QueueName, Producer>>;

/** What rings within one turn of the event loop goes to its queue as one batch of messages. */
const GATHER_MS = 0;

export function createRings(producers: Producers, log: (line: Record<string, unknown>) => void): Rings {
  const merge = createMerger(GATHER_MS);

  async function sendAll(queue: QueueName, bodies: Doorbell[]): Promise<null[]> {
    try {
      const producer = producers[queue];
      if (producer === undefined) throw new Error(`no producer is bound for ${queue}`);
      await sendInBatches(producer, bodies);
    } catch (error) {
      log({ what: "ring.failed", queue, ids: bodies.map(({ id }) => id), error: String(error) });
    }
    return bodies.map(() => null);
  }

  const ring = async ({ queue, body }: Ring): Promise<void> => {
    await merge(queue, [body], (bodies) => sendAll(queue, bodies));
  };

  return {
    action: (queue, ref, summary) => ring({ queue, body: doorbellOfAction(ref, needOfQueue(queue), summary) }),
    regrant: (ref, summary) => ring({ queue: "events", body: doorbellOfAction(ref, "grant", summary) }),
  };
}
