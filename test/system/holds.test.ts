import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hold, HoldAnswer, LiftAnswer } from "../../shared/contracts/gate.ts";
import type { Totals, Trace } from "../../shared/contracts/views.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { policy } from "../helpers/policy.ts";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

let system: TestStack;
const stateDir = makeStateDir();
beforeAll(async () => {
  system = await bootStack({ stateDir });
});
afterAll(async () => {
  await system?.stop();
  removeStateDir(stateDir);
});

/** The command line as a person uses it, from outside. */
async function cli<T>(...args: string[]): Promise<T> {
  const { consoleUrl, keys } = system.stack;
  const env = { ...process.env, COUNTERSIGN_CONSOLE_URL: consoleUrl, CONSOLE_TOKEN: keys.CONSOLE_TOKEN };
  const { stdout } = await promisify(execFile)(process.execPath, ["cli/index.ts", ...args, "--json"], { env });
  return JSON.parse(stdout) as T;
}

async function askRefund(told: Told, words: string): Promise<string> {
  await system.stripe.put(told.objects);
  const { status, body } = await system.ingest.request({ message: `${words} of payment ${told.id.payment}.` });
  expect(status).toBe(202);
  return body.id;
}
const isHeld = ({ action }: Trace): boolean => (action?.held ?? null) !== null;
const untilHeld = (id: string) => waitFor(`${id} to be held`, () => system.console.trace(id), isHeld, 20_000);
const wordsOf = ({ action }: Trace): string[] => (action?.history ?? []).map(({ what }) => what);

describe("the switch that stops everything", () => {
  it("holds what is asked for meanwhile, visibly and without a call to the provider; lifted, each is executed once", async () => {
    const asked = Array.from({ length: 5 }, () => tell());
    const { result, hold } = await cli<HoldAnswer>("holds", "add", "--all", "--reason", "an incident");
    expect(result).toBe("held");
    const ids: string[] = [];
    for (const told of asked) ids.push(await askRefund(told, "Refund 10.00 USD"));
    for (const id of ids) {
      const trace = await untilHeld(id);
      expect(trace).toMatchObject({
        state: "ready",
        terminal: false,
        action: { attempts: 0, held: { scope: "all", reason: "on hold (all): an incident" } },
      });
    }
    expect(await system.sentTo("/v1/refunds")).toEqual([]);
    expect((await cli<Totals>("totals")).holds).toEqual({ count: 1, newest: [hold] });
    expect((await cli<{ items: Hold[] }>("holds", "list")).items).toEqual([hold]);

    // Several more rings find it on hold: they tell nothing new, and write nothing.
    const [first = ""] = ids;
    await waitFor(
      "the pump to ring again for what is on hold",
      async () => system.logs.filter(({ message }) => message.includes('"outcome":"held"')).length,
      (count) => count >= 2 * ids.length,
      20_000,
    );
    expect(wordsOf(await system.console.trace(first)).filter((what) => what === "held")).toHaveLength(1);

    const lifted = await cli<LiftAnswer>("holds", "lift", "--all", "--reason", "it is over");
    expect(lifted).toMatchObject({ result: "lifted", woken: ids.length });
    const traces = await Promise.all(ids.map((id) => system.ended(id, 30_000)));
    expect(traces.map(({ state }) => state)).toEqual(ids.map(() => "succeeded"));
    expect(traces.map(isHeld)).toEqual(ids.map(() => false));
    for (const told of asked) expect(await system.refundsOf(told.id.payment)).toMatchObject([{ amountMinor: 1000 }]);
    expect(await system.sentTo("/v1/refunds")).toHaveLength(asked.length);
    // The echo of the refund itself may be faster than its own answer.
    const words = wordsOf(traces[0] as Trace).filter((word) => word !== "reported");
    expect(words).toEqual(["granted", "held", "lifted", "attempt 1", "succeeded"]);
    expect((await system.console.trace(`hold:all:${hold.at}`)).event.event.text).toContain("an incident");
    expect(await system.ended(`lift:all:${hold.at}`)).toMatchObject({ state: "none" });
  });

  it("stays on over a restart, and when it is lifted lets go nothing that another hold keeps", async () => {
    const told = tell();
    const customer = told.id.customer;
    await cli("holds", "add", "--customer", customer, "--reason", "looks odd");
    await cli("holds", "add", "--all", "--reason", "an incident");
    const id = await askRefund(told, "Refund 10.00 USD");
    const free = tell();
    const freeId = await askRefund(free, "Refund 10.00 USD");
    await untilHeld(id);
    await untilHeld(freeId);
    await system.stop();
    system = await bootStack({ stateDir });
    expect((await cli<{ items: Hold[] }>("holds", "list")).items.map(({ scope }) => scope)).toEqual([
      "all",
      `customer:${customer}`,
    ]);
    await cli("holds", "lift", "--all");
    expect((await system.ended(freeId, 30_000)).state).toBe("succeeded");
    const still = await waitFor(
      "the customer's hold to be told",
      () => system.console.trace(id),
      ({ action }) => action?.held?.scope === `customer:${customer}`,
      30_000,
    );
    expect(still.action).toMatchObject({ state: "ready", attempts: 0 });
    expect(await system.refundsOf(told.id.payment)).toEqual([]);
    await cli("holds", "lift", "--customer", customer);
    expect((await system.ended(id, 30_000)).state).toBe("succeeded");
    expect(await system.refundsOf(told.id.payment)).toHaveLength(1);
  });

  it.each([
    ["the charge, as a payment", ({ id }: Told) => ["--payment", id.charge]],
    ["its kind", () => ["--kind", "refund"]],
    ["its provider", () => ["--provider", "stripe"]],
    ["the own account", () => ["--account", "-"]],
  ])("stops what it names by %s, and lets it go once", async (_what, optionsOf) => {
    const told = tell();
    const options = optionsOf(told);
    const { hold } = await cli<HoldAnswer>("holds", "add", ...options, "--reason", "looks odd");
    const id = await askRefund(told, "Refund 10.00 USD");
    expect((await untilHeld(id)).action?.held?.scope).toBe(hold.scope);
    expect(await system.refundsOf(told.id.payment)).toEqual([]);
    expect(await cli<LiftAnswer>("holds", "lift", ...options)).toMatchObject({ result: "lifted", woken: 1 });
    expect((await system.ended(id, 30_000)).state).toBe("succeeded");
    expect(await system.refundsOf(told.id.payment)).toHaveLength(1);
  });

  it("is refused where it could stop nothing, and says what to name", async () => {
    await expect(cli("holds", "add", "--kind", "refnd", "--reason", "x")).rejects.toMatchObject({
      stderr: expect.stringContaining("no action of the kind refnd is executed: name authorize, refund"),
    });
    expect((await cli<{ items: Hold[] }>("holds", "list")).items).toEqual([]);
  });

  it("lifting what is not on hold says so, and exits with 1", async () => {
    await expect(cli("holds", "lift", "--payment", "pi_nobody")).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"result":"not_held"'),
    });
  });
});

describe("an envelope", () => {
  it("that is used up makes the next refund a case, executes what fitted, and is shown by the totals", async () => {
    const { customer: limitCents } = policy.envelopes;
    // Three payments of one customer, each below its own limits.
    const [first, ...more] = Array.from({ length: 3 }, () => tell({ price: { amountMinor: 50_000, currency: "usd" } }));
    if (first === undefined) throw new Error("no payment");
    const scope = `customer:${first.id.customer}`;
    const ofFirst = (object: object) => ("customer" in object ? { ...object, customer: first.id.customer } : object);
    const told = [first, ...more.map((one) => ({ ...one, objects: one.objects.map(ofFirst) as typeof one.objects }))];
    const ended: Awaited<ReturnType<typeof system.ended>>[] = [];
    // One after the other: which of them would not fit is not left to chance.
    for (const [index, one] of told.entries())
      ended.push(await system.ended(await askRefund(one, `Refund 40${index}.00 USD`)));
    const [a, b, over] = ended;
    expect([a?.state, b?.state]).toEqual(["succeeded", "succeeded"]);
    expect(over).toMatchObject({
      state: "case_open",
      action: {
        attempts: 0,
        caseReason: expect.stringContaining(`the hourly envelope of ${scope} has no room for this`),
      },
    });
    const refunds = await Promise.all(told.map(({ id }) => system.refundsOf(id.payment)));
    expect(refunds.map((list) => list.map(({ amountMinor }) => amountMinor))).toEqual([[40_000], [40_100], []]);
    const { envelopes } = await cli<Totals>("totals");
    expect(envelopes.find((one) => one.scope === scope)).toEqual({ scope, usedCents: 80_100, limitCents });
    expect(envelopes.map((one) => one.scope)).toEqual(expect.arrayContaining(["all", "kind:refund", "account:-"]));
    expect(
      (await system.console.cases()).find(({ actionId }) => actionId === over?.action?.action.id)?.reason,
    ).toContain("has no room");
  });
});
