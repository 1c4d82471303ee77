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
    /** Goes on until all of it is there. */
    async finish(): Promise<void> {
      while (isEmpty && !signal.aborted) {
        await go();
        await pause(AGAIN_MS, signal);
      }
    },
    known: (): KnownRecords => ({ cases, letters }),
  };
}
export type Restorer = ReturnType<typeof createRestorer>;

const AGAIN_MS = 100;
