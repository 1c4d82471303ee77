/** The dead letters of a row, and the acts of people on them. */
import { actEventId } from "../../../shared/contracts/act.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { RowRef } from "../../../shared/contracts/views.ts";
import { sentIdOf } from "../../../shared/records/acts/letters.ts";
import type { Database } from "../../../shared/records/database.ts";
import { getDeadLetter } from "../../../shared/records/dead-letters.ts";
import { idOfDeath, messageIdOf } from "../../../shared/records/letter.ts";

/** A row has a letter for each of its deaths; a message that names no row is one by itself. */
export async function lettersOf(ref: RowRef, { ledger }: { ledger: Pick<Ledger, "deadRow"> }): Promise<string[]> {
  const message = /^message:(dl_[0-9a-f]{32})$/.exec(ref.id)?.[1];
  if (message !== undefined) return [message];
  const deaths = (await ledger.deadRow(ref))?.deaths ?? 0;
  return await Promise.all(Array.from({ length: deaths }, (_, index) => idOfDeath(ref, index + 1)));
}

/** Also under the ids that acts had before 2026-12. */
export async function actsOfLetters(letters: readonly string[], { records }: { records: Database }): Promise<string[]> {
  const acts: string[] = [];
  for (const id of letters) {
    const redrives = (await getDeadLetter(records, id))?.redrives ?? 0;
    acts.push(messageIdOf(id), `discard:${id}`);
    for (let n = 1; n <= redrives + 1; n++) acts.push(actEventId(id, n), sentIdOf(id, n), `redrive:${id}:${n}`);
  }
  return acts;
}
