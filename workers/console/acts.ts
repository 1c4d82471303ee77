import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { PersonRef } from "../../shared/contracts/people.ts";
import type { Doorbell, QueueName } from "../../shared/contracts/queues.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import type { RowRef } from "../../shared/contracts/views.ts";
import type { Mode } from "../../shared/core/ids.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import { doorbellOfAction, doorbellOfEvent, needOfQueue } from "../../shared/queue/doorbells.ts";
import type { WantedAct as Wanted } from "../../shared/records/acts/event.ts";
import { actOf, type StandingAct, sentIdOf, textOfDiscard } from "../../shared/records/acts/letters.ts";
import { type ActEvent, type ActLedger, recordAct as record } from "../../shared/records/acts/record.ts";

/** The row of a dead letter; null for a message without a row. */
export function rowOf({ rowKind, rowId, subject }: DeadLetterRow): RowRef | null {
  if (rowKind === "event") return { kind: "event", id: rowId };
  return rowKind === "action" && subject !== null ? { kind: "action", id: rowId, subject } : null;
}

/** What a person asks for. `n` counts the acts on one letter, from 1. `key`: the caller's, of this one request. */
export type WantedAct = { letter: DeadLetterRow; n: number; at: number; by: PersonRef; key: string } & (
  | { kind: "redrive" }
  | { kind: "discard"; reason: string }
);

/** `audited`: puts acts that the ledger has into the audit. */
export type ActDeps = { ledger: ActLedger; audited?: ((acts: readonly ActEvent[]) => Promise<void>) | undefined };

/**
 * Records the act in the ledger, then in the audit, and answers what stands there: act n of a letter has one id, so of two
 * people who act at once the first is recorded and both go on with it. Null where the ledger did not take it.
 */
export async function recordAct(deps: ActDeps, wanted: WantedAct, mode: Mode): Promise<StandingAct | null> {
  const recorded = await record(deps.ledger, wantedOf(wanted, mode));
  if (recorded.kind === "unavailable") return null;
  const { event } = recorded;
  // Before D1 says that it was done: then whoever asks again comes here again.
  if (event.act !== undefined) await deps.audited?.([{ ...event, act: event.act }]);
  return actOf(event);
}

/** A message names no row that could show that its redrive was sent, so this is recorded too. */
export async function recordSent(ledger: ActLedger, letter: DeadLetterRow, mode: Mode): Promise<boolean> {
  const id = sentIdOf(letter.id, letter.redrives);
  const text = `redrive ${letter.redrives} of dead letter ${letter.id} was sent to queue ${letter.queue}`;
  const at = letter.actedAt ?? letter.lastAt;
  const event: PaymentEvent = { id, type: "countersign.redrive", occurredAt: at, mode, lane: "live", text };
  const [acceptance] = await ledger.accept([{ event, raw: canonicalJson(event), provenance: "own" }]);
  return acceptance !== undefined && acceptance !== "unavailable";
}

function wantedOf(wanted: WantedAct, mode: Mode): Wanted {
  const { letter, n, at, by, key } = wanted;
  const redrives = letter.redrives;
  const common = { by, about: letter.id, n, key, at, mode, before: { state: letter.state, redrives } };
  if (wanted.kind === "redrive") {
    const after = { state: "redriving", redrives: n };
    return { ...common, what: "letter.redrive", type: "countersign.redrive", text: textOfRedrive(letter), after };
  }
  const text = textOfDiscard(letter, wanted.reason);
  const after = { state: "discarded", redrives };
  return { ...common, what: "letter.discard", type: "countersign.discard", text, after };
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
