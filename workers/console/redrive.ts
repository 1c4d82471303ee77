import type { Ledger, RowRef } from "../../shared/contracts/ledger.ts";
import { QUEUES, type QueueName } from "../../shared/contracts/queues.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import { parseJson } from "../../shared/core/json.ts";
import { type Act, doorbellFor, modeOfRow, recordAct, rowOf } from "./acts.ts";

/**
 * redriven     it was sent again
 * not_dead     its row is not dead (it was redriven through another letter, or ended): nothing was sent
 * missing      the ledger has no such row: nothing was sent, the dead letter stays dead
 * not_found    there is no dead letter with this id
 * redriven_before, discarded   a person has acted on it; if its row is given up again, that is a new dead letter
 * unavailable  something did not answer; the same request again continues where this one stopped
 */
export type RedriveResult =
  | "redriven"
  | "not_dead"
  | "missing"
  | "not_found"
  | "redriven_before"
  | "discarded"
  | "unavailable";

export type RedriveDeps = {
  ledger: Pick<Ledger, "accept" | "actions" | "trace" | "redrive">;
  letters: {
    get(id: string): Promise<DeadLetterRow | null>;
    start(id: string): Promise<DeadLetterRow | null>;
    end(letter: DeadLetterRow, state: "redriven" | "dead"): Promise<void>;
  };
  send(queue: QueueName, body: unknown): Promise<void>;
  log(line: Record<string, unknown>): void;
};

/**
 * Redrives one dead letter: the same row or message, a new delivery.
 *
 *   1. D1: the letter becomes `redriving` and counts the redrive, which fixes the nonce `<letter>:<n>`
 *   2. ledger: the act is accepted as the event `redrive:<letter>:<n>`
 *   3. ledger: the row is reopened under the nonce, and due
 *   4. queue: a doorbell, so that the row does not wait for the pump
 *   5. D1: the letter becomes `redriven`
 *
 * After a crash the letter is still `redriving`. The next request uses the same number: 2 is a duplicate, 3 answers
 * `already`, and a second doorbell in 4 changes nothing (claim, lease). A message without a row skips 2 and 3. It may be
 * sent twice after a crash, which is harmless, because a message only names a row.
 */
export async function redrive(id: string, deps: RedriveDeps): Promise<RedriveResult> {
  const letter = await deps.letters.start(id);
  if (letter === null) return await resultOfPast(id, deps);
  const row = rowOf(letter);
  const result = row === null ? await resend(letter, deps) : await reopen(letter, row, deps);
  if (result === "unavailable") return result;
  await deps.letters.end(letter, result === "missing" ? "dead" : "redriven");
  return result;
}

/** The result for a letter that cannot be redriven: it does not exist, or a person has acted on it before. */
async function resultOfPast(id: string, { letters }: RedriveDeps): Promise<RedriveResult> {
  const letter = await letters.get(id);
  if (letter === null) return "not_found";
  return letter.state === "discarded" ? "discarded" : "redriven_before";
}

async function reopen(letter: DeadLetterRow, row: RowRef, deps: RedriveDeps): Promise<RedriveResult> {
  const { ledger } = deps;
  const nonce = `${letter.id}:${letter.redrives}`;
  const mode = await modeOfRow(ledger, row);
  if (mode === null) return "missing";
  if ((await recordAct(ledger, actOf(letter, nonce), mode)) === "unavailable") return "unavailable";

  const reopened = await ledger.redrive(row, nonce);
  if (reopened === "missing" || reopened === "not_dead") return reopened;
  const queue = queueOf(letter);
  try {
    await deps.send(queue, doorbellFor(row, queue, nonce));
  } catch (error) {
    // The row is due, so the ledger's pump will ring for it.
    deps.log({ what: "redrive.not_rung", letter: letter.id, queue, error: String(error) });
  }
  return "redriven";
}

function actOf({ id, rowKind, rowId, reason, actedAt, lastAt }: DeadLetterRow, nonce: string): Act {
  const text = `a person sent ${rowKind} ${rowId} back to work; it had died of ${reason} (dead letter ${id})`;
  return { id: `redrive:${nonce}`, type: "countersign.redrive", at: actedAt ?? lastAt, text };
}

/** A message that the queue refuses (for example too long) becomes dead again, so that it can be discarded. */
async function resend(letter: DeadLetterRow, { send, letters, log }: RedriveDeps): Promise<RedriveResult> {
  const body = parseJson(letter.body);
  const queue = queueOf(letter);
  try {
    await send(queue, body.ok ? body.value : letter.body);
    return "redriven";
  } catch (error) {
    log({ what: "redrive.not_sent", letter: letter.id, queue, error: String(error) });
    await letters.end(letter, "dead");
    return "unavailable";
  }
}

function queueOf({ id, queue }: DeadLetterRow): QueueName {
  const known = QUEUES.find((name) => name === queue);
  if (known === undefined) throw new Error(`dead letter ${id} came from ${queue}, which is not one of our queues`);
  return known;
}
