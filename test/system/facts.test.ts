import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Trace } from "../../shared/contracts/views.ts";
import type { StripeObject } from "../helpers/clients.ts";
import { disputeOf, eventsOfFailedRenewal, type Told, tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
});
afterAll(async () => await system?.stop());

type Sent = { id: string; body: string };
const declined = (code: string) => tell({ outcome: { kind: "declined", code } });
const payPath = ({ id }: Told) => `/v1/invoices/${id.invoice}/pay`;
const confirmPath = ({ id }: Told) => `/v1/payment_intents/${id.payment}/confirm`;

async function send(events: readonly Sent[]): Promise<void> {
  for (const { body } of events) expect((await system.ingest.stripe(body)).status).toBe(202);
}
const endOf = ({ id }: Sent): Promise<Trace> => system.ended(id);
const triggerOf = (events: readonly Sent[]): Sent => {
  const found = events.find(({ body }) => body.includes('"type":"invoice.payment_failed"'));
  if (found === undefined) throw new Error("no event of these triggers");
  return found;
};

/** Six of 720 orders: the trigger first, last and in the middle, siblings before and after it. */
const ORDERS: readonly (readonly number[])[] = [
  [0, 1, 2, 3, 4, 5],
  [5, 4, 3, 2, 1, 0],
  [1, 2, 0, 3, 5, 4],
  [2, 1, 3, 0, 4, 5],
  [4, 3, 5, 1, 0, 2],
  [3, 0, 4, 2, 1, 5],
];

describe.concurrent("a failed renewal", () => {
  it.each(ORDERS)(
    "told in the order %i %i %i %i %i %i, each event twice, is one retry and one attempt to pay",
    async (...order) => {
      const told = declined("insufficient_funds");
      await system.stripe.put(told.objects);
      const events = eventsOfFailedRenewal(told);
      const ordered = order.flatMap((index) => events[index] ?? []);
      await send([...ordered, ...ordered]);
      const traces = await Promise.all(events.map(endOf));
      expect(traces.map(({ state }) => state).toSorted()).toEqual([
        "none",
        "none",
        "none",
        "none",
        "none",
        "succeeded",
      ]);
      const pays = await system.sentTo(payPath(told));
      expect(pays).toHaveLength(1);
      expect(pays[0]).toMatchObject({ status: 200, replayed: false });
      const { action } = await endOf(triggerOf(events));
      expect(action).toMatchObject({
        action: { kind: "retryPayment", invoice: told.id.invoice, step: 1 },
        attempts: 1,
      });
      expect(pays[0]?.idempotencyKey).toBe(`${action?.action.id}:0`);
    },
  );

  it("told by two sources, Stripe and a billing system, is one retry", async () => {
    const told = declined("do_not_honor");
    await system.stripe.put(told.objects);
    const [trigger] = eventsOfFailedRenewal(told);
    const billing = {
      id: `billing_${told.id.invoice}`,
      type: "invoice.payment_failed",
      occurredAt: new Date().toISOString(),
      mode: "test",
      invoice: told.id.invoice,
      payment: told.id.payment,
      amountMinor: 4250,
      currency: "usd",
      attempt: 1,
    };
    const [byStripe, byBilling] = await Promise.all([
      system.ingest.stripe(trigger?.body ?? ""),
      system.ingest.event(billing),
    ]);
    expect([byStripe.status, byBilling.status]).toEqual([202, 202]);
    const traces = await Promise.all([system.ended(trigger?.id ?? ""), system.ended(`api:${billing.id}`)]);
    expect(traces.map(({ state }) => state).toSorted()).toEqual(["none", "succeeded"]);
    expect(await system.sentTo(payPath(told))).toHaveLength(1);
  });

  it("whose retry is declined softly is tried again as step 2 with another provider key, and its own echoes trigger nothing", async () => {
    const told = declined("insufficient_funds");
    await system.stripe.put(told.objects);
    await system.stripe.script({ invoice: told.id.invoice, declines: ["insufficient_funds"] });
    const events = eventsOfFailedRenewal(told);
    await send(events);
    const first = await endOf(triggerOf(events));
    expect(first).toMatchObject({ state: "declined", action: { outcome: { kind: "declined", next: { step: 2 } } } });
    const next = first.action?.outcome?.kind === "declined" ? (first.action.outcome.next?.actionId ?? "") : "";
    const second = await system.ended(next);
    expect(second).toMatchObject({ state: "succeeded", action: { action: { id: next, step: 2 } } });
    const pays = await system.sentTo(payPath(told));
    expect(pays.map(({ status, idempotencyKey }) => [status, idempotencyKey])).toEqual([
      [402, `${first.action?.action.id}:0`],
      [200, `${next}:0`],
    ]);
    const echoes = (await system.stripe.objects()).filter(
      ({ object, request }) => object === "event" && JSON.stringify(request).includes(String(first.action?.action.id)),
    );
    expect(echoes.map(({ type }) => type)).toEqual(expect.arrayContaining(["invoice.payment_failed", "charge.failed"]));
    for (const { id } of echoes) {
      const { state } = await waitFor(
        `the echo ${id}`,
        () => system.console.trace(`stripe:${id}`).catch(() => null),
        (trace) => trace?.terminal === true,
        20_000,
      ).then((trace) => ({ state: trace?.state }));
      expect(state).toBe("none");
    }
  });

  it("that is declined at every step becomes a case after the last, and no more is sent", async () => {
    const told = declined("insufficient_funds");
    await system.stripe.put(told.objects);
    await system.stripe.script({ invoice: told.id.invoice, declines: Array(9).fill("insufficient_funds") });
    const events = eventsOfFailedRenewal(told).slice(0, 1);
    await send(events);
    let trace = await endOf(triggerOf(events));
    for (let step = 2; step <= 5; step++) {
      const outcome = trace.action?.outcome;
      expect(outcome).toMatchObject({ kind: "declined", next: { step } });
      trace = await system.ended(outcome?.kind === "declined" ? (outcome.next?.actionId ?? "") : "");
    }
    expect(trace).toMatchObject({ state: "case_open", action: { caseReason: expect.stringMatching(/all 5 tries/) } });
    expect(new Set((await system.sentTo(payPath(told))).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(5);
  });

  it.each(["lost_card", "stolen_card", "pickup_card", "fraudulent", "do_not_try_again"])(
    "with the hard decline %s becomes a case, and no attempt to pay is ever sent",
    async (code) => {
      const told = declined(code);
      await system.stripe.put(told.objects);
      const events = eventsOfFailedRenewal(told);
      await send(events);
      expect(await endOf(triggerOf(events))).toMatchObject({ state: "case_open" });
      expect(await system.sentTo(payPath(told))).toEqual([]);
      expect(await system.sentTo(confirmPath(told))).toEqual([]);
    },
  );

  it("with a soft code and the advice not to try again becomes a case, and no attempt to pay is ever sent", async () => {
    const told = declined("generic_decline");
    const error = told.intent.last_payment_error;
    Object.assign(error ?? {}, { advice_code: "do_not_try_again" });
    await system.stripe.put(told.objects);
    const events = eventsOfFailedRenewal(told);
    await send(events);
    expect(await endOf(triggerOf(events))).toMatchObject({ state: "case_open" });
    expect(await system.sentTo(payPath(told))).toEqual([]);
  });

  it("whose retry meets a hard decline becomes a case at once, and is not tried a second time", async () => {
    const told = declined("insufficient_funds");
    await system.stripe.put(told.objects);
    await system.stripe.script({ invoice: told.id.invoice, declines: ["stolen_card"] });
    const events = eventsOfFailedRenewal(told);
    await send(events);
    expect(await endOf(triggerOf(events))).toMatchObject({
      state: "case_open",
      action: { caseReason: expect.stringMatching(/stolen_card/) },
    });
    expect(await system.sentTo(payPath(told))).toHaveLength(1);
  });

  it("that Stripe itself will try again is left to Stripe", async () => {
    const told = tell({
      outcome: { kind: "declined", code: "insufficient_funds" },
      nextAttemptSeconds: Math.floor(Date.now() / 1000) + 86_400,
    });
    await system.stripe.put(told.objects);
    const events = eventsOfFailedRenewal(told);
    await send(events);
    const trace = await endOf(triggerOf(events));
    expect(trace).toMatchObject({
      state: "none",
      event: { outcome: { reason: expect.stringMatching(/will try again/) } },
    });
    expect(await system.sentTo(payPath(told))).toEqual([]);
  });

  it("that was paid before its retry was due is skipped, and nothing is sent", async () => {
    const told = declined("insufficient_funds");
    await system.stripe.put(told.objects);
    const paid = { ...told.invoice, status: "paid", amount_paid: 4250, amount_remaining: 0 };
    await system.stripe.put([paid]);
    const events = eventsOfFailedRenewal(told);
    await send(events);
    expect((await endOf(triggerOf(events))).state).toMatch(/^(none|skipped)$/);
    expect(await system.sentTo(payPath(told))).toEqual([]);
  });

  it("that the stand-in itself makes and reports through its webhooks is one retry", async () => {
    const told = declined("insufficient_funds");
    const unpaid = told.objects.map((object) =>
      object.object === "invoice" ? { ...object, attempt_count: 0, attempted: false } : object,
    );
    await system.stripe.put(unpaid);
    await system.stripe.script({ invoice: told.id.invoice, declines: ["processing_error"] });
    await system.stripe.control(`invoices/${told.id.invoice}/attempt`, {});
    const pays = await waitFor(
      "one attempt to pay",
      () => system.sentTo(payPath(told)),
      (sent) => sent.length > 0,
      20_000,
    );
    expect(pays).toMatchObject([{ status: 200 }]);
    // Not until all is quiet: other tests go on beside this one.
    const isOfInvoice = ({ object, data }: StripeObject) =>
      object === "event" && [told.id.invoice, told.id.payment].some((id) => JSON.stringify(data).includes(`"${id}"`));
    const look = async () => {
      const events = (await system.stripe.objects()).filter(isOfInvoice);
      const traces = events.map(({ id }) => system.console.trace(`stripe:${id}`).catch(() => null));
      return (await Promise.all(traces)).map((trace, at) => [events[at]?.type, trace?.terminal ?? false]);
    };
    const types = await waitFor(
      "what the stand-in tells of its attempt and of ours to end",
      look,
      (seen) => seen.some(([type]) => type === "invoice.paid") && seen.every(([, isOver]) => isOver),
      30_000,
    );
    expect(types.map(([type]) => type)).toContain("invoice.payment_failed");
    expect(await system.sentTo(payPath(told))).toHaveLength(1);
  });
});

describe.concurrent("a failed one-off payment", () => {
  const oneOff = (code: string) =>
    tell({ outcome: { kind: "declined", code }, invoiceNumber: null, agreed: () => true });
  const eventsOf = ({ event, intent, charge }: Told) => [
    event("payment_intent.payment_failed", intent),
    event("charge.failed", charge),
  ];

  it("is confirmed again once, though each of its events comes twice", async () => {
    const told = oneOff("insufficient_funds");
    await system.stripe.put(told.objects);
    const events = eventsOf(told);
    await send([...events, ...events.toReversed()]);
    const traces = await Promise.all(events.map(endOf));
    expect(traces.map(({ state }) => state)).toEqual(["succeeded", "none"]);
    expect(await system.sentTo(confirmPath(told))).toMatchObject([{ status: 200, replayed: false }]);
  });

  it("with a hard decline becomes a case, and nothing is sent", async () => {
    const told = oneOff("lost_card");
    await system.stripe.put(told.objects);
    const events = eventsOf(told);
    await send(events);
    expect((await Promise.all(events.map(endOf))).map(({ state }) => state)).toEqual(["case_open", "none"]);
    expect(await system.sentTo(confirmPath(told))).toEqual([]);
  });
});

describe.concurrent("a held authorisation", () => {
  const held = (riskLevel: string) => tell({ outcome: { kind: "held", riskLevel }, invoiceNumber: null });

  it("of normal risk is captured once, though it is told twice", async () => {
    const told = held("normal");
    await system.stripe.put(told.objects);
    const event = told.event("payment_intent.amount_capturable_updated", told.intent);
    await send([event, event]);
    expect(await endOf(event)).toMatchObject({
      state: "succeeded",
      action: { action: { kind: "authorize", variant: "capture", amountMinor: 4250 } },
    });
    expect(await system.sentTo(`/v1/payment_intents/${told.id.payment}/capture`)).toMatchObject([{ status: 200 }]);
    const { captures } = await system.stripe.books();
    expect(captures.filter(({ paymentIntent }) => paymentIntent === told.id.payment)).toMatchObject([
      { amountCapturedMinor: 4250 },
    ]);
  });

  it.each([
    ["capture", "succeeded", "succeeded"],
    ["release", "succeeded", "canceled"],
    [undefined, "case_open", "requires_capture"],
  ])("of which an outside agent says %s is %s", async (variant, state, status) => {
    const told = held("normal");
    await system.stripe.put(told.objects);
    const decision = { action: "authorize", variant, reason: "asked", payment: told.id.payment };
    const { headers } = await system.ingest.decision({ source: "a", decision });
    const id = decodeURIComponent((headers.get("location") ?? "").replace("/v1/events/", ""));
    expect((await system.ended(id)).state).toBe(state);
    const objects = await system.stripe.objects();
    expect(objects.find((one) => one.id === told.id.payment)).toMatchObject({ status });
  });

  it.each(["elevated", "highest"])("of %s risk is released, and nothing of it is captured", async (risk) => {
    const told = held(risk);
    await system.stripe.put(told.objects);
    const event = told.event("payment_intent.amount_capturable_updated", {
      ...told.intent,
      latest_charge: told.charge,
    });
    await send([event]);
    expect(await endOf(event)).toMatchObject({ state: "succeeded", action: { action: { variant: "release" } } });
    expect(await system.sentTo(`/v1/payment_intents/${told.id.payment}/cancel`)).toMatchObject([{ status: 200 }]);
    expect(await system.sentTo(`/v1/payment_intents/${told.id.payment}/capture`)).toEqual([]);
  });

  it("of elevated risk is released, though its event names its charge and does not contain it", async () => {
    const told = held("elevated");
    await system.stripe.put(told.objects);
    const event = told.event("payment_intent.amount_capturable_updated", told.intent);
    await send([event]);
    expect(await endOf(event)).toMatchObject({ state: "succeeded", action: { action: { variant: "release" } } });
    expect(await system.sentTo(`/v1/payment_intents/${told.id.payment}/capture`)).toEqual([]);
  });
});

describe.concurrent("an event that people decide about", () => {
  it("a dispute is one case, though its money's withdrawal is told as well", async () => {
    const told = tell();
    await system.stripe.put(told.objects);
    const opened = disputeOf(told);
    const events = [told.event("charge.dispute.created", opened), told.event("charge.dispute.funds_withdrawn", opened)];
    await send([...events, ...events]);
    expect((await Promise.all(events.map(endOf))).map(({ state }) => state)).toEqual(["case_open", "none"]);
  });

  it("of a live account is a case in a system that works in test mode, and nothing is sent", async () => {
    const told = declined("insufficient_funds");
    await system.stripe.put(told.objects);
    const event = told.event("invoice.payment_failed", told.invoice ?? told.intent, { livemode: true });
    await send([event]);
    expect(await endOf(event)).toMatchObject({
      state: "case_open",
      action: { caseReason: expect.stringMatching(/live event/) },
    });
    expect(await system.sentTo(payPath(told))).toEqual([]);
  });
});

it("of everything above no echo of our own retries, captures and releases has triggered an action", async () => {
  const { totals, books } = await system.quiet();
  const echoes = (await system.stripe.objects()).filter(
    ({ object, request }) => object === "event" && JSON.stringify(request ?? null).includes('"act_'),
  );
  expect(echoes.length).toBeGreaterThan(0);
  for (const { id } of echoes) {
    const { state, event } = await system.console.trace(`stripe:${id}`);
    expect([state, event.outcome]).toEqual([
      "none",
      { kind: "none", reason: expect.stringMatching(/^(?:echo of our own action|reports on) act_/) },
    ]);
  }
  expect(books.refunds.filter(({ released }) => !released)).toEqual([]);
  expect(totals.actions.filter(({ kind }) => kind === "refund")).toEqual([]);
});
