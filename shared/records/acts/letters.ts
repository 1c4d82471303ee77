import { actEventId } from "../../contracts/act.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { DeadLetterRow } from "../../contracts/records.ts";

/**
 * What people do with dead letters, as the ledger records it: event `act:<letter>:<n>` is the letter's act number n. One
 * number has one event, whatever was done, so the first that the ledger accepts decides.
 */
export const actIdOf = actEventId;
/** That the redrive with this number was sent: of a letter without a row, which could show it. */
export const sentIdOf = (letter: string, n: number): string => `${actIdOf(letter, n)}:sent`;

/** `at`: when the person acted, in epoch milliseconds. `event`: what is sent in place of what died; `bytes`: sha256 of it. */
export type StandingAct =
  | { kind: "redrive"; at: number }
  | { kind: "discard"; at: number; reason: string }
  | { kind: "edit"; at: number; event: string; bytes: string };

/** Null for an event that is no act. */
export function actOf({ type, occurredAt: at, text, act }: PaymentEvent): StandingAct | null {
  if (act?.what === "letter.edit") {
    const { event, bytes } = act.after;
    return typeof event === "string" && typeof bytes === "string" ? { kind: "edit", at, event, bytes } : null;
  }
  if (type === "countersign.redrive") return { kind: "redrive", at };
  return type === "countersign.discard" ? { kind: "discard", at, reason: reasonIn(text) } : null;
}

export const textOfDiscard = ({ rowKind, rowId }: Pick<DeadLetterRow, "rowKind" | "rowId">, reason: string): string =>
  `a person gave up ${rowKind} ${rowId}: ${reason}`;

/** The reason stands behind `textOfDiscard`'s own words. */
function reasonIn(text: string | undefined): string {
  if (text === undefined) return "no reason was kept";
  return /^a person gave up (?:event|action|message) \S+: ([\s\S]+)$/.exec(text)?.[1] ?? text;
}

/**
 * Which act of which letter an event's id names. Until 2026-12 a redrive was `redrive:<letter>:<n>`, and a discard
 * `discard:<letter>`: then `n` is null, and it was the letter's last.
 */
export function letterOfAct(eventId: string): { letter: string; n: number | null; isSent: boolean } | null {
  const [, letter, n, sent] =
    /^(?:act|redrive):(dl_[0-9a-f]{32}):([1-9]\d{0,5})(:sent)?$/.exec(eventId) ??
    /^discard:(dl_[0-9a-f]{32})$/.exec(eventId) ??
    [];
  return letter === undefined ? null : { letter, n: n === undefined ? null : Number(n), isSent: sent !== undefined };
}
