import type { Settings } from "./deps.ts";

/** The parts of a request's calls. The rest is a reserve. */
const LEDGER_SHARE = 0.75;
const QUEUE_SHARE = 0.2;
/** In batches of 500 lines, what waits has no more than these beside one for each shard, and their follow-ups as many again. */
const FULL_BATCHES = 100;

/**
 * Counts the calls of one request to the ledger and to the queues. The platform fails the calls beyond its limit, and with
 * them every line of the rest.
 */
export function createBudget({ shards, subrequests }: Pick<Settings, "shards" | "subrequests">) {
  // At least one: a sender who goes on must get further.
  const forReading = Math.max(1, Math.floor(subrequests * LEDGER_SHARE) - 2 * shards - FULL_BATCHES);
  const forQueues = Math.floor(subrequests * QUEUE_SHARE);
  let ledgerCalls = 0;
  let sends = 0;
  return {
    countLedgerCall: (): void => void ledgerCalls++,
    /** No more may be read: what is left is for the batches that wait, and for what follows from them. */
    isSpent: (): boolean => ledgerCalls >= forReading,
    /** Whether the queue may be called once more. */
    takeSend: (): boolean => {
      if (sends >= forQueues) return false;
      sends++;
      return true;
    },
  };
}
export type Budget = ReturnType<typeof createBudget>;
