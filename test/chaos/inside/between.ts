/** Told when a fact is written and its action is not, while there is still time to kill what would write it. */
export const BETWEEN = "between_fact_and_action";
export const BETWEEN_MS = 800;

/** Once armed, the next answer that says that a fact is new comes late: so long a kill can fall in between. */
export function createBetween(tell: (kind: string) => void, wait: (ms: number) => Promise<unknown>) {
  let isArmed = false;
  return {
    arm(): void {
      isArmed = true;
    },
    /** Null is what the ledger answers to a decision that nobody had recorded before. */
    async after(name: string, answer: unknown): Promise<void> {
      const isNew = name === "recordDecisions" && Array.isArray(answer) && answer.includes(null);
      if (!isArmed || !isNew) return;
      isArmed = false;
      tell(BETWEEN);
      await wait(BETWEEN_MS);
    },
  };
}
