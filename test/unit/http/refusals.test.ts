import { describe, expect, it } from "vitest";
import { problem } from "../../../shared/http/problem.ts";
import { createRefusals, type RateLimiter } from "../../../shared/http/refusals.ts";

const refusal = () => ({ why: "unknown key", response: problem(401, "no") });
const from = (address: string | null): Request =>
  new Request("http://door/v1/events", address === null ? {} : { headers: { "cf-connecting-ip": address } });

/** As the binding does: the first `limit` attempts of a key pass. */
function counting(limit: number) {
  const keys = new Map<string, number>();
  const limiter: RateLimiter = {
    limit: async ({ key }) => {
      keys.set(key, (keys.get(key) ?? 0) + 1);
      return { success: (keys.get(key) ?? 0) <= limit };
    },
  };
  return { keys, limiter };
}

function door() {
  let nowMs = 0;
  const logged: Record<string, unknown>[] = [];
  const refuse = createRefusals("ingest", { now: () => nowMs, log: (line) => logged.push(line) });
  return {
    logged,
    refuse,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe("an attempt that is refused", () => {
  it("is answered as it was refused, and is one line that names door, route, reason and network, and nothing that was sent", async () => {
    const { refuse, logged } = door();
    const request = new Request("http://door/v1/events?token=secret", {
      headers: { authorization: "Bearer secret", "cf-connecting-ip": "203.0.113.77" },
    });
    expect((await refuse(request, "/v1/events", refusal(), counting(1).limiter)).status).toBe(401);
    expect(logged).toEqual([
      { what: "door.refused", door: "ingest", route: "/v1/events", why: "unknown key", from: "203.0.113.0/24" },
    ]);
  });

  it("is a 429 that says when to come again, once there were too many", async () => {
    const { refuse } = door();
    const { limiter } = counting(2);
    const answers = [];
    for (let nth = 0; nth < 3; nth++) answers.push(await refuse(from("203.0.113.77"), "/r", refusal(), limiter));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 429]);
    expect(answers[2]?.headers.get("retry-after")).toBe("60");
    expect(await answers[2]?.json()).toMatchObject({ status: 429, title: "Too Many Requests" });
  });

  it.each([
    ["another address", from("203.0.113.78"), "/r", 401],
    ["another route", from("203.0.113.77"), "/other", 401],
    ["the same of both", from("203.0.113.77"), "/r", 429],
  ])("counts for its address and its route: %s", async (_, request, route, status) => {
    const { refuse } = door();
    const { limiter } = counting(1);
    await refuse(from("203.0.113.77"), "/r", refusal(), limiter);
    expect((await refuse(request, route, refusal(), limiter)).status).toBe(status);
  });

  it.each([
    ["203.0.113.77", "203.0.113.77", "203.0.113.0/24"],
    ["2001:db8:1:2:aaaa::1", "2001:db8:1:2", "2001:db8:1::/48"],
    ["2001:DB8:1:2:bbbb::2", "2001:db8:1:2", "2001:db8:1::/48"],
    ["2001:db8::1", "2001:db8:0:0", "2001:db8:0::/48"],
    ["::1", "0:0:0:0", "0:0:0::/48"],
    [null, "local", "local"],
  ])("from %s is counted as %s and logged as %s", async (address, bucket, network) => {
    const { refuse, logged } = door();
    const { limiter, keys } = counting(1);
    await refuse(from(address), "/r", refusal(), limiter);
    expect([[...keys.keys()], logged[0]?.from]).toEqual([[`/r ${bucket}`], network]);
  });

  it.each([
    ["is absent", null],
    ["fails", { limit: () => Promise.reject(new Error("no limiter")) }],
  ])("stays refused where the binding %s", async (_, limiter) => {
    const { refuse } = door();
    expect((await refuse(from("203.0.113.77"), "/r", refusal(), limiter)).status).toBe(401);
  });

  it("whose limit failed is logged with the failure", async () => {
    const { refuse, logged } = door();
    await refuse(from(null), "/r", refusal(), { limit: () => Promise.reject(new Error("no limiter")) });
    expect(logged.map(({ what }) => what)).toEqual(["door.limiter_failed", "door.refused"]);
  });
});

describe("a flood of refused attempts", () => {
  it("of one caller has a line each until it is limited, then one a minute, and the rest is a count", async () => {
    const { refuse, logged, pass } = door();
    const { limiter } = counting(5);
    const times = async (count: number) => {
      for (let nth = 0; nth < count; nth++) await refuse(from("203.0.113.77"), "/r", refusal(), limiter);
    };
    await times(1_000);
    expect(logged).toHaveLength(6);
    expect(logged.at(-1)).toMatchObject({ what: "door.refused", limited: true });
    pass(60_000);
    await times(1_000);
    expect(logged.slice(6)).toMatchObject([
      { what: "door.refused_more", door: "ingest", count: 994 },
      { what: "door.refused", limited: true },
    ]);
  });

  it("has sixty lines a minute on a limiter that fails, too", async () => {
    const { refuse, logged } = door();
    const limiter = { limit: () => Promise.reject(new Error("no limiter")) };
    for (let nth = 0; nth < 1_000; nth++) await refuse(from("203.0.113.77"), "/r", refusal(), limiter);
    expect(logged.filter(({ what }) => what === "door.limiter_failed")).toHaveLength(60);
  });

  it("from a thousand addresses has sixty lines a minute", async () => {
    const { refuse, logged } = door();
    const { limiter } = counting(5);
    for (let nth = 0; nth < 1_000; nth++) await refuse(from(`10.0.${nth % 200}.${nth}`), "/r", refusal(), limiter);
    expect(logged).toHaveLength(60);
  });
});
