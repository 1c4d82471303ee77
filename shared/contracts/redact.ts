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
  redacted: RedactedCounts;
  refused: RedactRefusal[];
  isMore: boolean;
  /** The event that records the act. Null: it was only looked, and nothing was removed. */
  act: string | null;
};
/** Of the ledger: events, with those of acts; decisions; actions. Of D1: cases, notes, letters. Of the gate: holds. */
export type RedactedCounts = Record<(typeof REDACTED_ROWS)[number], number>;
export const REDACTED_ROWS = ["events", "decisions", "actions", "cases", "notes", "letters", "holds"] as const;

/** Stands where a text stood, in the ledger, in D1 and in the gate, so that no case looks changed. */
export const REDACTED = "[removed]";

/** What no redaction reaches, for whoever has to answer for it. */
export const NOT_REACHED: readonly string[] = [
  "names of those who acted, and ids: they are the record of who did what",
  "the reason of a redaction itself: redact the id of its event, which `audit list --about ID` names",
  "the reason of a hold, where another customer's action noted it as it was stopped: redact that action",
  "what the platform's log store still has: no log line holds a text of an event or the reason of an act; the detail of a failure may quote a provider's answer; Workers Logs drop them in their time",
  "the platform's point-in-time recovery of shards and D1, for 30 days",
  "what the provider keeps: redact it there (Stripe's Dashboard, or its Redaction Jobs)",
  "queue messages that are on their way, for 4 days at most: they hold ids and a summary of ours",
];
