import * as v from "valibot";
import { maskBody, maskedStart } from "../../shared/agents/text/cover.ts";
import {
  type DeadMessage,
  type Doorbell,
  deadMessage,
  doorbell,
  type NoticeDoorbell,
  type QueueName,
} from "../../shared/contracts/queues.ts";
import type { RowRef } from "../../shared/contracts/views.ts";
import { textOf } from "../../shared/core/text-of.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import type { NewDeadLetter } from "../../shared/records/dead-letters.ts";
import { letterId } from "../../shared/records/letter.ts";

/**
 * A message of a dead-letter queue.
 * row      a doorbell: the row that it names may be undeliverable. `wrapped`: sent by consume() or the ledger, which had
 *          given the row up; otherwise the platform moved it here when its deliveries ran out.
 * notice   a doorbell about a notice, which goes on: the ledger rings for it until its case is kept
 * message  anything else: it names no row, so the body itself is kept
 */
export type Undeliverable =
  | { kind: "row"; row: RowRef; queue: QueueName; body: RowDoorbell; wrapped: boolean }
  | { kind: "notice" }
  | { kind: "message"; queue: QueueName; body: unknown; dead: DeadMessage | null };

type RowDoorbell = Exclude<Doorbell, NoticeDoorbell>;

export function read(body: unknown, queueOfBatch: QueueName): Undeliverable {
  const dead = v.safeParse(deadMessage, body);
  const queue = dead.success ? dead.output.queue : queueOfBatch;
  const inner = dead.success ? dead.output.body : body;
  const rings = v.safeParse(doorbell, inner);
  // A doorbell that its consumer rejected as malformed (of another queue's kind) is kept as a message.
  const malformed = dead.success && dead.output.failure.reason === "malformed_message";
  if (!rings.success || malformed)
    return { kind: "message", queue, body: inner, dead: dead.success ? dead.output : null };
  if (rings.output.kind === "notice") return { kind: "notice" };
  return { kind: "row", row: rowOf(rings.output), queue, body: rings.output, wrapped: dead.success };
}

function rowOf(bell: RowDoorbell): RowRef {
  if (bell.kind === "event") return { kind: "event", id: bell.id };
  return { kind: "action", id: bell.id, subject: bell.subject };
}

/**
 * A message has at most 128 KB; its text can be longer (JSON writes a control character as six). D1 accepts 2 MB per row
 * (https://developers.cloudflare.com/d1/platform/limits/), and a page of letters must fit into a Worker's memory.
 */
const BODY_MAX = 200_000;
const DETAIL_MAX = 2_500;

/** The dead letter of a message without a row. The id of the original message identifies it, also if it was forwarded. */
export async function letterOfMessage(
  { queue, body, dead }: Undeliverable & { kind: "message" },
  delivery: Delivery<unknown>,
  now: number,
): Promise<NewDeadLetter> {
  const isText = dead?.bodyIsText && typeof body === "string";
  const { text: came, isCut } = isText ? { text: body, isCut: false } : textOf(body, BODY_MAX);
  // Anybody may have written it, and a plain hash of it is in its id.
  const text = maskBody(came);
  const origin = dead?.delivery ?? { message: delivery.id, attempts: delivery.attempts, firstAt: delivery.sentAt };
  return {
    id: await letterId("message", queue, text, origin.message),
    queue,
    rowKind: "message",
    rowId: origin.message,
    subject: null,
    body: text,
    reason: "malformed_message",
    detail: `${detailOf(dead, queue)}${isCut ? `; of its body the first ${BODY_MAX} characters are kept` : ""}`,
    attempts: origin.attempts,
    firstAt: origin.firstAt,
    lastAt: now,
  };
}

/**
 * What happened and what to do. Our own words come first: the consumer's report could be forged by anyone who can write to
 * the queue.
 */
function detailOf(dead: DeadMessage | null, queue: QueueName): string {
  const ours = `this message of queue ${queue} names no event or action: read it, find out who may write to the queue, and discard it`;
  if (dead?.failure.reason !== "malformed_message") return `${ours}; it was found in ${queue}-dlq itself`;
  return `${ours}; its consumer reports: ${maskedStart(dead.failure.detail, DETAIL_MAX)}`;
}
