import * as v from "valibot";
import { type ActionKind, EXECUTOR_QUEUES, type ExecutorQueue, executorQueueOf, isExecutable } from "./actions.ts";
import type { Lane } from "./event.ts";

/**
 * A queue message is a doorbell: it names a row to look up and states nothing about it, so a forged or stale message
 * changes nothing (docs/decisions/0001). `nonce` distinguishes deliveries in the logs; `summary` is for people.
 */
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(600));
const nonce = v.pipe(v.string(), v.maxLength(100));
const summary = v.pipe(v.string(), v.maxLength(300));

const eventDoorbell = v.strictObject({ kind: v.literal("event"), id, nonce, summary });
const regrantDoorbell = v.strictObject({ kind: v.literal("regrant"), id, subject: id, nonce, summary });
export const actionDoorbell = v.strictObject({ kind: v.literal("action"), id, subject: id, nonce, summary });
/** A person is to be told that this row waits for long, or no longer. `subject`: its shard key, which of an event is its id. */
export const noticeDoorbell = v.strictObject({
  kind: v.literal("notice"),
  row: v.picklist(["event", "action"]),
  id,
  subject: id,
  nonce,
  summary,
});
export const doorbell = v.variant("kind", [eventDoorbell, regrantDoorbell, actionDoorbell, noticeDoorbell]);
export const decisionDoorbell = v.variant("kind", [eventDoorbell, regrantDoorbell]);
export const escalateDoorbell = v.variant("kind", [actionDoorbell, noticeDoorbell, eventDoorbell]);

export type EventDoorbell = v.InferOutput<typeof eventDoorbell>;
export type RegrantDoorbell = v.InferOutput<typeof regrantDoorbell>;
export type ActionDoorbell = v.InferOutput<typeof actionDoorbell>;
export type NoticeDoorbell = v.InferOutput<typeof noticeDoorbell>;
export type Doorbell = v.InferOutput<typeof doorbell>;

export type QueueName = "events" | "events-batch" | ExecutorQueue | "escalate";
export const QUEUES: readonly QueueName[] = ["events", "events-batch", ...EXECUTOR_QUEUES, "escalate"];
export type DeadLetterQueue = `${QueueName}-dlq`;
export const deadLetterQueueOf = <Queue extends QueueName>(queue: Queue): `${Queue}-dlq` => `${queue}-dlq`;

/** The queue of a kind: its executor's, or the one that opens cases. */
export const queueOfKind = (kind: ActionKind): QueueName => (isExecutable(kind) ? executorQueueOf(kind) : "escalate");

export const queueOfEvent = ({ lane }: { lane: Lane }): QueueName => (lane === "batch" ? "events-batch" : "events");

export const QUEUE_OF_RENEWALS = "events-batch";

/** What an action waits for: a grant from the classifier, a new one in place of its own, its executor, or its case to be opened. */
export type Need = "grant" | "renewal" | "execution" | "case";

export function queueOfAction({ kind, needs }: { kind: ActionKind; needs: Need }): QueueName {
  if (needs === "grant") return "events";
  // One publication of policy makes every grant stale at once: no live event waits behind their renewals.
  if (needs === "renewal") return QUEUE_OF_RENEWALS;
  return needs === "case" ? "escalate" : queueOfKind(kind);
}

/** Dead letters store these in integer columns. */
const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/**
 * What the dead-letter Worker receives: the original body, its queue, and why it was given up. `delivery` is the
 * platform's data of the message; it identifies the message, so that it is kept once. `bodyIsText`: the body could not be
 * sent as it was, and `body` is its text.
 */
export const deadMessage = v.strictObject({
  kind: v.literal("dead"),
  queue: v.picklist(QUEUES),
  body: v.unknown(),
  bodyIsText: v.optional(v.literal(true)),
  failure: v.strictObject({ reason: v.string(), detail: v.string() }),
  delivery: v.optional(
    v.strictObject({ message: v.pipe(v.string(), v.maxLength(100)), attempts: wholeNumber, firstAt: wholeNumber }),
  ),
});
export type DeadMessage = v.InferOutput<typeof deadMessage>;
