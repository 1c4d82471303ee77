import type Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { type Purpose, paymentOfInvoice } from "../../../shared/providers/stripe/invoices.ts";
import { policy } from "../../helpers/policy.ts";
import { at, failure, fakeStripe, firstOf, invoiceOf, linkOf, listOf, paidWith } from "./stripe-fake.ts";

const chosen = (purpose: Purpose, status: string, ...links: object[]) =>
  paymentOfInvoice(invoiceOf({ status, ...paidWith(...(links as Record<string, unknown>[])) }) as never, purpose);
const intent = (id: string) => ({ kind: "intent", id });

describe("the payment of an invoice", () => {
  test("of an open one is the payment that is tried: the default one, before other open ones", () => {
    const [other, tried] = [linkOf("open", "pi_other"), linkOf("open", "pi_tried", { is_default: true })];
    expect(chosen("collect", "open", other, tried)).toEqual(intent("pi_tried"));
    expect(chosen("collect", "open", other)).toEqual(intent("pi_other"));
  });

  test("of an open one that is paid in part is the one that is tried, not the one that paid a part", () => {
    const links = [linkOf("paid", "pi_part"), linkOf("open", "pi_tried", { is_default: true })];
    expect(chosen("collect", "open", ...links)).toEqual(intent("pi_tried"));
    expect(chosen("refund", "open", ...links)).toEqual(intent("pi_part"));
  });

  test("of a paid one is what was paid last, whatever is still open", () => {
    const [early, late] = [linkOf("paid", "pi_early", { paidAt: 100 }), linkOf("paid", "pi_late", { paidAt: 200 })];
    const open = linkOf("open", "pi_open", { is_default: true });
    expect(chosen("collect", "paid", late, early, open)).toEqual(intent("pi_late"));
    expect(chosen("collect", "paid", early, late, open)).toEqual(intent("pi_late"));
  });

  test("to refund is ambiguous where several paid, also parts of it", () => {
    const several = [linkOf("paid", "pi_1"), linkOf("paid", "pi_2")];
    expect(chosen("refund", "paid", ...several)).toEqual({ kind: "ambiguous" });
    expect(chosen("refund", "open", ...several)).toEqual({ kind: "ambiguous" });
  });

  test("is never a cancelled one, nor one of an unknown status", () => {
    const links = [linkOf("canceled", "pi_1", { is_default: true }), linkOf("a_status_of_tomorrow", "pi_2")];
    for (const purpose of ["refund", "collect"] as const)
      for (const status of ["open", "paid", "void"])
        expect(chosen(purpose, status, ...links)).toEqual({ kind: "none" });
  });

  test("is none where money came from elsewhere, or a charge where Stripe names one", () => {
    expect(chosen("refund", "paid", linkOf("paid", null))).toEqual({ kind: "none" });
    const charge = { payment: { type: "charge", charge: "ch_1" } };
    expect(chosen("refund", "paid", linkOf("paid", null, charge))).toEqual({ kind: "charge", id: "ch_1" });
  });

  test("is ambiguous where there are more payments than Stripe showed", () => {
    const invoice = invoiceOf({ payments: firstOf(linkOf("paid", "pi_1")) }) as unknown as Stripe.Invoice;
    expect(paymentOfInvoice(invoice, "refund")).toEqual({ kind: "ambiguous" });
    expect(paymentOfInvoice(invoice, "collect")).toEqual({ kind: "ambiguous" });
  });
});

describe("the state of an invoice", () => {
  const find = (fields: object) =>
    fakeStripe({ "GET invoices/in_1": invoiceOf({ ...fields }) }).reader.find({ kind: "invoice", id: "in_1" }, at());

  test("says who pays, what was paid and by which payments, and what Stripe does by itself", async () => {
    const links = [
      linkOf("canceled", null, { paidAt: 5 }),
      linkOf("a_status_of_tomorrow", "pi_2", { is_default: true }),
    ];
    const found = await find({
      status: "open",
      amount_paid: 300,
      amount_remaining: 700,
      auto_advance: true,
      next_payment_attempt: 9,
      parent: { type: "subscription_details", subscription_details: { subscription: { id: "sub_1" } } },
      ...paidWith(...links),
    });
    expect(found).toMatchObject({
      ok: true,
      value: {
        invoiceState: {
          status: "open",
          amountPaidMinor: 300,
          amountRemainingMinor: 700,
          subscription: "sub_1",
          collection: "charged",
          isAutomatic: true,
          isAttempted: true,
          attemptCount: 1,
          nextAttemptAt: 9_000,
          payments: [
            { payment: null, status: "canceled", isDefault: false, paidMinor: 0, paidAt: null },
            { payment: "pi_2", status: "other", isDefault: true, paidMinor: 0, paidAt: null },
          ],
        },
      },
    });
  });

  test("tells when and how much each payment paid", async () => {
    const paid = linkOf("paid", null, { amount_paid: 400, paidAt: 7 });
    expect(await find({ ...paidWith(paid) })).toMatchObject({
      value: { invoiceState: { payments: [{ payment: null, status: "paid", paidMinor: 400, paidAt: 7_000 }] } },
    });
  });

  test.each([
    ["charge_automatically", "charged"],
    ["send_invoice", "sent_by_customer"],
    ["a_method_of_tomorrow", "other"],
    [null, "other"],
  ])("%s is %s to us", async (collection_method, collection) => {
    expect(await find({ collection_method, ...paidWith() })).toMatchObject({ value: { invoiceState: { collection } } });
  });

  test("what Stripe does not say is neither automatic nor attempted, and of no subscription", async () => {
    const found = await find({ auto_advance: undefined, attempted: undefined, ...paidWith() });
    expect(found).toMatchObject({
      value: { invoiceState: { isAutomatic: false, isAttempted: false, subscription: null } },
    });
  });

  test.each([
    ["no sum paid", { amount_paid: undefined, ...paidWith() }],
    ["half a cent owed", { amount_remaining: 0.5, ...paidWith() }],
    ["a payment's sum as text", paidWith(linkOf("paid", null, { amount_paid: "400" }))],
  ])("%s: a failure", async (_what, fields) => {
    expect(await find(fields)).toMatchObject(failure("provider_refused", "in_1"));
  });

  test("of a number that two invoices have is ambiguous for every purpose", async () => {
    const twice = listOf(invoiceOf({ number: "INV-1" }), invoiceOf({ id: "in_2", number: "INV-1" }));
    const { reader } = fakeStripe({ "GET invoices/search": twice });
    const reference = { kind: "invoiceNumber", number: "INV-1" } as const;
    expect(await reader.findToRefund(reference, at())).toMatchObject(failure("provider_refused", "ambiguous"));
    expect(await reader.findToCollect(reference, at(), policy.guardrails.retry.oneOffMaxAgeMs)).toMatchObject(
      failure("provider_refused", "ambiguous"),
    );
  });
});
