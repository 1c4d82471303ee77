import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WEBHOOKS } from "../../shared/providers/registry.ts";
import { ROUTES } from "../../workers/console/routes/index.ts";
import { linesOf } from "../helpers/deliveries.ts";
import { type Answered, type Odd, oddRequestTo, type Route, sendOdd } from "../helpers/odd-requests.ts";
import { tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";

/** FUZZ_SEED=… repeats a run that failed: fast-check prints its seed. FUZZ_RUNS=… looks longer. */
const SEED = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) };
const RUNS = Number(process.env.FUZZ_RUNS ?? 1000);
const TIMEOUT_MS = 600_000;

let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
});
afterAll(async () => await system?.stop());

/** As the source registers them, so that a new route is fuzzed from its first day. */
function routesIn(file: string, pattern: RegExp): Route[] {
  const source = readFileSync(join(import.meta.dirname, "../..", file), "utf8");
  return [...source.matchAll(pattern)].map(([, method = "", path = ""]) => ({ method: method.toUpperCase(), path }));
}
const INGEST: Route[] = [
  ...routesIn("workers/ingest/handle.ts", /\broute\("(GET|POST)", "([^"]+)"/g),
  ...Object.keys(WEBHOOKS).map((name) => ({ method: "POST", path: `/webhooks/${name}` })),
];
const CONSOLE: Route[] = [
  ...routesIn("workers/console/app.ts", /\bapp\.(get|post)\("([^"]+)"/g),
  ...ROUTES.map(({ method, path }) => ({ method, path })),
];

/** An error is a problem that tells a person what to do, and nothing of how we are made. */
function expectSound({ status, type, text }: Answered, { method }: Odd): void {
  expect(status, text).toBeLessThan(500);
  expect(status).toBeGreaterThanOrEqual(200);
  if (status < 400) return;
  expect(type).toBe("application/problem+json");
  if (method === "HEAD") return;
  const problem = JSON.parse(text) as Record<string, unknown>;
  expect(problem).toEqual({ type: "about:blank", title: expect.any(String), status, detail: expect.any(String) });
  expect(String(problem.detail).length).toBeGreaterThan(10);
  expect(text).not.toMatch(/\.ts:|\.mjs:|\bat \S+ \(\S+:\d|TypeError|RangeError|SQLITE/);
}

/** What a Worker writes down when something of its own broke, whatever it answered. */
const BROKE =
  /^(?:ingest\.(?:bug|ledger_failed|ring_failed|misconfigured)|door\.aborted|console\.(?:failed|act_failed))$/;
const broken = () => linesOf(system.logs).filter(({ what }) => BROKE.test(what));

describe("arbitrary requests", () => {
  it("are made of every route that there is", () => {
    expect([INGEST.length, CONSOLE.length - ROUTES.length]).toEqual([9, 3]);
  });

  it.each([
    ["ingest", INGEST, [200, 202, 400, 401, 404, 405, 415]],
    ["the console", CONSOLE, [200, 400, 401, 404, 405, 413]],
  ] as const)(
    "never make %s break, and what it refuses it explains",
    async (door, routes, reached: readonly number[]) => {
      const { ingestUrl, consoleUrl, keys } = system.stack;
      const isIngest = door === "ingest";
      const origin = isIngest ? ingestUrl : consoleUrl;
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(oddRequestTo(routes), async (odd) => {
          const isRead = odd.path.startsWith("/v1/events/");
          const token = isIngest ? (isRead ? keys.READ_KEY : keys.INGEST_KEY) : keys.CONSOLE_TOKEN;
          const answer = await sendOdd(origin, token, keys, odd);
          statuses.add(answer.status);
          expectSound(answer, odd);
          expect(broken()).toEqual([]);
        }),
        { ...SEED, numRuns: RUNS },
      );
      expect(
        reached.filter((status) => !statuses.has(status)),
        "statuses that no request reached",
      ).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    "leave nothing behind that does not settle, move no money, and let the next event pass",
    async () => {
      const { totals } = await system.quiet(60_000);
      expect(totals.deadLetteredEvents).toBe(0);
      expect(await system.console.deadLetters()).toEqual([]);
      expect((await system.stripe.requests()).filter(({ method }) => method === "POST")).toEqual([]);
      const told = tell();
      await system.stripe.put(told.objects);
      const { body } = await system.ingest.request({ message: `Refund 10.00 USD of payment ${told.id.payment}.` });
      expect((await system.ended(body.id)).state).toBe("succeeded");
      expect(await system.refundsOf(told.id.payment)).toMatchObject([{ amountMinor: 1000 }]);
    },
    TIMEOUT_MS,
  );
});
