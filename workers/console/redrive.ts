import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { PersonRef } from "../../shared/contracts/people.ts";
import { QUEUES, type QueueName } from "../../shared/contracts/queues.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import type { RowRef } from "../../shared/contracts/views.ts";
import type { Mode } from "../../shared/core/ids.ts";
import { parseJson } from "../../shared/core/json.ts";
import type { NumberedAct } from "../../shared/records/dead-letters.ts";
import { type ActDeps, doorbellFor, modeOfRow, recordAct, recordSent, rowOf } from "./acts.ts";

/**
 * redriven     it was sent again
 * not_dead     its row is not dead (it was redriven through another letter, or ended): nothing was sent
 * redacted     what its event said was removed, and it would be decided without that: nothing was sent, the letter stays dead
 * missing      the ledger has no such row: nothing was sent, the dead letter stays dead
 * not_found    there is no dead letter with this id
 * redriven_before, discarded   a person has acted on it; if its row is given up again, that is a new dead letter
 * being_edited an edit of it has begun: send the edit again first, so that it ends
 * unavailable  something did not answer; the same request again continues where this one stopped
 */
export type RedriveResult =
  | "redriven"
  | "not_dead"
  | "redacted"
  | "missing"
  | "not_found"
  | "redriven_before"
  | "discarded"
  | "being_edited"
  | "unavailable";

export type RedriveDeps = {
  ledger: Pick<Ledger, "accept" | "actions" | "eventView" | "redrive">;
  letters: {
    get(id: string): Promise<DeadLetterRow | null>;
    start(id: string, act: NumberedAct): Promise<DeadLetterRow | null>;
    end(letter: DeadLetterRow, state: "redriven" | "dead"): Promise<void>;
    discard(id: string, act: NumberedAct & { reason: string }): Promise<void>;
  };
  /** The mode of what is recorded about a message without a row. */
  mode: Mode;
  now: number;
  /** Who acts, and the key of this one request. */
  by: PersonRef;
  key: string;
  audited?: ActDeps["audited"];
  send(queue: QueueName, body: unknown): Promise<void>;
  log(line: Record<string, unknown>): void;
};

/**
 * Redrives one dead letter: the same row or message, a new delivery.
 *
 *   1. ledger: the act is accepted as the event `act:<letter>:<n>`, which decides if two people act at once; then the audit
 *   2. D1: the letter becomes `redriving` with this number, which fixes the nonce `<letter>:<n>`
 *   3. ledger: the row is reopened under the nonce, and due
 *   4. queue: a doorbell, so that the row does not wait for the pump
 *   5. D1: the letter becomes `redriven`
 *
 * After a crash the next request finds the same number and goes on: 1 finds the act, 3 answers `already`, and a second
 * doorbell in 4 changes nothing (claim, lease). A message without a row skips 3, and records that it was sent. It may be
 * sent twice after a crash, which is harmless, because a message only names a row.
 */
export async function redrive(id: string, deps: RedriveDeps): Promise<RedriveResult> {
  const { ledger, letters, by, key } = deps;
  const known = await letters.get(id);
  if (known === null) return "not_found";
  if (known.state === "discarded") return "discarded";
  if (known.state === "redriven") return "redriven_before";

  const row = rowOf(known);
  const mode = row === null ? deps.mode : await modeOfRow(ledger, row);
  if (mode === null) return await missing(known, deps);
  // Nothing is recorded about what is not done. An act that stands already goes on, and ends below.
  if (known.state === "dead" && row !== null && (await isRedacted(row, deps))) return "redacted";
  const n = known.state === "redriving" ? known.redrives : known.redrives + 1;
  const stands = await recordAct(deps, { kind: "redrive", letter: known, n, at: deps.now, by, key }, mode);
  if (stands === null) return "unavailable";
  if (stands.kind === "discard") {
    await letters.discard(id, { n, ...stands });
    return "discarded";
  }
  if (stands.kind === "edit") return "being_edited";
  const letter = await letters.start(id, { n, at: stands.at });
  if (letter === null) return await resultOfPast(id, deps);

  const result = row === null ? await resend(letter, mode, deps) : await reopen(letter, row, deps);
  if (result !== "unavailable") await letters.end(letter, STAYS_DEAD.includes(result) ? "dead" : "redriven");
  return result;
}
/** What lives already is done with; what is dead still can be edited, discarded or redriven. */
const STAYS_DEAD: readonly RedriveResult[] = ["missing", "redacted"];

/** The ledger never takes an event up again whose words were removed. */
async function isRedacted(row: RowRef, { ledger }: RedriveDeps): Promise<boolean> {
  if (row.kind !== "event") return false;
  const view = await ledger.eventView(row.id);
  const isDead = view?.state === "dead" || view?.state === "dead_lettered";
  return isDead && view.textRemovedAt !== undefined;
}

/** Nothing is recorded about a row that the ledger does not have. */
async function missing(letter: DeadLetterRow, { letters }: RedriveDeps): Promise<RedriveResult> {
  if (letter.state === "redriving") await letters.end(letter, "dead");
  return "missing";
}

/** Somebody else has gone on with this act, or with the next, between the look and the step. */
async function resultOfPast(id: string, { letters }: RedriveDeps): Promise<RedriveResult> {
  const letter = await letters.get(id);
  if (letter === null) return "not_found";
  if (letter.state === "discarded") return "discarded";
  return letter.state === "redriven" ? "redriven_before" : "unavailable";
}

async function reopen(letter: DeadLetterRow, row: RowRef, deps: RedriveDeps): Promise<RedriveResult> {
  const nonce = `${letter.id}:${letter.redrives}`;
  const reopened = await deps.ledger.redrive(row, nonce);
  if (reopened === "not_dead") return (await isRedacted(row, deps)) ? "redacted" : "not_dead";
  if (reopened === "missing") return reopened;
  const queue = queueOf(letter);
  try {
    await deps.send(queue, doorbellFor(row, queue, nonce));
  } catch (error) {
    // The row is due, so the ledger's pump will ring for it.
    deps.log({ what: "redrive.not_rung", letter: letter.id, queue, error: String(error) });
  }
  return "redriven";
}

/** A message that the queue refuses (for example too long) becomes dead again, so that it can be discarded. */
async function resend(
  letter: DeadLetterRow,
  mode: Mode,
  { ledger, send, letters, log }: RedriveDeps,
): Promise<RedriveResult> {
  const body = parseJson(letter.body);
  const queue = queueOf(letter);
  try {
    await send(queue, body.ok ? body.value : letter.body);
  } catch (error) {
    log({ what: "redrive.not_sent", letter: letter.id, queue, error: String(error) });
    await letters.end(letter, "dead");
    return "unavailable";
  }
  return (await recordSent(ledger, letter, mode)) ? "redriven" : "unavailable";
}

function queueOf({ id, queue }: DeadLetterRow): QueueName {
  const known = QUEUES.find((name) => name === queue);
  if (known === undefined) throw new Error(`dead letter ${id} came from ${queue}, which is not one of our queues`);
  return known;
}
