import * as v from "valibot";
import type { DeadRow, RowRef } from "../../shared/contracts/ledger.ts";
import {
  type DeadMessage,
  type Doorbell,
  deadMessage,
  doorbell,
  type QueueName,
} from "../../shared/contracts/queues.ts";
import { sha256Hex } from "../../shared/core/hash.ts";
import { textOf } from "../../shared/core/text-of.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import type { NewDeadLetter } from "../../shared/records/dead-letters.ts";

/**
 * What lies in a dead-letter queue.
 * row      a doorbell: the row that it rang for is what died. `wrapped`: sent by consume() or the ledger, which had
 *          given the row up; otherwise the platform moved it here, when its deliveries ran out.
 * message  anything else: there is no row to look at, the body itself is what must be kept
 */
export type Undeliverable =
  | { kind: "row"; row: RowRef; queue: QueueName; body: Doorbell; wrapped: boolean }
  | { kind: "message"; queue: QueueName; body: unknown; dead: DeadMessage | null };

export function read(body: unknown, queueOfBatch: QueueName): Undeliverable {
  const dead = v.safeParse(deadMessage, body);
  const queue = dead.success ? dead.output.queue : queueOfBatch;
  const inner = dead.success ? dead.output.body : body;
  const rings = v.safeParse(doorbell, inner);
  // A doorbell that its consumer called malformed (it was of another queue's kind) is kept as it is.
  const malformed = dead.success && dead.output.failure.reason === "malformed_message";
  if (!rings.success || malformed)
    return { kind: "message", queue, body: inner, dead: dead.success ? dead.output : null };
  return { kind: "row", row: rowOf(rings.output), queue, body: rings.output, wrapped: dead.success };
}

function rowOf(bell: Doorbell): RowRef {
  if (bell.kind === "event") return { kind: "event", id: bell.id };
  return { kind: "action", id: bell.id, subject: bell.subject };
}

/** The letter of one death of a row: its id counts the deaths, so the same death is kept once however often it is told. */
export async function letterOfRow(
  { row, body }: Undeliverable & { kind: "row" },
  death: DeadRow,
): Promise<NewDeadLetter> {
  return {
    id: await letterId("row", row.kind, row.id, String(death.deaths)),
    queue: death.queue,
    rowKind: row.kind,
    rowId: row.id,
    subject: row.kind === "action" ? row.subject : null,
    body: JSON.stringify(body),
    reason: death.failure?.reason ?? "queue_exhausted",
    detail: death.failure?.detail ?? "no failure was recorded",
    attempts: death.failures,
    firstAt: death.firstAt,
    lastAt: death.lastAt,
  };
}

/**
 * A message has 128 KB at most; its text can be longer (a control character is written as six). D1 takes 2 MB a row
 * (https://developers.cloudflare.com/d1/platform/limits/), and a page of letters must fit into a Worker.
 */
const BODY_MAX = 200_000;
const DETAIL_MAX = 2_500;

/** The letter of a message without a row. The id of the first message tells it, wherever it was sent on from. */
export async function letterOfMessage(
  { queue, body, dead }: Undeliverable & { kind: "message" },
  delivery: Delivery<unknown>,
  now: number,
): Promise<NewDeadLetter> {
  const told = dead?.bodyIsText && typeof body === "string" ? { text: body, isCut: false } : textOf(body, BODY_MAX);
  const { text, isCut } = told;
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

async function letterId(...parts: string[]): Promise<string> {
  return `dl_${(await sha256Hex(JSON.stringify(parts))).slice(0, 32)}`;
}

/**
 * What happened and what to do, in our own words first: what a consumer reports of a message could also have been put here
 * by somebody who wants it to be read.
 */
function detailOf(dead: DeadMessage | null, queue: QueueName): string {
  const ours = `no event or action stands behind this message of queue ${queue}: read it, find out who may write to the queue, and discard it`;
  if (dead?.failure.reason !== "malformed_message") return `${ours}; it was found in ${queue}-dlq itself`;
  return `${ours}; its consumer reports: ${dead.failure.detail.slice(0, DETAIL_MAX)}`;
}
