import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Acceptance, Ledger, RowRef } from "../../shared/contracts/ledger.ts";
import type { Doorbell, QueueName } from "../../shared/contracts/queues.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import type { Mode } from "../../shared/core/ids.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import { doorbellOfAction, doorbellOfEvent, needOfQueue } from "../../shared/queue/doorbells.ts";

/** The row that a dead letter rang for; null for a bare message. */
export function rowOf({ rowKind, rowId, subject }: DeadLetterRow): RowRef | null {
  if (rowKind === "event") return { kind: "event", id: rowId };
  return rowKind === "action" && subject !== null ? { kind: "action", id: rowId, subject } : null;
}

/** A person's act on a dead letter, as the ledger keeps it: an event whose id says what was done, and which time. */
export type Act = { id: string; type: "countersign.redrive" | "countersign.discard"; at: number; text: string };

/**
 * Writes an act into the ledger. It is a record, not an instruction: events of these types are decided as `none`. The
 * same act again is a `duplicate`, since everything in it follows from the dead letter's row.
 */
export async function recordAct(ledger: Pick<Ledger, "accept">, act: Act, mode: Mode): Promise<Acceptance> {
  const event: PaymentEvent = {
    id: act.id,
    type: act.type,
    occurredAt: act.at,
    mode,
    lane: "live",
    text: act.text,
  };
  const [acceptance] = await ledger.accept([{ event, raw: canonicalJson(event) }]);
  return acceptance ?? "unavailable";
}

/** The mode of the row, which its acts share; null when the ledger has no such row. */
export async function modeOfRow(ledger: Pick<Ledger, "actions" | "trace">, row: RowRef): Promise<Mode | null> {
  if (row.kind === "event") return (await ledger.trace(row.id))?.event.event.mode ?? null;
  const [view] = await ledger.actions([row]);
  return view?.action.mode ?? null;
}

/** Rings for a redriven row: the same row, a new delivery, in the queue where it died. */
export function doorbellFor(row: RowRef, queue: QueueName, nonce: string): Doorbell {
  const summary = `redriven: ${row.kind} ${row.id}`;
  if (row.kind === "event") return doorbellOfEvent({ id: row.id, summary }, nonce);
  return doorbellOfAction(row, needOfQueue(queue), summary, nonce);
}
