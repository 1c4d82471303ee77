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
