/** What is needed of a Durable Object's storage. */
export type CommitStorage = {
  transactionSync<Answer>(call: () => Answer): Answer;
  sync(): Promise<void>;
};

type Waiting = { run(): void; settle(failure: unknown): void };

/** A group that follows another so closely is a sign of load: it gathers for a moment, since each costs a wait for the disk. */
const LOADED_MS = 20;
const GATHER_MS = 3;

/**
 * Group commit. Each call runs at once, as a transaction of its own, and is answered when it is on disk; what arrives
 * while the disk is busy runs together after it, and shares one wait. Under load a shard then writes to disk once for
 * many calls; alone, a call waits for nobody. (Requests of one Durable Object may share promises; those of a Worker may not.)
 */
export function createCommitter(storage: CommitStorage, afterGroup: () => Promise<void>) {
  const waiting: Waiting[] = [];
  let busy = false;
  let lastGroupAt = 0;

  async function drain(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      if (Date.now() - lastGroupAt < LOADED_MS) await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
      const group = waiting.splice(0);
      for (const { run } of group) run();
      const failure = await onDisk();
      lastGroupAt = Date.now();
      for (const { settle } of group) settle(failure);
    }
    busy = false;
  }

  /** Null, or why nothing of this group may be answered as done. */
  async function onDisk(): Promise<unknown> {
    try {
      await afterGroup();
      await storage.sync();
      return null;
    } catch (error) {
      return error;
    }
  }

  return <Answer>(call: () => Answer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      let settled: () => void = () => reject(new Error("never run"));
      const run = (): void => {
        try {
          const answer = storage.transactionSync(call);
          settled = () => resolve(answer);
        } catch (error) {
          settled = () => reject(error);
        }
      };
      waiting.push({ run, settle: (failure) => (failure === null ? settled() : reject(failure)) });
      if (!busy) void drain();
    });
}
