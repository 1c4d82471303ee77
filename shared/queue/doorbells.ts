import { type ActionKind, proposedOfKind } from "../contracts/actions.ts";
import type { Lane, PaymentEvent } from "../contracts/event.ts";
import type { Failure } from "../contracts/failure.ts";
import {
  type DeadLetterQueue,
  type DeadMessage,
  type Doorbell,
  deadLetterQueueOf,
  type EventDoorbell,
  type Need,
  QUEUE_OF_RENEWALS,
  type QueueName,
  queueOfAction,
  queueOfEvent,
} from "../contracts/queues.ts";
import type { ActionRef } from "../contracts/views.ts";
import { createMerger } from "../core/merge.ts";
import { formatMoney } from "../core/money.ts";
import { type Producer, sendInBatches } from "./producers.ts";

/** What a doorbell needs of a row. `summary` is for the person who reads a queue. */
export type EventToRing = { id: string; lane: Lane; summary: string };
export type ActionToRing = ActionRef & { kind: ActionKind; needs: Need };

export type Ring = { queue: QueueName; body: Doorbell };
export type DeadRing = { queue: DeadLetterQueue; body: DeadMessage };

/** An event's doorbell and its queue. `nonce` identifies this delivery in the logs. */
export const ringForEvent = (event: EventToRing, nonce: string): Ring => ({
  queue: queueOfEvent(event),
  body: doorbellOfEvent(event, nonce),
});

/** An action's doorbell and its queue. */
export function ringForAction(action: ActionToRing, nonce: string): Ring {
  const summary = summaryOf(action.kind, action.subject);
  return { queue: queueOfAction(action), body: doorbellOfAction(action, action.needs, summary, nonce) };
}

export const doorbellOfEvent = (
  { id, summary }: Pick<EventToRing, "id" | "summary">,
  nonce: string = crypto.randomUUID(),
): EventDoorbell => ({ kind: "event", id, nonce, summary: cut(summary) });

/** An action that needs a grant gets a `regrant` doorbell, which only the classifier accepts. */
export function doorbellOfAction(
  { id, subject }: ActionRef,
  needs: Need,
  summary: string,
  nonce: string = crypto.randomUUID(),
): Doorbell {
  const kind = needs === "grant" || needs === "renewal" ? "regrant" : "action";
  return { kind, id, subject, nonce, summary: cut(summary) };
}

/** What an action needs if its doorbell is in this queue. */
export function needOfQueue(queue: QueueName): Need {
  if (queue === "events" || queue === "events-batch") return "grant";
  return queue === "escalate" ? "case" : "execution";
}

/** What a doorbell needs of a notice. */
export type NoticeToRing = { kind: "event" | "action"; id: string; subject: string };

export const ringForNotice = ({ kind, id, subject }: NoticeToRing, nonce: string): Ring => ({
  queue: "escalate",
  body: { kind: "notice", row: kind, id, subject, nonce, summary: cut(`waits for long: ${kind} ${id}`) },
});

/** The message for the dead-letter queue about a row that was given up. */
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

/** The longest summary that the contract of a doorbell allows. */
const cut = (summary: string): string => summary.slice(0, 300);

/** Sends doorbells for rows that were just committed. A failed one is only logged: the ledger's pump rings again. */
export type Rings = {
  action(queue: QueueName, ref: ActionRef, summary: string): Promise<void>;
  /** For its first grant, or one of its own as the next try. */
  regrant(ref: ActionRef, summary: string): Promise<void>;
  /** For a new grant in place of its own. They come in masses. */
  renewal(ref: ActionRef, summary: string): Promise<void>;
  /** An event that another Worker than the classifier works on. */
  event(queue: QueueName, event: Pick<EventToRing, "id" | "summary">): Promise<void>;
};

export type Producers = Partial<Record<QueueName, Producer>>;

/** Doorbells of one turn of the event loop go to their queue as one batch. */
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
    renewal: (ref, summary) => ring({ queue: QUEUE_OF_RENEWALS, body: doorbellOfAction(ref, "renewal", summary) }),
    event: (queue, event) => ring({ queue, body: doorbellOfEvent(event) }),
  };
}
