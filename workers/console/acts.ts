import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { AcceptAnswer, Ledger, RowRef } from "../../shared/contracts/ledger.ts";
import type { Doorbell, QueueName } from "../../shared/contracts/queues.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import type { Mode } from "../../shared/core/ids.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import { doorbellOfAction, doorbellOfEvent, needOfQueue } from "../../shared/queue/doorbells.ts";

/** The row of a dead letter; null for a message without a row. */
export function rowOf({ rowKind, rowId, subject }: DeadLetterRow): RowRef | null {
  if (rowKind === "event") return { kind: "event", id: rowId };
  return rowKind === "action" && subject !== null ? { kind: "action", id: rowId, subject } : null;
}

/** A person's act on a dead letter, recorded as an event. Its id says what was done, and for a redrive which one. `at` in epoch milliseconds. */
export type Act = { id: string; type: "countersign.redrive" | "countersign.discard"; at: number; text: string };

/**
 * Records an act in the ledger. Events of these types are decided as `none`. The same act again is a `duplicate`, because
 * all its fields come from the dead letter's row.
 */
export async function recordAct(ledger: Pick<Ledger, "accept">, act: Act, mode: Mode): Promise<AcceptAnswer> {
  const event: PaymentEvent = {
    id: act.id,
    type: act.type,
    occurredAt: act.at,
    mode,
    lane: "live",
    text: act.text,
  };
  const [acceptance] = await ledger.accept([{ event, raw: canonicalJson(event), provenance: "own" }]);
  return acceptance ?? "unavailable";
}

/** The mode of a row, which its acts get too; null when the ledger has no such row. */
export async function modeOfRow(ledger: Pick<Ledger, "actions" | "trace">, row: RowRef): Promise<Mode | null> {
  if (row.kind === "event") return (await ledger.trace(row.id))?.event.event.mode ?? null;
  const [view] = await ledger.actions([row]);
  return view?.action.mode ?? null;
}

/** The doorbell of a redriven row, for the queue in which it became undeliverable. */
export function doorbellFor(row: RowRef, queue: QueueName, nonce: string): Doorbell {
  const summary = `redriven: ${row.kind} ${row.id}`;
  if (row.kind === "event") return doorbellOfEvent({ id: row.id, summary }, nonce);
  return doorbellOfAction(row, needOfQueue(queue), summary, nonce);
}
