import { expect, it } from "vitest";
import type { EventDoorbell } from "../../../shared/contracts/queues.ts";
import { sendInBatches } from "../../../workers/ingest/ring.ts";

const doorbells = (count: number): EventDoorbell[] =>
  Array.from({ length: count }, (_, n) => ({
    kind: "event",
    id: `stripe:${"i".repeat(245)}${n}`,
    nonce: crypto.randomUUID(),
    summary: "s".repeat(300),
  }));

function createQueue() {
  const sent: EventDoorbell[][] = [];
  return {
    sent,
    send: async (doorbell: EventDoorbell) => void sent.push([doorbell]),
    sendBatch: async (messages: { body: EventDoorbell }[]) => void sent.push(messages.map(({ body }) => body)),
  };
}

it.each([
  [0, []],
  [1, [1]],
  [100, [100]],
  [101, [100, 1]],
  [500, [100, 100, 100, 100, 100]],
])("%i doorbells are sent in batches of %j", async (count, sizes) => {
  const queue = createQueue();
  const all = doorbells(count);
  await sendInBatches(queue, all);
  expect(queue.sent.map((batch) => batch.length)).toEqual(sizes);
  expect(queue.sent.flat()).toEqual(all);
});

it("a batch of a hundred of the largest doorbells stays below 256 KB", () => {
  expect(JSON.stringify(doorbells(100)).length).toBeLessThan(256_000);
});
