import type { Lane } from "../../shared/contracts/event.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import { MESSAGES_PER_BATCH } from "../../shared/queue/producers.ts";

export type CollectorDeps = {
  /** Sends one lane's doorbells with what belongs to the request that calls it. Does not reject. */
  send: (lane: Lane, doorbells: EventDoorbell[]) => Promise<void>;
  now: () => number;
  sleep: (delayMs: number) => Promise<void>;
  /** Keeps the request alive after its answer. */
  waitUntil: (work: Promise<void>) => void;
};

/** How long a doorbell may wait for others; a call to a queue costs as much as the rest of a request. */
const COLLECT_MS = 5;
/** After so long the request that was to send is taken for dead, and the next one sends what it left. */
const TAKEOVER_MS = 1_000;

/**
 * Collects the doorbells that concurrent requests ring within a few milliseconds, and sends them as one batch. Requests
 * share only the data: the first of them sends for all, on its own connection, after it has answered. Should it die
 * before, a later request sends them, or the ledger's pump rings, as for any lost message. A body that fills a batch
 * alone is sent at once and waited for, so that a long file is not read faster than the queue takes it.
 */
export function createCollector() {
  const waiting: Record<Lane, EventDoorbell[]> = { live: [], batch: [] };
  const senderUntil: Record<Lane, number> = { live: 0, batch: 0 };

  async function sendSoon(lane: Lane, deps: CollectorDeps): Promise<void> {
    await deps.sleep(COLLECT_MS);
    senderUntil[lane] = 0;
    await deps.send(lane, waiting[lane].splice(0));
  }

  return {
    ring: async (lane: Lane, doorbells: EventDoorbell[], deps: CollectorDeps): Promise<void> => {
      if (doorbells.length >= MESSAGES_PER_BATCH) return deps.send(lane, doorbells);
      waiting[lane].push(...doorbells);
      if (deps.now() < senderUntil[lane]) return;
      senderUntil[lane] = deps.now() + TAKEOVER_MS;
      deps.waitUntil(sendSoon(lane, deps));
    },
  };
}
