import type { ActionRef } from "../../shared/contracts/views.ts";
import { MINUTE_MS } from "../../shared/core/time.ts";
import type { Shard } from "../../shared/ledger/shard/shard.ts";
import { alarmLine } from "../../shared/queue/log.ts";

/** How long a chore waits after a step has failed: another shard may be away. */
const AGAIN_AFTER_MS = 10 * MINUTE_MS;

export type ChoreDeps = {
  shard: Pick<Shard, "nextChoreAt" | "lookForChore" | "doChore">;
  transaction<Answer>(call: () => Answer): Answer;
  /** Whether each of these actions is over; most are in other shards. */
  areOver(refs: ActionRef[]): Promise<boolean[]>;
};

/** One step at a time of what a shard does to its old rows: shared/ledger/shard/chores.ts. */
export function createChoreRunner({ shard, transaction, areOver }: ChoreDeps) {
  let notBefore = 0;
  return {
    nextAt: (now: number): number => Math.max(now, notBefore, shard.nextChoreAt(now)),
    /** Never rejects: a step that failed is done again later. */
    async step(now: number): Promise<void> {
      if (now < notBefore) return;
      try {
        const found = shard.lookForChore(now);
        if (found === null) return;
        const answers = await areOver(found.refs);
        const over = new Set(found.refs.filter((_, index) => answers[index] === true).map(({ id }) => id));
        transaction(() => shard.doChore(found, ({ id }) => over.has(id), now));
      } catch (error) {
        notBefore = now + AGAIN_AFTER_MS;
        alarmLine({ what: "shard.chore_failed", error: String(error) });
      }
    },
  };
}
