import type { RedactAnswer, Redaction } from "../../contracts/redact.ts";
import { isFactOver } from "./retention.ts";
import type { Store } from "./store.ts";
import { actionRowWithoutTexts, BY_REDACTION, eventRowWithoutTexts, recordedWithoutTexts } from "./texts.ts";

/**
 * Removes the texts of one row now, as RETENTION_DAYS does in its time. What waits keeps them: who goes on with it reads
 * them. What a person has before them loses them only where that is asked for.
 */
export function redactIn(store: Store, { row, evenOpen }: Redaction, now: number): RedactAnswer {
  switch (row.kind) {
    case "event":
      return redactEvent(store, row.id, evenOpen, now);
    case "action":
      return redactAction(store, row.id, evenOpen, now);
    case "fact":
      return redactFact(store, row.key, now);
  }
}

/** Its case, if it has one, is its action's: the caller asks for that first. */
function redactEvent(store: Store, id: string, evenOpen: boolean, now: number): RedactAnswer {
  const row = store.event(id);
  if (row === null) return "missing";
  const isDeadLetter = row.state === "dead_lettered";
  if ((row.state !== "decided" && !isDeadLetter) || row.due !== null) return "waits";
  if (isDeadLetter && !evenOpen) return "open";
  store.removeConflicts(id);
  const isDone = row.textRemovedAt !== undefined && store.rawOf(id) === null;
  if (!isDone) store.rewriteEvent(eventRowWithoutTexts(row, now, BY_REDACTION), "");
  return "redacted";
}

function redactAction(store: Store, id: string, evenOpen: boolean, now: number): RedactAnswer {
  const row = store.action(id);
  if (row === null) return "missing";
  if (row.due !== null) return "waits";
  if (!evenOpen && !isFactOver(store.actionsOf(row.subject), id)) return "open";
  // What was written to it later may have texts again.
  const isDone = row.textRemovedAt !== undefined && row.updatedAt < row.textRemovedAt;
  if (!isDone) store.rewriteAction(actionRowWithoutTexts(row, now, BY_REDACTION));
  return "redacted";
}

function redactFact(store: Store, key: string, now: number): RedactAnswer {
  const recorded = store.decision(key);
  if (recorded === null) return "missing";
  if (recorded.textRemovedAt === undefined) store.rewriteDecision(key, recordedWithoutTexts(recorded, now));
  return "redacted";
}
