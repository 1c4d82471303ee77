import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { ACTION_KINDS } from "../../../shared/contracts/actions.ts";
import { deadMessage, doorbell, type Need, QUEUES, queueOfKind } from "../../../shared/contracts/queues.ts";
import {
  createRings,
  deadRing,
  doorbellOfAction,
  needOfQueue,
  ringForAction,
  ringForEvent,
  summaryOfEvent,
} from "../../../shared/queue/doorbells.ts";

const ref = { id: "act_1", subject: "pi_1" };

describe("a doorbell", () => {
  it("of an event goes to the queue of its lane", () => {
    const ring = (lane: "live" | "batch") => ringForEvent({ id: "stripe:evt_1", lane, summary: "s" }, "n");
    const body = { kind: "event", id: "stripe:evt_1", nonce: "n", summary: "s" };
    expect(ring("live")).toEqual({ queue: "events", body });
    expect(ring("batch")).toEqual({ queue: "events-batch", body });
  });

  it.each(ACTION_KINDS)("of an action of kind %s goes where it is granted, executed, or made a case", (kind) => {
    const ring = (needs: Need) => ringForAction({ ...ref, kind, needs }, "n");
    expect(ring("grant")).toMatchObject({ queue: "events", body: { ...ref, kind: "regrant" } });
    expect(ring("renewal")).toMatchObject({ queue: "events-batch", body: { ...ref, kind: "regrant" } });
    expect(ring("execution")).toMatchObject({ queue: queueOfKind(kind), body: { ...ref, kind: "action" } });
    expect(ring("case")).toMatchObject({ queue: "escalate", body: { ...ref, kind: "action" } });
    for (const needs of ["grant", "renewal", "execution", "case"] as const)
      expect(v.is(doorbell, ring(needs).body)).toBe(true);
  });

  it("is what the consumer of its queue can read, whichever queue that is", () => {
    for (const queue of QUEUES) {
      const isClassifiers = queue === "events" || queue === "events-batch";
      expect(doorbellOfAction(ref, needOfQueue(queue), "s").kind, queue).toBe(isClassifiers ? "regrant" : "action");
    }
  });

  it("of what was given up goes to the dead letters of its queue, with the reason", () => {
    const ring = ringForAction({ ...ref, kind: "refund", needs: "execution" }, "n");
    const dead = deadRing(ring, { reason: "bug", detail: "it threw" });
    expect(dead).toMatchObject({ queue: "refund-dlq", body: { queue: "refund", body: ring.body } });
    expect(v.is(deadMessage, dead.body)).toBe(true);
  });

  it("says no more to who reads the queue than its contract takes", () => {
    const summary = summaryOfEvent({
      id: "stripe:evt_1",
      type: `invoice.${"x".repeat(400)}`,
      occurredAt: 1,
      mode: "test",
      lane: "live",
      invoice: "in_1",
      amountMinor: 4_250,
      currency: "usd",
    });
    expect(summary).toMatch(/ in_1 42\.50 USD$/);
    expect(v.is(doorbell, ringForEvent({ id: "stripe:evt_1", lane: "live", summary }, "n").body)).toBe(true);
  });
});

describe("rings", () => {
  it("for a renewal go where no live event waits behind them, and those for a first grant do not", async () => {
    const sent: string[] = [];
    const to = (queue: string) => ({
      send: async () => void sent.push(queue),
      sendBatch: async () => void sent.push(queue),
    });
    const rings = createRings({ events: to("live"), "events-batch": to("batch") }, () => undefined);
    await rings.renewal(ref, "s");
    await rings.regrant(ref, "s");
    expect(sent).toEqual(["batch", "live"]);
  });

  it("of one turn go to their queue as one batch, and what a queue refuses is logged", async () => {
    const sent: unknown[][] = [];
    const logged: Record<string, unknown>[] = [];
    const rings = createRings(
      {
        events: {
          send: async (body) => void sent.push([body]),
          sendBatch: async (messages) => void sent.push(messages.map(({ body }) => body)),
        },
        refund: {
          send: async () => Promise.reject(new Error("full")),
          sendBatch: async () => Promise.reject(new Error("full")),
        },
      },
      (line) => logged.push(line),
    );
    await Promise.all([
      rings.regrant(ref, "s"),
      rings.regrant({ id: "act_2", subject: "pi_1" }, "s"),
      rings.action("refund", ref, "s"),
      rings.action("retry", ref, "s"),
    ]);
    expect(sent).toMatchObject([
      [
        { kind: "regrant", id: "act_1" },
        { kind: "regrant", id: "act_2" },
      ],
    ]);
    expect(logged.toSorted((a, b) => String(a.queue).localeCompare(String(b.queue)))).toEqual([
      { what: "ring.failed", queue: "refund", ids: ["act_1"], error: "Error: full" },
      { what: "ring.failed", queue: "retry", ids: ["act_1"], error: "Error: no producer is bound for retry" },
    ]);
  });
});
