import type { Ledger, RowRef } from "../../shared/contracts/ledger.ts";
import { QUEUES, type QueueName } from "../../shared/contracts/queues.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import { parseJson } from "../../shared/core/json.ts";
import { type Act, doorbellFor, modeOfRow, recordAct, rowOf } from "./acts.ts";

/**
 * redriven     it is on its way again
 * not_dead     its row lives already (it was redriven through another letter, or came to an end): nothing was sent
 * missing      the ledger has no such row: nothing was sent, the dead letter stays dead
 * not_found    there is no dead letter of this id
 * redriven_before, discarded   it is done; if its row dies again, that is a new dead letter
 * unavailable  something did not answer; the same request again goes on where this one stopped
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
 * Sends one dead letter back to where it came from: same action, new delivery.
 *
 *   1. D1: the letter is `redriving`, its redrives counted: this fixes the nonce `<letter>:<n>`
 *   2. ledger: the act is accepted as the event `redrive:<letter>:<n>`
 *   3. ledger: the row is reopened under the nonce, and due
 *   4. queue: a doorbell, so that nobody has to wait for the pump
 *   5. D1: the letter is `redriven`
 *
 * A crash after any step leaves the letter `redriving`; asked again it takes the same number, so that 2 is a duplicate, 3
 * answers `already`, and 4 rings for a row that is not worked on twice (a claim, a lease). Without 4 the pump rings. A
 * message without a row skips 2 and 3, which are about rows: cut short after 4 it is sent twice, and nothing is done twice,
 * since a message only says where to look.
 */
export async function redrive(id: string, deps: RedriveDeps): Promise<RedriveResult> {
  const letter = await deps.letters.start(id);
  if (letter === null) return await whyNot(id, deps);
  const row = rowOf(letter);
  const result = row === null ? await resend(letter, deps) : await reopen(letter, row, deps);
  if (result === "unavailable") return result;
  await deps.letters.end(letter, result === "missing" ? "dead" : "redriven");
  return result;
}

async function whyNot(id: string, { letters }: RedriveDeps): Promise<RedriveResult> {
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
    // The row is due: the ledger's pump rings for it.
    deps.log({ what: "redrive.not_rung", letter: letter.id, queue, error: String(error) });
  }
  return "redriven";
}

function actOf({ id, rowKind, rowId, reason, actedAt, lastAt }: DeadLetterRow, nonce: string): Act {
  const text = `a person sent ${rowKind} ${rowId} back to work; it had died of ${reason} (dead letter ${id})`;
  return { id: `redrive:${nonce}`, type: "countersign.redrive", at: actedAt ?? lastAt, text };
}

/** A message that its queue refuses (its text may be too long now) is dead again, so that it can be discarded. */
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
  if (known === undefined) throw new Error(`dead letter ${id} came from ${queue}, which is none of our queues`);
  return known;
}
