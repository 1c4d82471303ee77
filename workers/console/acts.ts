import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { Doorbell, QueueName } from "../../shared/contracts/queues.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import type { RowRef } from "../../shared/contracts/views.ts";
import type { Mode } from "../../shared/core/ids.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import { doorbellOfAction, doorbellOfEvent, needOfQueue } from "../../shared/queue/doorbells.ts";
import { actIdOf, actOf, type StandingAct, sentIdOf, textOfDiscard } from "../../shared/records/acts/letters.ts";

/** The row of a dead letter; null for a message without a row. */
export function rowOf({ rowKind, rowId, subject }: DeadLetterRow): RowRef | null {
  if (rowKind === "event") return { kind: "event", id: rowId };
  return rowKind === "action" && subject !== null ? { kind: "action", id: rowId, subject } : null;
}

/** What a person asks for. `n` counts the acts on one letter, from 1. */
export type WantedAct = { letter: DeadLetterRow; n: number; at: number } & (
  | { kind: "redrive" }
  | { kind: "discard"; reason: string }
);

type ActLedger = Pick<Ledger, "accept" | "eventView">;

/**
 * Records the act in the ledger, and answers what stands there: act n of a letter has one id, so of two people who act at
 * once the first is recorded and both go on with it. Null where the ledger did not take it.
 */
export async function recordAct(ledger: ActLedger, wanted: WantedAct, mode: Mode): Promise<StandingAct | null> {
  const id = actIdOf(wanted.letter.id, wanted.n);
  const before = await standingAct(ledger, id);
  if (before !== null) return before;
  if (!(await record(ledger, eventOf(id, wanted, mode)))) return null;
  return await standingAct(ledger, id);
}

/** A message names no row that could show that its redrive was sent, so this is recorded too. */
export async function recordSent(ledger: ActLedger, letter: DeadLetterRow, mode: Mode): Promise<boolean> {
  const id = sentIdOf(letter.id, letter.redrives);
  const text = `redrive ${letter.redrives} of dead letter ${letter.id} was sent to queue ${letter.queue}`;
  const at = letter.actedAt ?? letter.lastAt;
  return await record(ledger, { id, type: "countersign.redrive", occurredAt: at, mode, lane: "live", text });
}

async function standingAct(ledger: ActLedger, id: string): Promise<StandingAct | null> {
  const view = await ledger.eventView(id);
  return view === null ? null : actOf(view.event);
}

/** Events of these types are decided as `none`. */
async function record(ledger: ActLedger, event: PaymentEvent): Promise<boolean> {
  const [acceptance] = await ledger.accept([{ event, raw: canonicalJson(event), provenance: "own" }]);
  return acceptance !== undefined && acceptance !== "unavailable";
}

function eventOf(id: string, wanted: WantedAct, mode: Mode): PaymentEvent {
  const type = wanted.kind === "redrive" ? "countersign.redrive" : "countersign.discard";
  const { letter, at } = wanted;
  const text = wanted.kind === "redrive" ? textOfRedrive(letter) : textOfDiscard(letter, wanted.reason);
  return { id, type, occurredAt: at, mode, lane: "live", text };
}

const textOfRedrive = ({ id, rowKind, rowId, reason }: DeadLetterRow): string =>
  `a person sent ${rowKind} ${rowId} back to work; it had died of ${reason} (dead letter ${id})`;

/** The mode of a row, which its acts get too; null when the ledger has no such row. */
export async function modeOfRow(ledger: Pick<Ledger, "actions" | "eventView">, row: RowRef): Promise<Mode | null> {
  if (row.kind === "event") return (await ledger.eventView(row.id))?.event.mode ?? null;
  const [view] = await ledger.actions([row]);
  return view?.action.mode ?? null;
}

/** The doorbell of a redriven row, for the queue in which it became undeliverable. */
export function doorbellFor(row: RowRef, queue: QueueName, nonce: string): Doorbell {
  const summary = `redriven: ${row.kind} ${row.id}`;
  if (row.kind === "event") return doorbellOfEvent({ id: row.id, summary }, nonce);
  return doorbellOfAction(row, needOfQueue(queue), summary, nonce);
}
