import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { WaitingAnswer } from "../../shared/contracts/waiting.ts";
import { tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

/** Claude is away for a while, as on a bad evening: what `/readyz`, `waiting` and `totals` say to whoever is on call. */
let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
});
afterAll(async () => await system?.stop());

type Party = { state: string; since: string | null; last: { at: string; ageSeconds: number; what?: string } | null };
type Ready = { ready: boolean; degraded: string[] } & Record<
  "ledger" | "gate" | "claude" | "stripe" | "records",
  Party
>;

async function readyAt(url: string, token?: string): Promise<{ status: number; text: string; body: Ready }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Ready };
}
const atIngest = () => readyAt(`${system.stack.ingestUrl}/readyz`);
const atConsole = () => readyAt(`${system.stack.consoleUrl}/api/readyz`, system.stack.keys.CONSOLE_TOKEN);

async function cli(...args: string[]): Promise<string> {
  const { consoleUrl, keys } = system.stack;
  const env = { ...process.env, COUNTERSIGN_CONSOLE_URL: consoleUrl, CONSOLE_TOKEN: keys.CONSOLE_TOKEN };
  return (await promisify(execFile)(process.execPath, ["cli/index.ts", ...args], { env })).stdout;
}

async function askRefund(): Promise<string> {
  const told = tell();
  await system.stripe.put(told.objects);
  const message = `Refund 42.50 USD of payment ${told.id.payment}, charged twice.`;
  return (await system.ingest.request({ message })).body.id;
}

it("says that nothing was heard yet, then that Claude is away while events are taken, then that it is back", async () => {
  const before = await atIngest();
  expect([before.status, before.body.ready, before.body.degraded]).toEqual([200, true, []]);
  expect(before.body.claude).toEqual({ state: "unknown", since: null, last: null });

  await system.claude.faults([{ kind: "overloaded", times: 1_000_000, retryAfterSeconds: 0 }]);
  const id = await askRefund();
  const isAway = ({ body }: { body: Ready }) => body.claude.state === "failing";
  const away = await waitFor("Claude to be told of as failing", atIngest, isAway, 30_000);
  expect([away.status, away.body.ready, away.body.degraded, away.body.ledger.state]).toEqual([
    200,
    true,
    ["claude"],
    "ok",
  ]);
  expect(away.text, "nobody has authenticated").not.toContain("overloaded");
  expect((await atConsole()).body.claude.last?.what).toBe("claude_overloaded");

  const isTried = ({ items }: WaitingAnswer) => items.some((item) => item.id === id && item.waitsFor === "retry");
  const list = async () => JSON.parse(await cli("waiting", "--json")) as WaitingAnswer;
  const { items } = await waitFor("the event among what waits", list, isTried, 30_000);
  expect(items.find((item) => item.id === id)?.reason).toMatch(/^failed .*, last: claude_overloaded/);
  const shown = await cli("waiting", "--queue", "events");
  expect(shown.split("\n")[0]).toMatch(/^1 waits, [01] of them due: 1 for another try$/);
  expect(shown).toContain(id);

  await system.claude.clearFaults();
  expect((await system.ended(id, 60_000)).state).toBe("succeeded");
  const isBack = ({ body }: { body: Ready }) => body.claude.state === "ok" && body.stripe.state === "ok";
  const back = await waitFor("Claude to be told of as back", atConsole, isBack, 30_000);
  expect([back.status, back.body.degraded]).toEqual([200, []]);
  expect(back.body.claude.last?.what).toBe("answered");
  expect(Date.parse(back.body.claude.since ?? "")).toBeGreaterThan(Date.parse(away.body.claude.since ?? ""));
  await system.quiet();
  expect(await cli("waiting")).toBe("nothing waits\n");
}, 180_000);

it("hears of D1 when a case is written, and totals have its money", async () => {
  const told = tell();
  await system.stripe.put(told.objects);
  await system.claude.faults([{ kind: "refusal", times: 9, match: told.id.payment }]);
  const { body } = await system.ingest.request({ message: `Refund 42.50 USD of payment ${told.id.payment}.` });
  expect((await system.ended(body.id, 60_000)).state).toBe("case_open");
  await waitFor("D1 to be heard", atIngest, ({ body: ready }) => ready.records.state === "ok", 30_000);
  const { openCases } = await system.console.totals();
  expect(openCases?.toDecide.reduce((count, sum) => count + sum.count, 0)).toBe(1);
  expect(await cli("totals")).toContain("to decide");
}, 120_000);
