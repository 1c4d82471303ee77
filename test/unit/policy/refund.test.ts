import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InvoicePart, RefundView } from "../../../shared/contracts/provider.ts";
import { leftOf } from "../../../shared/policy/guardrails/left.ts";
import { type Asking, askRefund, GUARDED_AT } from "../../helpers/guarding.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

const part = (invoice: string, paidMinor: number, creditedMinor = 0): InvoicePart => ({
  invoice,
  subscription: null,
  paidMinor,
  creditedMinor,
  overpaidMinor: 0,
});
const allowed = (asking: Asking) => expect(askRefund(asking)).toMatchObject({ kind: "allow" });
const refused = (asking: Asking, rule: string, reason: RegExp | string = "") =>
  expect(askRefund(asking)).toMatchObject({
    kind: "escalate",
    rule,
    reason: typeof reason === "string" ? expect.stringContaining(reason) : expect.stringMatching(reason),
  });

describe("what is left of an invoice", () => {
  const ofInvoice = (paidMinor: number, creditedMinor = 0, more: Asking = {}): Asking => ({
    ...more,
    payment: { invoice: "in_1", invoiceParts: [part("in_1", paidMinor, creditedMinor)], ...more.payment },
    context: { invoice: "in_1", ...more.context },
  });

  it("that is only authorised is nothing yet: it is said that it can be released", () => {
    const held = { status: "held", capturedMinor: 0, capturableMinor: 10_000 } as const;
    for (const amountMinor of [null, 4_250])
      refused({ amountMinor, payment: held }, "captured", "only authorised: nothing was taken");
    allowed({ payment: { ...held, capturedMinor: 10_000 } });
  });

  it("is what was paid for it, not what the payment captured", () => {
    allowed(ofInvoice(5_000, 0, { amountMinor: 5_000 }));
    refused(
      ofInvoice(5_000, 0, { amountMinor: 5_001 }),
      "captured",
      "100.00 USD captured, 50.00 USD of it paid for in_1",
    );
  });

  it("is without what credit notes gave back otherwise", () => {
    allowed(ofInvoice(10_000, 4_000, { amountMinor: 6_000 }));
    refused(ofInvoice(10_000, 4_000, { amountMinor: 6_001 }), "captured", "40.00 USD credited by credit notes");
    refused(ofInvoice(10_000, 10_000), "captured", "nothing is left to refund");
  });

  it("is without what was paid beyond it, whether the invoice's part includes that or not", () => {
    for (const paidMinor of [6_000, 10_000]) {
      const invoiceParts = [{ ...part("in_1", paidMinor), overpaidMinor: 4_000 }];
      for (const context of [{}, { invoice: "in_1" }]) {
        expect(askRefund({ amountMinor: null, context, payment: { invoiceParts } }).result).toEqual({
          kind: "allow",
          amountMinor: 6_000,
        });
        refused({ amountMinor: 6_001, context, payment: { invoiceParts } }, "captured", "40.00 USD of it paid beyond");
      }
    }
  });

  it("counts credit notes, refunds and what is on its way together", () => {
    const rest = { payment: { refundedMinor: 1_000 }, context: { reservedMinor: 2_000 } };
    allowed(ofInvoice(10_000, 4_000, { amountMinor: 3_000, ...rest }));
    refused(ofInvoice(10_000, 4_000, { amountMinor: 3_001, ...rest }), "captured");
  });

  it("is lowered to where all of it is meant", () => {
    expect(askRefund(ofInvoice(5_000, 1_500, { amountMinor: null })).result).toEqual({
      kind: "allow",
      amountMinor: 3_500,
    });
  });

  it("is bounded by its credit notes also where the payment is named", () => {
    const payment = { invoiceParts: [part("in_1", 10_000, 4_000)] };
    allowed({ amountMinor: 6_000, payment });
    refused({ amountMinor: 6_001, payment }, "captured");
  });

  it("is a person's where the payment paid other invoices too, or not this one, or nobody read which", () => {
    const several = [part("in_1", 5_000), part("in_2", 5_000)];
    const named = { context: { invoice: "in_1" } };
    refused(
      { ...named, payment: { invoiceParts: several } },
      "one_payment",
      "the payment paid 2 invoices (in_1, in_2)",
    );
    refused({ ...named, payment: { invoiceParts: [part("in_2", 5_000)] } }, "one_payment", "not among the invoices");
    refused({ ...named, payment: { invoiceParts: [] } }, "one_payment", "not among the invoices");
    refused({ payment: { invoiceParts: null } }, "one_payment", "was not read");
    const ofCharge = { payment: "ch_1", charge: "ch_1", invoiceParts: null };
    refused({ payment: ofCharge }, "one_payment", "which invoice it paid cannot be read");
    const elsewhere = { payment: null, charge: null, invoice: "in_1", invoiceParts: null };
    refused({ payment: elsewhere }, "one_payment", "no payment at the provider paid in_1");
    const shared = { ...part("in_1", 6_000), creditedMinor: null };
    for (const context of [{}, { invoice: "in_1" }])
      refused({ context, payment: { invoiceParts: [shared] } }, "one_payment", "was paid by several payments");
  });

  it("is no question where several were paid and the payment is named: captured, refunded and all that was credited", () => {
    const payment = { refundedMinor: 1_000, invoiceParts: [part("in_1", 5_000, 500), part("in_2", 5_000, 1_500)] };
    allowed({ amountMinor: 7_000, payment });
    refused({ amountMinor: 7_001, payment }, "captured");
  });
});

describe("more captured than was authorised", () => {
  it("can be refunded, and is no refund", () => {
    const payment = { amountMinor: 10_000, capturedMinor: 12_000, refundedMinor: 0 };
    allowed({ amountMinor: 12_000, payment });
    refused({ amountMinor: 12_001, payment }, "captured", "120.00 USD captured, 0.00 USD refunded");
    expect(askRefund({ amountMinor: null, payment }).result).toEqual({ kind: "allow", amountMinor: 12_000 });
  });
});

describe("another refund of the payment", () => {
  const refundOf = (changes: Partial<RefundView> = {}): RefundView => ({
    id: "re_other",
    amountMinor: 4_250,
    currency: "usd",
    status: "succeeded",
    actionId: null,
    isRelease: false,
    failureReason: null,
    createdAt: GUARDED_AT - 60_000,
    ...changes,
  });
  const beside = (changes: Partial<RefundView>, more: Asking = {}): Asking => ({
    ...more,
    payment: { refundedMinor: 4_250, refunds: [refundOf(changes)], ...more.payment },
  });
  const ours = `act_${"a".repeat(32)}`;

  it.each(["succeeded", "pending", "requires_action"] as const)("of the same amount that is %s is a case", (status) => {
    expect(askRefund(beside({ status }))).toMatchObject({ kind: "escalate", rule: "duplicate", refund: "re_other" });
  });

  it("is named with its amount, its date, who made it, and what to do", () => {
    refused(
      beside({}),
      "duplicate",
      /^possible duplicate: the refund re_other of 42\.50 USD stands since 2026-10-24T08:59:00\.000Z \(succeeded, not made by this system\)\. Compare .*; if a second one is meant, a person approves it over duplicate$/,
    );
    refused(beside({ actionId: ours }), "duplicate", `by our action ${ours}`);
    refused(beside({ actionId: "somebody's own words" }), "duplicate", "not made by this system");
  });

  it("says that a second one is not possible where less is left", () => {
    const besides = (refundedMinor: number) => beside({}, { payment: { refundedMinor } });
    refused(besides(9_000), "duplicate", "a second one is not possible: only 10.00 USD is left to refund");
    refused(besides(10_000), "duplicate", "a second one is not possible: nothing is left to refund");
  });

  it.each<[string, Partial<RefundView>]>([
    ["of another amount", { amountMinor: 4_249 }],
    ["of another currency", { currency: "eur" }],
    ["that failed", { status: "failed" }],
    ["that was cancelled", { status: "canceled" }],
    ["that released what was not captured", { isRelease: true }],
    ["from before the window", { createdAt: GUARDED_AT - policy.guardrails.refund.windowMs - 1 }],
  ])("%s is none", (_what, changes) => {
    allowed(beside(changes));
  });

  it("is one up to the last millisecond of the window", () => {
    refused(beside({ createdAt: GUARDED_AT - policy.guardrails.refund.windowMs }), "duplicate");
  });

  it("is the action's own where it carries its id and its amount, and a copy otherwise", () => {
    const again = { context: { actionId: ours, firstGrant: false } };
    allowed(beside({ actionId: ours }, again));
    refused(beside({ actionId: `act_${"b".repeat(32)}` }, again), "duplicate");
    refused(beside({ actionId: ours }), "duplicate");
  });

  it("is the same as all that remains where that is its amount", () => {
    const half = { amountMinor: 5_000 };
    refused(beside(half, { amountMinor: null, payment: { refundedMinor: 5_000 } }), "duplicate");
    allowed(beside(half, { amountMinor: null, payment: { refundedMinor: 5_000, capturedMinor: 12_000 } }));
  });

  it("is the same as all of it where it gave all of it back, and is named where several did", () => {
    const payment = { refundedMinor: 10_000 };
    expect(askRefund(beside({ amountMinor: 10_000 }, { amountMinor: null, payment }))).toMatchObject({
      rule: "duplicate",
      refund: "re_other",
    });
    expect(askRefund(beside({ amountMinor: 6_000 }, { amountMinor: null, payment }))).toMatchObject({
      rule: "captured",
      refund: "re_other",
      reason: expect.stringContaining("nothing is left to refund"),
    });
  });

  it("that was not looked for is a person's", () => {
    refused({ payment: { refunds: null } }, "duplicate", "were not read");
  });

  it("of another part leaves each part of one payment to be refunded", () => {
    allowed({ amountMinor: 3_000, payment: { refundedMinor: 2_000, refunds: [refundOf({ amountMinor: 2_000 })] } });
  });
});

describe("the four-eyes threshold", () => {
  const max = policy.guardrails.refund.fourEyesAboveUsdCents;
  const sliced = (refundedMinor: number, reservedMinor: number): Asking => ({
    amountMinor: 1_000,
    payment: { capturedMinor: 10 * max, refundedMinor },
    context: { reservedMinor },
  });

  it("looks at what was refunded, what is on its way and what is asked for together", () => {
    allowed(sliced(max - 1_000, 0));
    allowed(sliced(0, max - 1_000));
    allowed(sliced(20_000, max - 21_000));
    refused(sliced(max - 999, 0), "four_eyes", /with 490\.01 USD of the payment that is refunded or on its way$/);
    refused(sliced(0, max - 999), "four_eyes");
    refused(sliced(20_000, max - 20_999), "four_eyes");
  });

  it("leaves confidence to the amount that is asked for", () => {
    const mediumMax = policy.guardrails.refund.mediumConfidenceMaxUsdCents;
    const payment = { capturedMinor: 10 * max, refundedMinor: 2 * mediumMax };
    allowed({ amountMinor: mediumMax, payment, proposal: { confidence: "medium" } });
  });
});

describe("whatever was paid, credited, refunded and asked for", () => {
  const minor = fc.integer({ min: 0, max: 20_000 });
  const parts = fc.array(
    fc.record({
      invoice: fc.constantFrom("in_1", "in_2"),
      subscription: fc.constant(null),
      paidMinor: minor,
      creditedMinor: minor,
      overpaidMinor: minor,
    }),
    { maxLength: 3 },
  );
  const world = fc.record({
    capturedMinor: minor,
    parts,
    invoice: fc.constantFrom(null, "in_1"),
    asked: fc.array(fc.record({ amountMinor: fc.option(minor), isOnItsWay: fc.boolean() }), { maxLength: 8 }),
  });

  it("never gives back more than is left, and all of it exactly that", () => {
    fc.assert(
      fc.property(world, ({ capturedMinor, parts: invoiceParts, invoice, asked }) => {
        const creditedMinor = invoiceParts.reduce((sum, one) => sum + one.creditedMinor, 0);
        const paidMinor = invoiceParts.reduce((sum, one) => sum + one.paidMinor, 0);
        const overpaidMinor = invoiceParts.reduce((sum, one) => sum + one.overpaidMinor, 0);
        const keptMinor = Math.max(0, capturedMinor - overpaidMinor);
        const bound = Math.max(0, Math.min(keptMinor, invoice === null ? keptMinor : paidMinor) - creditedMinor);
        const isAmbiguous = invoice !== null && invoiceParts.some((one) => one.invoice !== invoice);
        let refundedMinor = 0;
        let reservedMinor = 0;
        for (const { amountMinor, isOnItsWay } of asked) {
          const payment = { capturedMinor, refundedMinor, invoiceParts };
          const context = { reservedMinor, invoice };
          const { result } = askRefund({ amountMinor, payment, context });
          if (result.kind !== "allow") continue;
          const given = result.amountMinor ?? Number.NaN;
          if (amountMinor === null) expect(given).toBe(bound - refundedMinor - reservedMinor);
          else expect(given).toBe(amountMinor);
          expect(isAmbiguous || given === 0).toBe(false);
          if (isOnItsWay) reservedMinor += given;
          else refundedMinor += given;
        }
        expect(refundedMinor + reservedMinor).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it("is never below zero", () => {
    fc.assert(
      fc.property(
        world,
        minor,
        minor,
        ({ capturedMinor, parts: invoiceParts, invoice }, refundedMinor, reservedMinor) => {
          const left = leftOf(paymentOf({ capturedMinor, refundedMinor, invoiceParts }), { invoice, reservedMinor });
          if (left.ok) expect(Math.min(left.value.leftMinor, left.value.baseMinor)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
