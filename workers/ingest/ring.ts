import type { Lane } from "../../shared/contracts/event.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";

/** As much of a queue as is needed here. */
export type DoorbellQueue = {
  send(doorbell: EventDoorbell): Promise<unknown>;
  sendBatch(messages: { body: EventDoorbell }[]): Promise<unknown>;
};

/** Cloudflare takes 100 messages or 256 KB a batch; a doorbell has at most about 1.4 KB, so the count is what binds. */
const MAX_MESSAGES = 100;

export async function sendInBatches(queue: DoorbellQueue, doorbells: readonly EventDoorbell[]): Promise<void> {
  const [only] = doorbells;
  if (doorbells.length === 1 && only) {
    await queue.send(only);
    return;
  }
  for (let start = 0; start < doorbells.length; start += MAX_MESSAGES) {
    const bodies = doorbells.slice(start, start + MAX_MESSAGES);
    await queue.sendBatch(bodies.map((body) => ({ body })));
  }
}

export type CollectorDeps = {
  /** Sends one lane's doorbells with what belongs to the request that calls it. */
  send: (lane: Lane, doorbells: EventDoorbell[]) => Promise<void>;
  sleep: (delayMs: number) => Promise<void>;
  /** Keeps the request alive after its answer. */
  waitUntil: (work: Promise<void>) => void;
};

/** How long a doorbell may wait for others; a call to a queue costs as much as the rest of a request. */
const COLLECT_MS = 5;

/**
 * Collects the doorbells that concurrent requests ring within a few milliseconds, and sends them as one batch. Requests
 * share only the data: the first of them sends for all, on its own connection, after it has answered. Should it die
 * before, the ledger's pump rings, as for any lost message. A body that fills a batch alone is sent at once and waited
 * for, so that a long file is not read faster than the queue takes it.
 */
export function createCollector() {
  const waiting: Record<Lane, EventDoorbell[]> = { live: [], batch: [] };

  async function sendSoon(lane: Lane, deps: CollectorDeps): Promise<void> {
    await deps.sleep(COLLECT_MS);
    await deps.send(lane, waiting[lane].splice(0));
  }

  return {
    ring: async (lane: Lane, doorbells: EventDoorbell[], deps: CollectorDeps): Promise<void> => {
      if (doorbells.length >= MAX_MESSAGES) return deps.send(lane, doorbells);
      const isFirst = waiting[lane].length === 0;
      waiting[lane].push(...doorbells);
      if (isFirst) deps.waitUntil(sendSoon(lane, deps));
    },
  };
}
