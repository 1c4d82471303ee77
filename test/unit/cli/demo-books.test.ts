import { describe, expect, it } from "vitest";
import { type Books, findUnagreed, findWrongs, summarise } from "../../../cli/demo/books.ts";
import type { Delivered } from "../../../cli/demo/deliver.ts";
import type { Totals } from "../../../shared/contracts/views.ts";
import { generateDay } from "../../../simulators/day/index.ts";

const capture = (paymentIntent: string, amountCapturedMinor: number) => ({
  paymentIntent,
  customer: "cus_1",
  amountCapturedMinor,
  currency: "usd",
});
const refund = (paymentIntent: string, amountMinor: number, action: string | null, change = {}) => ({
  id: `re_${action}`,
  paymentIntent,
  amountMinor,
  currency: "usd",
  status: "succeeded",
  metadata: (action === null ? {} : { action_id: action }) as Record<string, string>,
  released: false,
  ...change,
});
const books = (change: Partial<Books>): Books => ({
  pendingWebhooks: 0,
  refunds: [],
  captures: [],
  invoicePayments: [],
  subscriptionChanges: [],
  ...change,
});
const totals = (change: Partial<Totals> = {}, refunds = 0, amountMinor = 0): Totals => ({
  accepted: 10,
  duplicates: 0,
  conflicts: 0,
  waiting: { events: 0, actions: 0 },
  actions: refunds === 0 ? [] : [{ kind: "refund", state: "succeeded", currency: "usd", count: refunds, amountMinor }],
  none: 0,
  deadLetteredEvents: 0,
  fullestShard: null,
  envelopes: [],
  holds: { count: 0, newest: [] },
  openCases: { toDecide: [], information: [] },
  ...change,
});
const delivered: Delivered = {
  accepted: 8,
  duplicates: 3,
  conflicts: 0,
  rejected: 1,
  wronglyRejected: [],
  idByBody: new Map(),
};

describe("the check of the provider's books", () => {
  const before = books({ captures: [capture("pi_1", 4250)] });

  it("finds nothing wrong with partial refunds that stay within what was captured", () => {
    const after = books({ captures: before.captures, refunds: [refund("pi_1", 4000, "a"), refund("pi_1", 250, "b")] });
    expect(findWrongs(before, after, totals({}, 2, 4250))).toEqual([]);
  });

  it("finds a payment of which more was refunded than captured, by one unit", () => {
    const after = books({ captures: before.captures, refunds: [refund("pi_1", 4000, "a"), refund("pi_1", 251, "b")] });
    expect(findWrongs(before, after, totals({}, 2, 4251))).toEqual(["pi_1: 4251 refunded, 4250 captured"]);
  });

  it("finds one action that made two refunds, and a refund that nobody asked for", () => {
    const twice = books({ captures: before.captures, refunds: [refund("pi_1", 1, "a"), refund("pi_1", 1, "a")] });
    expect(findWrongs(before, twice, totals({}, 2, 2))).toEqual(["a made 2 refunds"]);
    const nameless = books({ captures: before.captures, refunds: [refund("pi_1", 1, null)] });
    expect(findWrongs(before, nameless, totals({}, 1, 1))).toEqual(["re_null names no action"]);
  });

  it("does not count refunds that failed, nor the uncaptured rest of an authorisation", () => {
    const refunds = [
      refund("pi_1", 4250, "a"),
      refund("pi_1", 4250, "b", { status: "failed" }),
      refund("pi_2", 900, null, { released: true }),
    ];
    expect(findWrongs(before, books({ captures: before.captures, refunds }), totals({}, 1, 4250))).toEqual([]);
  });

  it("finds an invoice that was paid twice and a payment that was captured twice", () => {
    const paid = { invoice: "in_1", paymentIntent: "pi_2", amountMinor: 900, currency: "usd" };
    const after = books({
      captures: [...before.captures, capture("pi_2", 900), capture("pi_2", 900)],
      invoicePayments: [paid, { ...paid, paymentIntent: "pi_3" }],
    });
    expect(findWrongs(before, after, totals())).toEqual(["in_1 was paid 2 times", "pi_2 was captured 2 times"]);
  });

  it("finds a refund that only one side knows", () => {
    const after = books({ captures: before.captures, refunds: [refund("pi_1", 1, "a")] });
    expect(findWrongs(before, after, totals({}, 2, 1))).toEqual(["the ledger records 2 refunds, the provider has 1"]);
  });

  it("finds a refund whose amount the ledger tells otherwise", () => {
    const after = books({ captures: before.captures, refunds: [refund("pi_1", 100, "a")] });
    expect(findWrongs(before, after, totals({}, 1, 101))).toEqual([
      "usd: the ledger records 101 refunded, the provider 100",
    ]);
  });
});

describe("the check of one-off payments", () => {
  const { objects } = generateDay({ events: 2_000, seed: 1, startAt: Date.UTC(2026, 10, 2) });
  const failed = objects.flatMap((one) =>
    one.object === "payment_intent" && one.description === "One-off purchase" && one.last_payment_error ? [one] : [],
  );
  const agreed = failed.filter((one) => one.setup_future_usage === "off_session");
  const others = failed.filter((one) => one.setup_future_usage === null);

  it("finds one that was collected although its customer had not agreed, and no other", () => {
    expect(agreed.length).toBeGreaterThan(5);
    expect(others.length).toBeGreaterThan(5);
    expect(agreed.length + others.length).toBe(failed.length);
    const after = books({ captures: [...agreed, ...others.slice(0, 1)].map(({ id }) => capture(id, 900)) });
    expect(findUnagreed(objects, after)).toEqual([expect.stringContaining(others[0]?.id ?? "")]);
    expect(findUnagreed(objects, books({ captures: agreed.map(({ id }) => capture(id, 900)) }))).toEqual([]);
  });

  it("leaves renewals to their invoices", () => {
    const renewals = objects.flatMap((one) => (one.object === "invoice_payment" ? [one.payment.payment_intent] : []));
    const captures = renewals.map((id) => capture(String(id), 900));
    expect(findUnagreed(objects, books({ captures }))).toEqual([]);
  });
});

describe("the summary of the demo", () => {
  it("loses nothing when nothing waits", () => {
    const summary = summarise(delivered, { totals: totals(), books: books({}), unsettled: [] }, 1234.5);
    expect(summary).toMatchObject({ accepted: 10, settled: 10, lost: 0, duplicates: 3, durationMs: 1235 });
  });

  it("counts as lost what still waits, and what was answered 202 and is not in the ledger", () => {
    const waiting = totals({ waiting: { events: 1, actions: 2 }, accepted: 6 });
    expect(summarise(delivered, { totals: waiting, books: books({}), unsettled: [] }, 0)).toMatchObject({
      accepted: 8,
      settled: 3,
      lost: 5,
    });
  });

  it("believes the walk over the events rather than the totals", () => {
    const summary = summarise(delivered, { totals: totals(), books: books({}), unsettled: ["api:1"] }, 0);
    expect(summary).toMatchObject({ accepted: 10, settled: 9, lost: 1 });
  });

  it("sums refunds by currency from the provider's books, and cases and dead letters from the ledger", () => {
    const actions: Totals["actions"] = [
      { kind: "refund", state: "case_open", currency: "usd", count: 2, amountMinor: 0 },
      { kind: "refund", state: "case_open", currency: "eur", count: 1, amountMinor: 0 },
      { kind: "escalate", state: "case_open", currency: null, count: 4, amountMinor: 0 },
      { kind: "retryPayment", state: "dead_lettered", currency: "usd", count: 1, amountMinor: 0 },
    ];
    const after = books({
      refunds: [refund("pi_1", 100, "a"), refund("pi_2", 50, "b"), refund("pi_3", 7, "c", { currency: "jpy" })],
    });
    const summary = summarise(
      delivered,
      { totals: totals({ actions, deadLetteredEvents: 2 }), books: after, unsettled: [] },
      0,
    );
    expect(summary.refundedMinor).toEqual({ usd: 150, jpy: 7 });
    expect(summary.actions).toEqual({
      refund: { case_open: 3 },
      escalate: { case_open: 4 },
      retryPayment: { dead_lettered: 1 },
    });
    expect([summary.cases, summary.deadLettered]).toEqual([7, 3]);
  });
});
