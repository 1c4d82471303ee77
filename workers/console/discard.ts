import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import { modeOfRow, recordAct, rowOf } from "./acts.ts";

/**
 * discarded    it is kept with the reason; nothing is sent
 * not_found    there is no dead letter with this id
 * redriving    a redrive has begun: send the redrive again first, so that it ends
 * redriven     it was redriven before
 * unavailable  the ledger did not answer; the same request again is safe
 */
export type DiscardResult = "discarded" | "not_found" | "redriving" | "redriven" | "unavailable";

export type DiscardDeps = {
  ledger: Pick<Ledger, "accept" | "actions" | "trace">;
  letters: {
    get(id: string): Promise<DeadLetterRow | null>;
    discard(id: string, reason: string): Promise<boolean>;
  };
};

/** Discards a dead letter: first in D1, which decides if two people act at once, then the record in the ledger. */
export async function discard(id: string, reason: string, deps: DiscardDeps): Promise<DiscardResult> {
  await deps.letters.discard(id, reason);
  const letter = await deps.letters.get(id);
  if (letter === null) return "not_found";
  if (letter.state !== "discarded") return letter.state === "redriving" ? "redriving" : "redriven";
  return (await record(letter, deps)) ? "discarded" : "unavailable";
}

/** Made from the stored row, so that a second request records the first reason, once. */
async function record(letter: DeadLetterRow, { ledger }: DiscardDeps): Promise<boolean> {
  const row = rowOf(letter);
  const mode = row === null ? null : await modeOfRow(ledger, row);
  if (row === null || mode === null) return true;
  const { id, actedAt, lastAt, rowKind, rowId, discardReason } = letter;
  const text = `a person gave up ${rowKind} ${rowId}: ${discardReason ?? "no reason was kept"}`;
  const act = { id: `discard:${id}`, type: "countersign.discard", at: actedAt ?? lastAt, text } as const;
  return (await recordAct(ledger, act, mode)) !== "unavailable";
}
