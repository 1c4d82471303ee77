import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callConsole } from "../../cli/client.ts";
import type { Trace } from "../../shared/contracts/views.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
});
afterAll(async () => await system?.stop());

const DECLINED = { outcome: { kind: "declined", code: "insufficient_funds" } } as const;
const payPath = ({ id }: Told) => `/v1/invoices/${id.invoice}/pay`;
const confirmPath = ({ id }: Told) => `/v1/payment_intents/${id.payment}/confirm`;
const hold = async ({ id }: Told, route: "POST /api/holds" | "POST /api/holds/lift"): Promise<void> => {
  const { consoleUrl, keys } = system.stack;
  const body = { scope: `payment:${id.payment}`, reason: "until something has changed" };
  await callConsole({ url: consoleUrl, key: keys.CONSOLE_TOKEN }, route, { body });
};

async function send(told: Told, type: string, object: Parameters<Told["event"]>[1] | null): Promise<string> {
  if (object === null) throw new Error("it has no such object");
  const { id, body } = told.event(type, object);
  expect((await system.ingest.stripe(body)).status).toBe(202);
  return id;
}

/** A renewal failed, its retry is granted, and then something changes at the provider before it is sent. */
async function changedUnderWay(change: (told: Told, subscription: string) => Promise<unknown>) {
  const told = tell(DECLINED);
  await system.stripe.put(told.objects);
  await hold(told, "POST /api/holds");
  const id = await send(told, "invoice.payment_failed", told.invoice);
  const isHeld = ({ action }: Trace): boolean => (action?.held ?? null) !== null;
  await waitFor(`${id} to be held`, () => system.console.trace(id), isHeld, 20_000);
  await change(told, told.links.subscription ?? "");
  await hold(told, "POST /api/holds/lift");
  const { state, action } = await system.ended(id);
  return { told, state, action, pays: await system.sentTo(payPath(told)) };
}

describe.concurrent("a renewal that is tried again", () => {
  it("is paid once while nothing changes", async () => {
    const { state, pays, action } = await changedUnderWay(async () => undefined);
    expect([state, pays.length]).toEqual(["succeeded", 1]);
    expect(action?.outcome).toMatchObject({ amountMinor: 4_250 });
  });

  it.each([
    ["cancelled", { status: "canceled" }],
    ["paused", { pauseBehavior: "keep_as_draft" }],
    ["left to the customer to pay", { collectionMethod: "send_invoice" }],
  ])("whose subscription is %s under way is not paid, and nobody is asked", async (_what, change) => {
    const { state, pays, action } = await changedUnderWay((_told, subscription) =>
      system.stripe.control(`subscriptions/${subscription}`, change),
    );
    expect([state, pays]).toEqual(["skipped", []]);
    expect(action?.outcome).toMatchObject({ kind: "skipped", note: expect.stringMatching(/ended|paused|sends/) });
  });

  it("whose invoice asks for another sum under way is a case that names both", async () => {
    const { state, pays, action } = await changedUnderWay(({ id }) =>
      system.stripe.control(`invoices/${id.invoice}`, { amountRemaining: 50_000 }),
    );
    expect([state, pays]).toEqual(["case_open", []]);
    expect(action).toMatchObject({ caseAbout: { rule: "amount_owed" } });
    expect(action?.caseReason).toMatch(/42\.50.*500\.00/);
  });

  it("whose customer pays meanwhile is not said to be paid by us", async () => {
    const { state, pays } = await changedUnderWay(({ id }) => system.stripe.control(`invoices/${id.invoice}/pay`, {}));
    expect([state, pays]).toEqual(["skipped", []]);
  });

  it.each<[string, (told: Told) => object]>([
    ["payment", ({ id }) => ({ payment: id.payment })],
    ["charge", ({ id }) => ({ payment: id.charge })],
    ["invoice", ({ id }) => ({ invoice: id.invoice })],
    ["invoice's number", ({ invoice }) => ({ invoice: invoice?.number })],
  ])("by its %s is left to the schedule of its invoice", async (_what, named) => {
    const told = tell({ ...DECLINED, nextAttemptSeconds: Math.floor(Date.now() / 1000) + 86_400 });
    await system.stripe.put(told.objects);
    const decision = { action: "retry", reason: "there is money now", ...named(told) };
    const { status, headers } = await system.ingest.decision({ source: "elsewhere", decision });
    expect(status).toBe(200);
    const id = decodeURIComponent((headers.get("location") ?? "").replace("/v1/events/", ""));
    const { state, fact } = await system.ended(id);
    expect(state).toBe("none");
    expect(fact?.decision.record.reason).toContain("the provider will try again by itself");
    expect(await system.sentTo(payPath(told))).toEqual([]);
  });
});

describe.concurrent("a one-off payment that failed", () => {
  const oneOff = (isAgreed: boolean) => tell({ ...DECLINED, invoiceNumber: null, agreed: () => isAgreed });
  const failed = async (told: Told): Promise<Trace> =>
    await system.ended(await send(told, "payment_intent.payment_failed", told.intent));

  it("is tried again with the method that was tried, where its customer agreed to that", async () => {
    const told = oneOff(true);
    await system.stripe.put(told.objects);
    expect(await failed(told)).toMatchObject({ state: "succeeded", action: { outcome: { amountMinor: 4_250 } } });
    const [sent, ...others] = await system.sentTo(confirmPath(told));
    expect([sent?.status, others]).toEqual([200, []]);
    const charges = (await system.stripe.objects()).filter(
      (one) => one.object === "charge" && one.payment_intent === told.id.payment && one.paid === true,
    );
    expect(charges).toMatchObject([{ payment_method: told.charge.payment_method }]);
  });

  it("is left, with the reason, where nobody agreed to that", async () => {
    const told = oneOff(false);
    await system.stripe.put(told.objects);
    const { state, fact } = await failed(told);
    expect(state).toBe("none");
    expect(fact?.decision.record.reason).toContain("does not say that the customer agreed to be charged later");
    expect(await system.sentTo(confirmPath(told))).toEqual([]);
  });

  it("is a person's once its method was detached", async () => {
    const told = oneOff(true);
    await system.stripe.put(told.objects);
    await system.stripe.control(`payment_methods/${told.charge.payment_method}/detach`, {});
    expect(await failed(told)).toMatchObject({ state: "case_open", action: { caseAbout: { rule: "agreement" } } });
    expect(await system.sentTo(confirmPath(told))).toEqual([]);
  });
});
