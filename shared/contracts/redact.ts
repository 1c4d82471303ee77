import type { FactRowKey } from "../core/ids.ts";
import type { RowRef } from "./views.ts";

/** A row whose texts go: an event with its bytes and conflicts, the decision about a fact, an action. */
export type RedactRow = RowRef | { kind: "fact"; key: FactRowKey };
/** `evenOpen`: also where a person has its case, or its dead letter, before them. */
export type Redaction = { row: RedactRow; evenOpen: boolean };
/** `open`: a person has it before them. `waits`: something goes on with it, and needs its texts. */
export type RedactAnswer = "redacted" | "open" | "waits" | "missing";

/** Its shard's. */
export function keyOfRedaction({ row }: Redaction): string {
  if (row.kind === "fact") return row.key;
  return row.kind === "event" ? row.id : row.subject;
}

/** The removal of a person's texts, as the console answers it. */
export type RedactRefusal = { id: string; why: "open" | "waits"; says: string };

/**
 * `redacted`: rows without texts now, also those that had none any more. `refused`: what keeps its texts, and why. `isMore`:
 * the id reaches more than one request does; redact the rest by its own ids.
 */
export type RedactedAnswer = {
  redacted: { events: number; decisions: number; actions: number; cases: number; notes: number; letters: number };
  refused: RedactRefusal[];
  isMore: boolean;
  /** The event that records the act. */
  act: string;
};

/** What no redaction reaches, for whoever has to answer for it. */
export const NOT_REACHED: readonly string[] = [
  "what the platform's log store still has: no log line holds a text of an event, and Workers Logs drop them in their time",
  "the platform's point-in-time recovery of shards and D1, for 30 days",
  "what the provider keeps: redact it there (Stripe's Dashboard, or its Redaction Jobs)",
  "queue messages that are on their way, for 4 days at most: they hold ids and a summary of ours",
];
