import type { RedactAnswer, Redaction, RedactRow } from "../../contracts/redact.ts";
import { isFactOver } from "./retention.ts";
import type { Store } from "./store.ts";
import { actionRowWithoutTexts, BY_REDACTION, eventRowWithoutTexts, recordedWithoutTexts } from "./texts.ts";

/**
 * Removes the texts of one row now, as RETENTION_DAYS does in its time. What waits keeps them: who goes on with it reads
 * them. What a person has before them loses them only where that is asked for.
 */
export function redactIn(store: Store, redaction: Redaction, now: number): RedactAnswer {
  const answer = redactableIn(store, redaction);
  if (answer === "redacted") remove(store, redaction.row, now);
  return answer;
}

/** What a redaction would answer now. Nothing is written. */
export function redactableIn(store: Store, { row, evenOpen }: Redaction): RedactAnswer {
  switch (row.kind) {
    case "event":
      return isEventRedactable(store, row.id, evenOpen);
    case "action":
      return isActionRedactable(store, row.id, evenOpen);
    case "fact":
      return store.decision(row.key) === null ? "missing" : "redacted";
  }
}

/** Its case, if it has one, is its action's: the caller asks for that first. */
function isEventRedactable(store: Store, id: string, evenOpen: boolean): RedactAnswer {
  const row = store.event(id);
  if (row === null) return "missing";
  const isDeadLetter = row.state === "dead_lettered";
  if ((row.state !== "decided" && !isDeadLetter) || row.due !== null) return "waits";
  return isDeadLetter && !evenOpen ? "open" : "redacted";
}

function isActionRedactable(store: Store, id: string, evenOpen: boolean): RedactAnswer {
  const row = store.action(id);
  if (row === null) return "missing";
  if (row.due !== null) return "waits";
  return !evenOpen && !isFactOver(store.actionsOf(row.subject), id) ? "open" : "redacted";
}

function remove(store: Store, row: RedactRow, now: number): void {
  if (row.kind === "event") removeFromEvent(store, row.id, now);
  else if (row.kind === "action") removeFromAction(store, row.id, now);
  else removeFromFact(store, row.key, now);
}

function removeFromEvent(store: Store, id: string, now: number): void {
  const row = store.event(id);
  if (row === null) return;
  store.removeConflicts(id);
  const isDone = row.textRemovedAt !== undefined && store.rawOf(id) === null;
  if (!isDone) store.rewriteEvent(eventRowWithoutTexts(row, now, BY_REDACTION), "");
}

function removeFromAction(store: Store, id: string, now: number): void {
  const row = store.action(id);
  if (row === null) return;
  // What was written to it later may have texts again.
  const isDone = row.textRemovedAt !== undefined && row.updatedAt < row.textRemovedAt;
  if (!isDone) store.rewriteAction(actionRowWithoutTexts(row, now, BY_REDACTION));
}

function removeFromFact(store: Store, key: string, now: number): void {
  const recorded = store.decision(key);
  if (recorded !== null && recorded.textRemovedAt === undefined)
    store.rewriteDecision(key, recordedWithoutTexts(recorded, now));
}
