import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultRule } from "../../simulators/stripe/faults.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack({ vars: { PROVIDER_DEADLINE_MS: "3000" } });
});
afterAll(async () => await system?.stop());

const held = () => tell({ outcome: { kind: "held", riskLevel: "normal" }, invoiceNumber: null });
const capturePath = ({ id }: Told) => `/v1/payment_intents/${id.payment}/capture`;

/** Holds an authorisation, and disturbs the calls that capture it. Paths name the payment, so such tests run side by side. */
async function captureUnder(faults: Omit<FaultRule, "path" | "method">[]) {
  const told = held();
  await system.stripe.put(told.objects);
  await system.stripe.faults(faults.map((fault) => ({ ...fault, method: "POST", path: `^${capturePath(told)}$` })));
  const event = told.event("payment_intent.amount_capturable_updated", told.intent);
  expect((await system.ingest.stripe(event.body)).status).toBe(202);
  return { told, event };
}

async function expectCapturedOnce({ told, event }: Awaited<ReturnType<typeof captureUnder>>, boundMs?: number) {
  const trace = await system.ended(event.id, boundMs);
  expect(trace).toMatchObject({ state: "succeeded", action: { outcome: { kind: "succeeded", amountMinor: 4250 } } });
  const sent = await system.sentTo(capturePath(told));
  expect(new Set(sent.map(({ idempotencyKey }) => idempotencyKey))).toEqual(new Set([`${trace.action?.action.id}:0`]));
  const { captures } = await system.stripe.books();
  expect(captures.filter(({ paymentIntent }) => paymentIntent === told.id.payment)).toMatchObject([
    { amountCapturedMinor: 4250 },
  ]);
  return { trace, sent };
}

const words = ({ history }: { history: { what: string }[] }) => history.map(({ what }) => what);

describe.concurrent("a capture", () => {
  it("whose call was answered 500 after its effect is found at the provider and not made again", async () => {
    const { trace, sent } = await expectCapturedOnce(await captureUnder([{ kind: "server_error_after" }]));
    expect(sent).toHaveLength(1);
    expect(words(trace.action ?? { history: [] })).toEqual(
      expect.arrayContaining(["attempt 1", "unknown", "attempt 2", "succeeded"]),
    );
  });

  it("whose connection was cut after its effect is found at the provider", async () => {
    const { trace } = await expectCapturedOnce(await captureUnder([{ kind: "connection_cut_after", times: 2 }]));
    expect(trace.action?.attempts).toBeGreaterThan(1);
    expect(words(trace.action ?? { history: [] })).toContain("unknown");
  });

  it("whose connection was cut before its effect is made under the same key", async () => {
    const { trace } = await expectCapturedOnce(await captureUnder([{ kind: "connection_cut_before", times: 2 }]));
    expect(trace.action?.attempts).toBeGreaterThan(1);
  });

  it.each(["rate_limited", "lock_timeout"] as const)(
    "that was %s three times is made when the provider lets it",
    async (kind) => {
      const { trace, sent } = await expectCapturedOnce(await captureUnder([{ kind, times: 3 }]));
      expect(sent.map(({ status }) => status)).toEqual([429, 429, 429, 200]);
      expect(words(trace.action ?? { history: [] })).toContain("failed: provider_rate_limited");
    },
  );

  it("whose answer is slow is made once", async () => {
    const { trace, sent } = await expectCapturedOnce(await captureUnder([{ kind: "slow", delayMs: 1_500 }]));
    // On a busy machine the rest of the attempt may use the deadline up.
    const isLate = words(trace.action ?? { history: [] }).includes("unknown");
    expect(sent.filter(({ status, replayed }) => status === 200 && !replayed)).toHaveLength(1);
    if (!isLate) expect(sent).toHaveLength(1);
  });

  it("that was never answered, its effect made, ends as succeeded after the deadline", async () => {
    const { trace } = await expectCapturedOnce(await captureUnder([{ kind: "hang_after" }]));
    expect(words(trace.action ?? { history: [] })).toContain("unknown");
  });

  it("that was never answered, no effect made, is made after the deadline under the same key", async () => {
    const { trace } = await expectCapturedOnce(await captureUnder([{ kind: "hang" }]));
    expect(words(trace.action ?? { history: [] })).toContain("unknown");
  });

  it("whose call was answered 500 before any effect stays unknown: it is neither failed nor sent again, under any key", async () => {
    const { told, event } = await captureUnder([{ kind: "server_error_before" }]);
    const look = () => system.console.trace(event.id);
    const trace = await waitFor(
      "the provider to be read after the error",
      look,
      ({ action }) => /a new key must wait/.test(action?.outcome?.note ?? ""),
      20_000,
    );
    expect(trace).toMatchObject({ terminal: false, action: { caseReason: null } });
    const made = await system.sentTo(capturePath(told));
    // The pump goes on looking at what is due; five of its rounds later nothing more was sent.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const later = await waitFor("it to be unknown", look, ({ state }) => state === "unknown", 20_000);
    expect(later).toMatchObject({ terminal: false, action: { caseReason: null } });
    // A busy machine may be late with a read; nothing else has failed.
    expect([undefined, "provider_unavailable"]).toContain(later.action?.failure?.reason);
    // A ring that was on its way already may have it read once more.
    expect(later.action?.attempts).toBeLessThanOrEqual((trace.action?.attempts ?? 0) + 1);
    expect(await system.sentTo(capturePath(told))).toEqual(made);
    expect(await system.sentTo(capturePath(told))).toMatchObject([
      { status: 500, idempotencyKey: `${trace.action?.action.id}:0` },
    ]);
  });
});

describe.concurrent("a refund", () => {
  it("that the provider refuses for good becomes a case that says what the provider said", async () => {
    const told = tell();
    await system.stripe.put(told.objects);
    await system.stripe.script({ payment_intent: told.id.payment, refunds: ["balance_insufficient"] });
    const { body } = await system.ingest.request({ message: `Refund payment ${told.id.payment} please.` });
    const trace = await system.ended(body.id);
    expect(trace).toMatchObject({
      state: "case_open",
      action: { caseReason: expect.stringMatching(/balance_insufficient/) },
    });
    expect(await system.refundsOf(told.id.payment)).toEqual([]);
  });

  it("that the bank takes days for is answered as a refund, and its trace says that it is pending", async () => {
    const told = tell();
    await system.stripe.put(told.objects);
    await system.stripe.script({ payment_intent: told.id.payment, refunds: ["pending"] });
    const { body, headers } = await system.answered({ message: `Refund payment ${told.id.payment} please.` });
    expect(body).toMatchObject({ workflow: "refund-execution-agent", decision: { amount_cents: 4250 } });
    // While the provider is read again, the row is not pending for a moment.
    const { body: trace } = await waitFor(
      "its refund to be pending",
      () => system.ingest.trace(headers.get("location") ?? ""),
      ({ body: seen }) => seen.state === "pending",
      20_000,
    );
    expect(trace).toMatchObject({ terminal: false, action: { outcome: { kind: "pending" } } });
    expect(await system.refundsOf(told.id.payment)).toMatchObject([{ status: "pending" }]);
  });

  it("that is read while the provider is away waits, and is made when it is back", async () => {
    const told = tell();
    await system.stripe.put(told.objects);
    await system.stripe.faults([
      { kind: "server_error_before", method: "GET", path: `^/v1/payment_intents/${told.id.payment}$`, times: 4 },
    ]);
    const { body } = await system.ingest.request({ message: `Refund payment ${told.id.payment} please.` });
    expect(await system.ended(body.id)).toMatchObject({ state: "succeeded" });
    expect(await system.refundsOf(told.id.payment)).toHaveLength(1);
  });
});

describe("refunds, whose calls do not name the payment in their path", () => {
  it("disturbed in every way at once are made once each, and their traces tell every attempt", async () => {
    const all = Array.from({ length: 8 }, () => tell());
    await system.stripe.put(all.flatMap(({ objects }) => objects));
    const kinds = [
      "server_error_after",
      "connection_cut_after",
      "connection_cut_before",
      "rate_limited",
      "lock_timeout",
      "hang_after",
    ] as const;
    const faults = kinds.map((kind): FaultRule => ({ kind, method: "POST", path: "^/v1/refunds$", times: 2 }));
    await system.stripe.faults(faults);
    const traces = await Promise.all(
      all.map(async ({ id }) => {
        const { body } = await system.ingest.request({ message: `Refund 42.50 USD of payment ${id.payment}.` });
        return await system.ended(body.id);
      }),
    );
    const { refunds } = await system.stripe.books();
    for (const [index, { state, action }] of traces.entries()) {
      const made = refunds.filter(({ paymentIntent }) => paymentIntent === all[index]?.id.payment);
      expect({ state, caseReason: action?.caseReason, outcome: action?.outcome }).toMatchObject({
        state: "succeeded",
        caseReason: null,
        outcome: { providerObject: made[0]?.id },
      });
      expect(made).toMatchObject([{ amountMinor: 4250, metadata: { action_id: action?.action.id } }]);
      const attempts = words(action ?? { history: [] }).filter((what) => /^attempt \d/.test(what));
      expect(attempts).toHaveLength(action?.attempts ?? 0);
    }
    const disturbed = (await system.sentTo("/v1/refunds")).filter(({ fault }) => fault !== null);
    expect(new Set(disturbed.map(({ fault }) => fault))).toEqual(new Set(kinds));
    await system.stripe.clearFaults();
  });

  it("that is made by someone else while ours is unanswered is not made a second time beyond what was captured", async () => {
    const told = tell();
    await system.stripe.put(told.objects);
    await system.stripe.faults([{ kind: "connection_cut_before", method: "POST", path: "^/v1/refunds$", times: 2 }]);
    const { body } = await system.ingest.request({ message: `Refund payment ${told.id.payment} please.` });
    await waitFor(
      "the first attempt",
      () => system.console.trace(body.id),
      ({ action }) => (action?.attempts ?? 0) > 0,
      20_000,
    );
    await fetch(`${system.stack.stripeUrl}/v1/refunds`, {
      method: "POST",
      headers: { authorization: `Bearer ${system.stack.stripeKey}` },
      body: new URLSearchParams({ payment_intent: told.id.payment, amount: "4000" }),
    }).catch(() => undefined);
    const trace = await system.ended(body.id);
    await system.stripe.clearFaults();
    const sumMinor = (await system.refundsOf(told.id.payment)).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    expect(sumMinor).toBeLessThanOrEqual(4250);
    expect(["succeeded", "case_open"]).toContain(trace.state);
  });
});
