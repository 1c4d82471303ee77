import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CaseRow } from "../../shared/contracts/records.ts";
import type { Trace } from "../../shared/contracts/views.ts";
import { API_VERSION } from "../../simulators/stripe/world.ts";
import type { StripeObject } from "../helpers/clients.ts";
import { disputeOf, type Told, tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
});
afterAll(async () => await system?.stop());

const send = async (...bodies: string[]): Promise<void> => {
  for (const body of bodies) expect((await system.ingest.stripe(body)).status).toBe(202);
};

/** The events that the stand-in sent about an object, oldest first, once each of these types is there. */
async function eventsAbout(id: string, ...types: string[]): Promise<StripeObject[]> {
  const about = async () =>
    (await system.stripe.objects())
      .filter(({ object, data }) => object === "event" && (data as { object: { id: string } }).object.id === id)
      .toReversed();
  return await waitFor(
    `${types.join(", ")} of ${id}`,
    about,
    (found) => types.every((type) => has(found, type)),
    20_000,
  );
}
const has = (events: readonly StripeObject[], type: string) => events.some((event) => event.type === type);

/** Their traces. The stand-in's own delivery may still be on its way. */
async function endsOf(events: readonly StripeObject[]): Promise<Trace[]> {
  const traceOf = (id: string) => system.console.trace(`stripe:${id}`).catch(() => null);
  const look = async () => (await Promise.all(events.map(({ id }) => traceOf(id)))).filter((trace) => trace !== null);
  return await waitFor(
    "the events to end",
    look,
    (traces) => traces.length === events.length && traces.every(({ terminal }) => terminal),
    20_000,
  );
}

/** The cases that name this id, once they are as asked. */
const casesOf = async (id: string, are: (cases: readonly CaseRow[]) => boolean): Promise<CaseRow[]> =>
  await waitFor(
    `the cases of ${id}`,
    async () => (await system.console.cases()).filter(({ reason }) => reason.includes(id)),
    are,
    20_000,
  );
const oneIn = (state: CaseRow["state"]) => (cases: readonly CaseRow[]) =>
  cases.length === 1 && cases[0]?.state === state;

async function paid(): Promise<Told> {
  const told = tell();
  await system.stripe.put(told.objects);
  return told;
}

/** An event of an object that the stand-in does not keep. */
let made = 0;
function eventOf(type: string, object: Record<string, unknown>, changes: Record<string, unknown> = {}) {
  made += 1;
  const id = `evt_matter${made}`;
  const event = { id, object: "event", api_version: API_VERSION, created: Math.floor(Date.now() / 1000), type };
  const more = { livemode: false, pending_webhooks: 1, request: { id: null, idempotency_key: null } };
  return { id: `stripe:${id}`, body: JSON.stringify({ ...event, ...more, data: { object }, ...changes }) };
}

describe.concurrent("a dispute", () => {
  it("is one case from its opening to its end, which a win closes", async () => {
    const told = await paid();
    const dispute = await system.stripe.control<{ id: string }>("disputes", { charge: told.id.charge });
    await endsOf(await eventsAbout(dispute.id, "charge.dispute.created", "charge.dispute.funds_withdrawn"));
    const [open] = await casesOf(dispute.id, oneIn("open"));
    expect(open).toMatchObject({ status: "needs_response", reason: expect.stringContaining("fraudulent, 42.50 USD") });
    expect(open?.dueAt).toBeGreaterThan(Date.now());
    await system.stripe.control(`disputes/${dispute.id}`, { status: "under_review" });
    await system.stripe.control(`disputes/${dispute.id}`, { status: "won" });
    await endsOf(await eventsAbout(dispute.id, "charge.dispute.closed"));
    const [closed] = await casesOf(dispute.id, oneIn("closed"));
    expect(closed).toMatchObject({ id: open?.id, status: "won" });
    expect(closed?.closedAt).toBeGreaterThan(0);
  });

  it("that is lost stays open, and says so", async () => {
    const told = await paid();
    const dispute = await system.stripe.control<{ id: string }>("disputes", { charge: told.id.charge });
    await system.stripe.control(`disputes/${dispute.id}`, { status: "lost" });
    await endsOf(await eventsAbout(dispute.id, "charge.dispute.closed"));
    const cases = await casesOf(dispute.id, (found) => found[0]?.status === "lost");
    expect(cases).toMatchObject([{ state: "open", reason: expect.stringMatching(/the money is lost/) }]);
  });

  it.each([
    ["won", 0],
    ["lost", 1],
    ["needs_response", 1],
  ] as const)("that is %s when its events come in reverse opens %i cases", async (status, count) => {
    const told = await paid();
    const now = { ...disputeOf(told), status } as ReturnType<typeof disputeOf>;
    await system.stripe.put([now]);
    const events = [
      told.event("charge.dispute.closed", now),
      told.event("charge.dispute.updated", now),
      told.event("charge.dispute.funds_withdrawn", now),
      told.event("charge.dispute.created", { ...now, status: "needs_response" } as typeof now),
    ];
    await send(...events.map(({ body }) => body));
    await Promise.all(events.map(({ id }) => system.ended(id)));
    expect(await casesOf(now.id, (cases) => cases.length === count)).toHaveLength(count);
  });

  it("whose bank allows no answer says that it cannot be answered", async () => {
    const told = await paid();
    const dispute = await system.stripe.control<{ id: string }>("disputes", { charge: told.id.charge, dueBy: 0 });
    const [found] = await casesOf(dispute.id, oneIn("open"));
    expect(found?.reason).toMatch(/cannot be answered/);
  });

  it("names what was refunded of its payment before", async () => {
    const told = await paid();
    await system.stripe.control("refunds", { payment_intent: told.id.payment, amount: 1000 });
    const dispute = await system.stripe.control<{ id: string }>("disputes", { charge: told.id.charge });
    const [found] = await casesOf(dispute.id, oneIn("open"));
    expect(found?.reason).toMatch(/Refunded before: 10\.00 USD on \d{4}-\d\d-\d\d \(re_/);
  });

  it("is no case where its inquiry is closed before anything of it was heard", async () => {
    const told = await paid();
    const now = { ...disputeOf(told), status: "warning_closed" } as ReturnType<typeof disputeOf>;
    await system.stripe.put([now]);
    const event = told.event("charge.dispute.closed", now);
    await send(event.body);
    expect((await system.ended(event.id)).state).toBe("none");
  });
});

describe.concurrent("a refund that somebody made by hand", () => {
  it("and that the bank sent back is one case, though three events tell of it", async () => {
    const told = await paid();
    const refund = await system.stripe.control<{ id: string }>("refunds", { payment_intent: told.id.payment });
    await system.stripe.control(`refunds/${refund.id}/fail`, { reason: "expired_or_canceled_card" });
    await endsOf(await eventsAbout(refund.id, "refund.failed", "refund.updated", "charge.refund.updated"));
    const cases = await casesOf(refund.id, oneIn("open"));
    expect(cases).toMatchObject([{ status: "failed", reason: expect.stringContaining("expired_or_canceled_card") }]);
  });

  it("and of which only the old API's event tells is one case", async () => {
    const told = await paid();
    const refund = await system.stripe.control<{ id: string } & Record<string, unknown>>("refunds", {
      payment_intent: told.id.payment,
    });
    const failed = { ...refund, status: "failed", failure_reason: "lost_or_stolen_card" };
    await system.stripe.put([failed]);
    const event = eventOf("charge.refund.updated", failed, { api_version: "2020-08-27" });
    await send(event.body);
    expect((await system.ended(event.id)).state).toBe("case_open");
  });

  it("and that nobody knows is a case that says so", async () => {
    const unknown = { object: "refund", id: "re_nobody", amount: 100, currency: "usd", status: "failed" };
    const event = eventOf("refund.failed", { ...unknown, payment_intent: "pi_nobody", charge: "ch_nobody" });
    await send(event.body);
    expect(await system.ended(event.id)).toMatchObject({
      state: "case_open",
      action: { caseReason: expect.stringContaining("re_nobody") },
    });
  });
});

describe.concurrent("what else asks for people", () => {
  const held = async (): Promise<Told> => {
    const told = tell({ outcome: { kind: "held", riskLevel: "normal" }, invoiceNumber: null });
    await system.stripe.put(told.objects);
    return told;
  };

  it("a hold that ran out is a case; one that was canceled on purpose is none", async () => {
    const [ranOut, released] = [await held(), await held()];
    await system.stripe.control(`payment_intents/${ranOut.id.payment}/expire`, {});
    const told = await eventsAbout(ranOut.id.charge, "charge.expired");
    const traces = await endsOf(told.filter(({ type }) => type === "charge.expired"));
    expect(traces).toMatchObject([{ state: "case_open" }]);
    await system.stripe.put([
      { ...released.intent, status: "canceled", cancellation_reason: "requested_by_customer", amount_capturable: 0 },
    ]);
    const event = released.event("charge.expired", released.charge);
    await send(event.body);
    expect((await system.ended(event.id)).state).toBe("none");
  });

  it("an account that is restricted is one case, which its release closes", async () => {
    const { id } = await system.stripe.control<{ id: string }>("accounts", {});
    const restrict = (body: object) => system.stripe.control(`accounts/${id}/restrict`, body);
    await restrict({ chargesEnabled: false, disabledReason: "requirements.past_due" });
    await restrict({ payoutsEnabled: false, disabledReason: "requirements.past_due" });
    await casesOf(id, (cases) => cases.length === 1 && cases[0]?.status === "charges_and_payouts_disabled");
    await restrict({ chargesEnabled: true, payoutsEnabled: true });
    expect(await casesOf(id, oneIn("closed"))).toMatchObject([{ status: "enabled" }]);
  });

  it("an account that takes its access away is a case", async () => {
    const { id } = await system.stripe.control<{ id: string }>("accounts", {});
    await system.stripe.control(`accounts/${id}`, { connected: false });
    expect(await casesOf(id, oneIn("open"))).toHaveLength(1);
  });

  it("a mandate that ended is recorded where no retry waits on it", async () => {
    const told = await paid();
    const method = { object: "payment_method", id: `pm_debit_${told.id.customer}`, type: "sepa_debit" };
    const mandate = { object: "mandate", id: `mandate_${told.id.customer}`, payment_method: method.id };
    await system.stripe.put([{ ...method, customer: told.id.customer }, mandate]);
    await system.stripe.control(`mandates/${mandate.id}`, { status: "inactive" });
    const [trace] = await endsOf(await eventsAbout(mandate.id, "mandate.updated"));
    expect(trace).toMatchObject({
      state: "none",
      event: { outcome: { reason: expect.stringMatching(/no retry of .* waits on it/) } },
    });
  });

  it("a subscription that ended because nobody paid is a case; one that the customer ended is none", async () => {
    const subscription = (id: string, reason: string) =>
      eventOf("customer.subscription.deleted", {
        ...{ object: "subscription", id, status: "canceled", customer: "cus_gone", items: { data: [] } },
        cancellation_details: { comment: null, feedback: null, reason },
      });
    const unpaid = subscription("sub_unpaid", "payment_failed");
    const meant = subscription("sub_meant", "cancellation_requested");
    await send(unpaid.body, meant.body);
    expect((await system.ended(unpaid.id)).state).toBe("case_open");
    expect((await system.ended(meant.id)).state).toBe("none");
  });

  it.each([
    ["payout.failed", { object: "payout", id: "po_1", amount: 900, currency: "usd", failure_code: "account_closed" }],
    ["checkout.session.async_payment_failed", { object: "checkout.session", id: "cs_1", payment_status: "unpaid" }],
    [
      "invoice.finalization_failed",
      { object: "invoice", id: "in_draft", status: "draft", total: 900, currency: "usd" },
    ],
    ["charge.failed", { object: "charge", id: "ch_alone", status: "failed", amount: 900, currency: "usd" }],
  ])("%s is a case that says what it is about", async (type, object) => {
    const event = eventOf(type, object);
    await send(event.body);
    expect(await system.ended(event.id)).toMatchObject({
      state: "case_open",
      action: { caseReason: expect.stringContaining(object.id) },
    });
  });

  it.each([
    ["invoice.marked_uncollectible", { object: "invoice", id: "in_gone", status: "uncollectible" }],
    ["invoice.overdue", { object: "invoice", id: "in_late", status: "open" }],
    [
      "radar.early_fraud_warning.created",
      { object: "radar.early_fraud_warning", id: "issfr_1", actionable: false, charge: "ch_1" },
    ],
  ])("%s, of which nothing follows, is recorded with its reason", async (type, object) => {
    const event = eventOf(type, object);
    await send(event.body);
    expect(await system.ended(event.id)).toMatchObject({
      state: "none",
      event: { outcome: { reason: expect.stringContaining(`${type} asks for no decision: `) } },
    });
  });
});
