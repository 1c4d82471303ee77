import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mapLimit } from "../../shared/core/concurrency.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack({ consumers: "none" });
});
afterAll(async () => await system?.stop());

/** Twice the limit and more, since the limiter's minute may end in between. */
const TIMES = 220;
const AT_ONCE = 8;
const lines = () => system.logs.map(({ message }) => message).filter((message) => message.includes('"door.refused"'));

/** How often each status was answered. */
async function statuses(ask: () => Promise<Response>): Promise<Record<number, number>> {
  const seen: Record<number, number> = {};
  await mapLimit(Array.from({ length: TIMES }), AT_ONCE, async () => {
    const response = await ask();
    await response.arrayBuffer();
    seen[response.status] = (seen[response.status] ?? 0) + 1;
  });
  return seen;
}

const wrong = { authorization: "Bearer a-key-of-nobody", "content-type": "application/json" };
const event = (id: string) => ({ id, type: "customer.updated", occurredAt: "2026-11-23T09:00:00Z", mode: "test" });

describe("who is refused again and again", () => {
  it("at ingest hears a 429 after a hundred times, and a good key passes all the same", async () => {
    const seen = await statuses(() =>
      fetch(`${system.stack.ingestUrl}/v1/events`, { method: "POST", headers: wrong, body: "{}" }),
    );
    expect(Object.keys(seen)).toEqual(["401", "429"]);
    expect(seen[401]).toBeLessThanOrEqual(200);
    expect((await system.ingest.event(event("after-the-flood"))).status).toBe(202);
  });

  it("at a webhook hears a 429 too, and a signed one passes all the same", async () => {
    const seen = await statuses(() =>
      fetch(`${system.stack.ingestUrl}/webhooks/stripe`, {
        method: "POST",
        headers: { "stripe-signature": "t=abc,v1=0" },
        body: "{}",
      }),
    );
    expect(Object.keys(seen)).toEqual(["401", "429"]);
    const body = JSON.stringify({
      id: "evt_after",
      object: "event",
      type: "customer.updated",
      created: 1_790_000_000,
      livemode: false,
      data: { object: {} },
    });
    expect((await system.ingest.stripe(body)).status).toBe(202);
  });

  it("at the console hears a 429 too, with when to come again, and the token passes all the same", async () => {
    const seen = await statuses(() => fetch(`${system.stack.consoleUrl}/api/totals`, { headers: wrong }));
    expect(Object.keys(seen)).toEqual(["401", "429"]);
    expect((await system.console.totals()).accepted).toBeGreaterThanOrEqual(0);
    const limited = await fetch(`${system.stack.consoleUrl}/api/cases`, { headers: wrong });
    expect([limited.status, limited.headers.get("content-type")]).toEqual([429, "application/problem+json"]);
    expect(limited.headers.get("retry-after")).toBe("60");
  });

  it("is logged with door and route, and not a line each", () => {
    const ofDoor = (door: string) => lines().filter((line) => line.includes(`"door":"${door}"`)).length;
    for (const door of ["ingest", "console"]) {
      expect(ofDoor(door)).toBeGreaterThan(0);
      expect(ofDoor(door)).toBeLessThan(TIMES);
    }
    expect(lines().join("")).not.toContain("a-key-of-nobody");
  });
});
