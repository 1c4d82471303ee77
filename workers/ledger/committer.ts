/** The part of a Durable Object's storage that we use. */
export type CommitStorage = {
  transactionSync<Answer>(call: () => Answer): Answer;
  sync(): Promise<void>;
};

type Waiting = { run(): void; settle(failure: unknown): void };

/** A group that follows the last one within LOADED_MS is a sign of load: it gathers for GATHER_MS, since each group waits for the disk once. */
const LOADED_MS = 20;
const GATHER_MS = 3;

/**
 * Group commit. Each call is its own transaction and is answered when it is on disk. Calls that arrive while the disk is
 * busy run together after it and share one wait, so under load a shard writes to disk once for many calls. (Requests of
 * one Durable Object may share promises; those of a Worker may not.)
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

  /** Null when the group is on disk; otherwise the error for all its calls. */
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
      let settled: () => void = () => reject(new Error("the call was not run"));
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
