import { describe, expect, it } from "vitest";
import type { Lane } from "../../../shared/contracts/event.ts";
import type { EventDoorbell } from "../../../shared/contracts/queues.ts";
import { type CollectorDeps, createCollector } from "../../../workers/ingest/ring.ts";

const doorbells = (count: number): EventDoorbell[] =>
  Array.from({ length: count }, (_, n) => ({
    kind: "event",
    id: `stripe:${"i".repeat(245)}${n}`,
    nonce: crypto.randomUUID(),
    summary: "s".repeat(300),
  }));

describe("collecting doorbells of concurrent requests", () => {
  function createRequests() {
    let nowMs = 1_000;
    const sent: { lane: Lane; by: string; ids: number }[] = [];
    const sleeping: (() => void)[] = [];
    const background: Promise<void>[] = [];
    const request = (name: string): CollectorDeps => ({
      send: async (lane, bells) => void sent.push({ lane, by: name, ids: bells.length }),
      now: () => nowMs,
      sleep: () => new Promise((resolve) => sleeping.push(resolve)),
      waitUntil: (work) => void background.push(work),
    });
    return {
      sent,
      request,
      elapse: async () => {
        for (const wake of sleeping.splice(0)) wake();
        await Promise.all(background.splice(0));
      },
      /** The request's isolate is evicted: what it was to do after its answer never happens. */
      die: () => {
        sleeping.length = 0;
        background.length = 0;
      },
      later: (ms: number) => {
        nowMs += ms;
      },
    };
  }

  it("sends those of several requests as one batch, by the first of them, each once", async () => {
    const { ring } = createCollector();
    const requests = createRequests();
    await ring("live", doorbells(1), requests.request("first"));
    await ring("live", doorbells(2), requests.request("second"));
    await ring("batch", doorbells(1), requests.request("third"));
    expect(requests.sent).toEqual([]);
    await requests.elapse();
    expect(requests.sent).toEqual([
      { lane: "live", by: "first", ids: 3 },
      { lane: "batch", by: "third", ids: 1 },
    ]);
    await ring("live", doorbells(1), requests.request("fourth"));
    await requests.elapse();
    expect(requests.sent[2]).toEqual({ lane: "live", by: "fourth", ids: 1 });
  });

  it("sends at once, and waits for, what fills a batch by itself", async () => {
    const { ring } = createCollector();
    const requests = createRequests();
    await ring("batch", doorbells(100), requests.request("file"));
    expect(requests.sent).toEqual([{ lane: "batch", by: "file", ids: 100 }]);
  });

  it("lets a later request send what a dead one left", async () => {
    const { ring } = createCollector();
    const requests = createRequests();
    await ring("live", doorbells(1), requests.request("dead"));
    requests.die();
    requests.later(999);
    await ring("live", doorbells(1), requests.request("early"));
    await requests.elapse();
    expect(requests.sent).toEqual([]);
    requests.later(1);
    await ring("live", doorbells(1), requests.request("late"));
    await requests.elapse();
    expect(requests.sent).toEqual([{ lane: "live", by: "late", ids: 3 }]);
  });
});
