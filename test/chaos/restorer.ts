import { UserError } from "../../cli/errors.ts";
import { pause } from "../../cli/http.ts";
import { type Acting, casesIn, lettersIn, rebuildPage } from "./ask.ts";

/** Ids of cases and dead letters that people have seen. */
export type KnownRecords = { cases: ReadonlySet<string>; letters: ReadonlySet<string> };

/**
 * The person who finds the database empty and has it rebuilt from the ledger. What they knew of it before is remembered,
 * since all of it must be there again.
 */
export function createRestorer({ doors, signal }: Acting) {
  const cases = new Set<string>();
  const letters = new Set<string>();
  let isEmpty = false;
  let cursor: string | null = null;
  let working = false;

  /** One page; a stack that dies or fails meanwhile is asked for the same page again. */
  async function go(): Promise<void> {
    const at = doors();
    const page = at === null ? null : await rebuildPage(at, cursor).catch(() => null);
    if (page === null) return;
    cursor = page.next;
    isEmpty = page.next !== null;
  }

  return {
    /** What stands in the database now; where the stack does not answer, as much as it told. */
    async remember(): Promise<void> {
      const at = doors();
      if (at === null) return;
      const [known, given] = await Promise.all([casesIn(at).catch(() => []), lettersIn(at).catch(() => [])]);
      for (const { id } of known) cases.add(id);
      for (const { id } of given) letters.add(id);
    },
    /** Nobody can do anything with it. */
    isAway: (): boolean => isEmpty,
    /** It was lost just now. */
    begin(): void {
      isEmpty = true;
      cursor = null;
    },
    async look(): Promise<void> {
      if (!isEmpty || working) return;
      working = true;
      await go().finally(() => {
        working = false;
      });
    },
    /** Goes on until all of it is there. Throws where no page comes for a minute. */
    async finish(): Promise<void> {
      let cameAt = Date.now();
      while (isEmpty && !signal.aborted) {
        const before = cursor;
        await go();
        if (cursor !== before) cameAt = Date.now();
        if (Date.now() - cameAt > SILENCE_MS)
          throw new UserError("no page of the lost database was rebuilt for a minute");
        await pause(AGAIN_MS, signal);
      }
    },
    known: (): KnownRecords => ({ cases, letters }),
  };
}
export type Restorer = ReturnType<typeof createRestorer>;

const AGAIN_MS = 100;
const SILENCE_MS = 60_000;
