import type { Lane } from "../../shared/contracts/event.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import { MESSAGES_PER_BATCH } from "../../shared/queue/producers.ts";

export type CollectorDeps = {
  /** Sends one lane's doorbells over the connection of the calling request. Does not reject. */
  send: (lane: Lane, doorbells: EventDoorbell[]) => Promise<void>;
  now: () => number;
  sleep: (delayMs: number) => Promise<void>;
  /** Keeps the request alive after its answer. */
  waitUntil: (work: Promise<void>) => void;
};

/** How long a doorbell waits for others. A queue call costs as much as the rest of a request. */
const COLLECT_MS = 5;
/** After this time the request that should send counts as dead, and the next request sends its doorbells. */
const TAKEOVER_MS = 1_000;

/**
 * Collects the doorbells of concurrent requests for a few milliseconds and sends them as one batch (docs/decisions/0009).
 * The first request sends for all after its answer; requests share only data. If it dies, a later request sends, or the
 * ledger's pump rings. A body that fills a batch alone is sent at once and awaited, so that a long file is not read
 * faster than the queue accepts it.
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
