import { describe, expect, it } from "vitest";
import type {
  PaymentSnapshot,
  RefundView,
  Snapshot,
  SubscriptionSnapshot,
} from "../../../shared/contracts/provider.ts";
import { changesOf, NOT_SEEN, saySeen, seenOf } from "../../../shared/contracts/seen.ts";
import { invoiceOf, LOWER_PRICE, paymentOf, priceOf, subscriptionOf } from "../../helpers/memory-provider.ts";

const REFUND: RefundView = {
  id: "re_1",
  amountMinor: 500,
  currency: "usd",
  status: "pending",
  actionId: null,
  isRelease: false,
  failureReason: null,
  createdAt: 0,
};
const payment = (changes: Partial<PaymentSnapshot> = {}): PaymentSnapshot => paymentOf(changes);
const changed = (before: Snapshot, now: Snapshot): string[] => changesOf(seenOf(before), seenOf(now));

describe("what was seen at the provider", () => {
  it.each<[string, Partial<PaymentSnapshot>, RegExp]>([
    ["its status", { status: "canceled" }, /^the payment's status: paid before, canceled now$/],
    ["what was refunded", { refundedMinor: 500 }, /^refunded of it: 0\.00 USD before, 5\.00 USD now$/],
    ["a refund", { refunds: [REFUND] }, /^its refunds that stand: none before, re_1 500 now$/],
    ["a dispute", { disputes: [{ id: "dp_1", status: "open", isRefundable: false }] }, /its disputes: .*dp_1 open now/],
    ["the currency", { currency: "eur" }, /^the currency: usd before, eur now$/],
    ["the customer", { customer: "cus_9" }, /^the customer: .* before, cus_9 now$/],
    ["what was captured", { capturedMinor: 1 }, /^captured of it/],
    [
      "who gets its money",
      { destination: "acct_9" },
      /^the account that gets its money: none known before, acct_9 now$/,
    ],
  ])("of a payment says when %s has changed since", (_what, changes, words) => {
    const told = changed(payment({ refunds: [], disputes: [] }), payment({ refunds: [], disputes: [], ...changes }));
    expect(
      told.some((one) => words.test(one)),
      told.join("; "),
    ).toBe(true);
  });

  it.each<[string, Partial<SubscriptionSnapshot>]>([
    ["its status", { status: "ended" }],
    ["its pause", { pause: { behavior: "void", endsByItself: false } }],
    ["its end", { ends: "at_period_end" }],
    ["its price", { items: [{ id: "si_1", price: priceOf({ id: "price_2" }), quantity: 1 }] }],
    ["how many", { items: [{ id: "si_1", price: priceOf(), quantity: 2 }] }],
    ["a schedule", { isScheduled: true }],
    ["the lower price", { lowerPrice: LOWER_PRICE }],
  ])("of a subscription says when %s has changed since", (_what, changes) => {
    expect(changed(subscriptionOf(), subscriptionOf(changes))).toHaveLength(1);
  });

  it("is the same where a refund that was under way has come through, and where only the order differs", () => {
    const other = { ...REFUND, id: "re_2" };
    const before = payment({ refundedMinor: 1_000, refunds: [REFUND, other] });
    const now = payment({ refundedMinor: 1_000, refunds: [other, { ...REFUND, status: "succeeded" }] });
    expect(changed(before, now)).toEqual([]);
    expect(
      changed(before, payment({ refundedMinor: 500, refunds: [other, { ...REFUND, status: "failed" }] })),
    ).toHaveLength(2);
  });

  it("is another where something can no longer be read, or was not read and is there now", () => {
    expect(changed(payment({ disputes: [] }), payment({ disputes: null }))).toHaveLength(1);
    expect(changed(payment({ refunds: null }), payment({ refunds: [REFUND] }))).toHaveLength(1);
    expect(changed(payment({ refunds: null }), payment({ refunds: [] }))).toEqual([]);
  });

  it("is the same where a read shows the invoice and its subscription that the one before did not look for", () => {
    const now = payment({ invoiceState: invoiceOf(), subscription: subscriptionOf(), invoice: "in_1" });
    expect(changed(payment({ invoice: null }), now)).toEqual([]);
    const paid = payment({ invoiceState: invoiceOf({ status: "paid", amountRemainingMinor: 0 }), invoice: "in_1" });
    expect(changed(now, paid)).toEqual([
      "the invoice's status: open before, paid now",
      "owed on the invoice: 42.50 USD before, 0.00 USD now",
      "its subscription's status: active before, none known now",
    ]);
  });

  it("is another where a payment was seen, and a subscription is now", () => {
    expect(changed(payment(), subscriptionOf())).toEqual(["what was a payment is a subscription now"]);
  });

  it("is compared with nothing where it was not recorded, and people are told so", () => {
    expect(changesOf(null, seenOf(payment()))).toEqual([]);
    expect(saySeen(null)).toEqual([NOT_SEEN]);
  });

  it("does not compare what an earlier version did not record", () => {
    const { of, facts } = seenOf(payment());
    const { destination: _none, ...earlier } = facts;
    expect(changesOf({ of, facts: earlier }, seenOf(payment({ destination: "acct_9" })))).toEqual([]);
  });

  it("is told to people a fact each, money in its currency", () => {
    expect(saySeen(seenOf(payment({ refundedMinor: 500 })))).toEqual(
      expect.arrayContaining(["the payment's status: paid", "refunded of it: 5.00 USD"]),
    );
    expect(saySeen(seenOf(subscriptionOf({ hasDiscount: true })))).toContain("whether it has a discount: yes");
  });

  it("is plain data: it is the same after a way through a queue or a row", () => {
    for (const seen of [seenOf(payment()), seenOf(subscriptionOf())])
      expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  });
});
