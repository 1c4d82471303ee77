import * as v from "valibot";
import { type ActionKind, EXECUTOR_QUEUES, type ExecutorQueue, executorQueueOf, isExecutable } from "./actions.ts";
import type { Lane } from "./event.ts";

/**
 * A queue message is a doorbell: it says which row to look at, never what is true. A forged or stale one can make a
 * Worker look, never act. `nonce` tells two deliveries apart in the logs; `summary` is for the person who reads a queue.
 */
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(600));
const nonce = v.pipe(v.string(), v.maxLength(100));
const summary = v.pipe(v.string(), v.maxLength(300));

export const eventDoorbell = v.strictObject({ kind: v.literal("event"), id, nonce, summary });
export const regrantDoorbell = v.strictObject({ kind: v.literal("regrant"), id, subject: id, nonce, summary });
export const actionDoorbell = v.strictObject({ kind: v.literal("action"), id, subject: id, nonce, summary });
export const doorbell = v.variant("kind", [eventDoorbell, regrantDoorbell, actionDoorbell]);
export const decisionDoorbell = v.variant("kind", [eventDoorbell, regrantDoorbell]);

export type EventDoorbell = v.InferOutput<typeof eventDoorbell>;
export type RegrantDoorbell = v.InferOutput<typeof regrantDoorbell>;
export type ActionDoorbell = v.InferOutput<typeof actionDoorbell>;
export type Doorbell = v.InferOutput<typeof doorbell>;

export type QueueName = "events" | "events-batch" | ExecutorQueue | "escalate";
export const QUEUES: readonly QueueName[] = ["events", "events-batch", ...EXECUTOR_QUEUES, "escalate"];
export type DeadLetterQueue = `${QueueName}-dlq`;
export const deadLetterQueueOf = <Queue extends QueueName>(queue: Queue): `${Queue}-dlq` => `${queue}-dlq`;

/** Where a kind is worked on: by its executor, or by whoever opens cases. */
export const queueOfKind = (kind: ActionKind): QueueName => (isExecutable(kind) ? executorQueueOf(kind) : "escalate");

export const queueOfEvent = ({ lane }: { lane: Lane }): QueueName => (lane === "batch" ? "events-batch" : "events");

/** What an action waits for: a grant of the classifier, its executor, or a person. */
export type Need = "grant" | "execution" | "case";

export function queueOfAction({ kind, needs }: { kind: ActionKind; needs: Need }): QueueName {
  if (needs === "grant") return "events";
  return needs === "case" ? "escalate" : queueOfKind(kind);
}

/** Dead letters keep these in columns for whole numbers. */
const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/**
 * What the dead-letter Worker receives: the body as it was, where it came from, and why it was given up. `delivery` is
 * what the platform knew of the message; sent twice, the same message is told by it and is kept once. `bodyIsText`: the
 * body could not travel as it was, and this is what can be read of it.
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
