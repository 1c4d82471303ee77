import * as v from "valibot";
import type { AcceptItem } from "../contracts/ledger.ts";
import type { DeadRow, RowRef } from "../contracts/views.ts";
import { sha256Hex } from "../core/hash.ts";
import type { Mode } from "../core/ids.ts";
import { canonicalJson, parseJson } from "../core/json.ts";
import type { NewDeadLetter } from "./dead-letters.ts";

export const letterId = async (...parts: string[]): Promise<string> =>
  `dl_${(await sha256Hex(JSON.stringify(parts))).slice(0, 32)}`;

/** What a dead letter tells of one death of a row. */
export type Death = Pick<DeadRow, "failure" | "failures" | "firstAt" | "lastAt" | "deaths" | "queue">;

export const idOfDeath = (row: RowRef, deaths: number): Promise<string> =>
  letterId("row", row.kind, row.id, String(deaths));

/** The dead letter of a row. Its id contains how often the row was given up, so each time is kept once, also after redeliveries. */
export async function letterOfRow(row: RowRef, body: unknown, death: Death): Promise<NewDeadLetter> {
  return {
    id: await idOfDeath(row, death.deaths),
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

/** The dead letter of a message without a row, as the ledger keeps it: an event, of which the letter is the raw body. */
export function eventOfMessage(letter: NewDeadLetter, mode: Mode): AcceptItem {
  const event = {
    id: messageIdOf(letter.id),
    type: "countersign.undeliverable",
    occurredAt: letter.firstAt,
    mode,
    lane: "live",
    text: `a message of queue ${letter.queue} that names no event or action is dead letter ${letter.id}`,
  } as const;
  return { event, raw: canonicalJson(letter), provenance: "own" };
}

export const messageIdOf = (letter: string): string => `message:${letter}`;

/** Null for what is no letter: its text was removed, or it is not ours. */
export function messageOf(raw: string): NewDeadLetter | null {
  const json = parseJson(raw);
  const letter = v.safeParse(storedMessage, json.ok ? json.value : null);
  return letter.success ? letter.output : null;
}

const wholeNumber = v.pipe(v.number(), v.safeInteger());
const storedMessage = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^dl_[0-9a-f]{32}$/)),
  queue: v.string(),
  rowKind: v.literal("message"),
  rowId: v.string(),
  subject: v.null(),
  body: v.string(),
  reason: v.string(),
  detail: v.string(),
  attempts: wholeNumber,
  firstAt: wholeNumber,
  lastAt: wholeNumber,
});
