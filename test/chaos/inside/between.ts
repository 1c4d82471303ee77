/**
 * What a kill is made to meet, once one of the ledger's objects is armed for it:
 *
 * fact      a fact is written and its action is not
 * yes       a case's row has every yes, and the console has not sent the approval on
 * approval  an approval has passed the ladder, and nothing of it was executed
 * shards    another target was approved: the old row is over in its shard, and the new one is not put in another
 */
export const MOMENTS = ["fact", "yes", "approval", "shards"] as const;
export type Moment = (typeof MOMENTS)[number];

/** As the Worker tells each, and as the run counts the kill. */
export const TOLD_AS: Record<Moment, string> = {
  fact: "between_fact_and_action",
  yes: "between_yes_and_approval",
  approval: "between_approval_and_execution",
  shards: "between_two_shards",
};
export const momentOf = (told: string): Moment | null => MOMENTS.find((moment) => TOLD_AS[moment] === told) ?? null;
export const BETWEEN_MS = 800;

const kindOf = (answer: unknown): unknown => (answer as { kind?: unknown } | null)?.kind;

/** The call of the ledger, and the answer after which it is so. Null is what it answers to a decision that nobody had recorded. */
const MET: Record<Moment, { call: string; by(answer: unknown): boolean }> = {
  fact: { call: "recordDecisions", by: (answer) => Array.isArray(answer) && answer.includes(null) },
  yes: { call: "decideCase", by: (answer) => kindOf(answer) === "approved" },
  approval: { call: "approve", by: (answer) => kindOf(answer) === "approved" },
  shards: { call: "supersede", by: (answer) => kindOf(answer) === "superseded" },
};

/** Once armed, the next answer that says so comes late: so long a kill can fall in between. */
export function createBetween(tell: (kind: string) => void, wait: (ms: number) => Promise<unknown>) {
  let armed: Moment | null = null;
  return {
    arm(moment: Moment): void {
      armed = moment;
    },
    async after(name: string, answer: unknown): Promise<void> {
      if (armed === null || MET[armed].call !== name || !MET[armed].by(answer)) return;
      const met = armed;
      armed = null;
      tell(TOLD_AS[met]);
      await wait(BETWEEN_MS);
    },
  };
}
