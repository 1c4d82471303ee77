import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { PersonRef } from "../../shared/contracts/people.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import type { Mode } from "../../shared/core/ids.ts";
import type { NumberedAct } from "../../shared/records/dead-letters.ts";
import { type ActDeps, modeOfRow, recordAct, rowOf } from "./acts.ts";

/**
 * discarded    it is kept with the reason; nothing is sent
 * not_found    there is no dead letter with this id
 * redriving    a redrive or an edit has begun: send that again first, so that it ends
 * redriven     it was redriven before
 * unavailable  the ledger did not answer; the same request again is safe
 */
export type DiscardResult = "discarded" | "not_found" | "redriving" | "redriven" | "unavailable";

export type DiscardDeps = {
  ledger: Pick<Ledger, "accept" | "actions" | "eventView">;
  letters: {
    get(id: string): Promise<DeadLetterRow | null>;
    start(id: string, act: NumberedAct): Promise<DeadLetterRow | null>;
    discard(id: string, act: NumberedAct & { reason: string }): Promise<void>;
  };
  /** The mode of what is recorded where the ledger has no row. */
  mode: Mode;
  now: number;
  /** Who acts, and the key of this one request. */
  by: PersonRef;
  key: string;
  audited?: ActDeps["audited"];
};

/**
 * Discards a dead letter: first the act in the ledger, which decides if two people act at once, then the audit, then D1. A second request
 * finds the first one's act, and keeps its reason.
 */
export async function discard(id: string, reason: string, deps: DiscardDeps): Promise<DiscardResult> {
  const { ledger, letters, now, by, key } = deps;
  const letter = await letters.get(id);
  if (letter === null) return "not_found";
  if (letter.state !== "dead") return letter.state;
  const row = rowOf(letter);
  const mode = (row === null ? null : await modeOfRow(ledger, row)) ?? deps.mode;
  const n = letter.redrives + 1;
  const stands = await recordAct(deps, { kind: "discard", letter, n, at: now, reason, by, key }, mode);
  if (stands === null) return "unavailable";
  if (stands.kind !== "discard") {
    await letters.start(id, { n, at: stands.at });
    return "redriving";
  }
  await letters.discard(id, { n, ...stands });
  return "discarded";
}
