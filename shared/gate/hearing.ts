import type { GateRpc } from "../contracts/gate.ts";
import type { Hear, Party, Word } from "../contracts/heard.ts";
import { MINUTE_MS, SECOND_MS, sleep } from "../core/time.ts";

/** What did not change is said again after this time. */
const SAID_AGAIN_MS = MINUTE_MS;
/** A gate that does not answer holds no batch up for longer. */
const PATIENCE_MS = 2 * SECOND_MS;

type Options = { now(): number; log(line: Record<string, unknown>): void; patience?: () => Promise<void> };

/**
 * Hears what Claude, a provider and D1 say, and tells the gate. Made once per isolate. To hear is to look into memory; the gate
 * is told at the end of a batch, and only where a word has changed or is a minute old.
 */
export function createHearing({ now, log, patience = () => sleep(PATIENCE_MS) }: Options) {
  const latest = new Map<Party, Word>();
  const told = new Map<Party, Word>();

  const hear: Hear = (party, what) => {
    const last = latest.get(party);
    const at = now();
    if (last === undefined || last.what !== what || Math.abs(at - last.at) >= SAID_AGAIN_MS)
      latest.set(party, { party, what, at });
  };
  function isNews(word: Word): boolean {
    const before = told.get(word.party);
    return before === undefined || before.what !== word.what || Math.abs(word.at - before.at) >= SAID_AGAIN_MS;
  }
  return {
    hear,
    /** Never rejects: what the gate did not get is told with the next batch. */
    async tell(gate: Pick<GateRpc, "hear">): Promise<void> {
      const words = [...latest.values()].filter(isNews);
      if (words.length === 0) return;
      const said = async () => {
        await gate.hear(words);
        for (const word of words) told.set(word.party, word);
      };
      try {
        await Promise.race([said(), patience()]);
      } catch (error) {
        log({ what: "gate.not_told", error: String(error) });
      }
    },
  };
}
