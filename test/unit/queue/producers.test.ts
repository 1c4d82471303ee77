import { expect, it } from "vitest";
import type { EventDoorbell } from "../../../shared/contracts/queues.ts";
import { producersOf, sendInBatches } from "../../../shared/queue/producers.ts";

const doorbells = (count: number): EventDoorbell[] =>
  Array.from({ length: count }, (_, n) => ({
    kind: "event",
    id: `stripe:${"i".repeat(245)}${n}`,
    nonce: crypto.randomUUID(),
    summary: "s".repeat(300),
  }));

function createQueue() {
  const sent: unknown[][] = [];
  return {
    sent,
    send: async (doorbell: unknown) => void sent.push([doorbell]),
    sendBatch: async (messages: { body: unknown }[]) => void sent.push(messages.map(({ body }) => body)),
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

it("producers are found by the name of their queue, and one that is not bound is named", () => {
  const [events, dead] = [createQueue(), createQueue()];
  const env = { EVENTS_BATCH: events, EVENTS_BATCH_DLQ: dead };
  expect(producersOf(env, ["events-batch", "events-batch-dlq"])).toEqual({
    "events-batch": events,
    "events-batch-dlq": dead,
  });
  expect(() => producersOf({} as typeof env, ["events-batch"])).toThrow(
    "EVENTS_BATCH of queue events-batch is not bound",
  );
});
