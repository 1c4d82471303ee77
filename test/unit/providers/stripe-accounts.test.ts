import { describe, expect, test } from "vitest";
import type { CallOptions } from "../../../shared/contracts/provider.ts";
import { policy } from "../../helpers/policy.ts";
import { call, refundOf } from "./contract-world.ts";
import {
  type Answers,
  at,
  chargeOf,
  declinedOf,
  fakeStripe,
  intentOf,
  invoiceOf,
  linkOf,
  listOf,
  PAYMENT,
  PLAIN,
  paidWith,
  problem,
  refundObject,
} from "./stripe-fake.ts";

const SHOP = "acct_shop";
const subscription = {
  id: "sub_1",
  object: "subscription",
  status: "active",
  currency: "usd",
  collection_method: "charge_automatically",
  customer: "cus_1",
  items: { data: [{ id: "si_1", price: { id: "price_1", currency: "usd" } }] },
};
const owed = invoiceOf({
  status: "open",
  amount_paid: 0,
  amount_remaining: 1_000,
  parent: { subscription_details: { subscription: "sub_1" } },
  ...paidWith(linkOf("open", "pi_1", { is_default: true })),
});
const EVERYTHING: Answers = {
  ...PLAIN,
  "GET charges/ch_1": chargeOf({ payment_intent: null }),
  "GET invoices/in_1": owed,
  "GET invoices/search": listOf(),
  "GET subscriptions/sub_1": subscription,
  "GET prices/price_1": { id: "price_1", object: "price", currency: "usd" },
  "GET transfers/tr_1": { id: "tr_1", object: "transfer", amount: 900, amount_reversed: 0, destination: "acct_2" },
  "GET application_fees/fee_1": { id: "fee_1", object: "application_fee", amount: 50, amount_refunded: 0 },
  "GET payment_methods/pm_1": { id: "pm_1", object: "payment_method", customer: "cus_1" },
  "GET payment_intents": listOf(),
  "POST refunds": refundObject(),
  "POST payment_intents/pi_1/capture": intentOf(),
  "POST payment_intents/pi_1/cancel": intentOf({ status: "canceled" }),
  "POST payment_intents/pi_1/confirm": intentOf(),
  "POST invoices/in_1/pay": invoiceOf(),
  "POST subscriptions/sub_1": { ...subscription, pause_collection: null },
  "DELETE subscriptions/sub_1": { ...subscription, status: "canceled" },
};

/** Every read and every call once, all in one account. */
async function everything(stripe: ReturnType<typeof fakeStripe>, account: string | null): Promise<void> {
  const { reader, provider } = stripe;
  const inAccount = (): CallOptions => ({ ...call(), account });
  for (const reference of [
    PAYMENT,
    { kind: "charge", id: "ch_1" },
    { kind: "invoice", id: "in_1" },
    { kind: "invoiceNumber", number: "INV-1" },
  ] as const) {
    await reader.find(reference, at(account));
    await reader.findToRefund(reference, at(account));
    await reader.findToCollect(reference, at(account), policy.guardrails.retry.oneOffMaxAgeMs);
  }
  await reader.find({ kind: "subscription", id: "sub_1" }, at(account));
  await reader.price("price_1", at(account));
  await reader.invoiceOfPayment("pi_1", at(account));
  await provider.refund(refundOf("pi_1", 100), inAccount());
  await provider.authorize({ variant: "capture", payment: "pi_1", amountMinor: 1_000 }, inAccount());
  await provider.authorize({ variant: "release", payment: "pi_1" }, inAccount());
  await provider.retryPayment({ payment: "pi_1", method: "pm_1" }, inAccount());
  await provider.retryPayment({ invoice: "in_1", paidMinor: 0, method: "pm_1" }, inAccount());
  await provider.pause({ subscription: "sub_1", behavior: "void" }, inAccount());
  await provider.resume({ subscription: "sub_1" }, inAccount());
  await provider.cancel({ subscription: "sub_1", when: "at_once" }, inAccount());
}

describe("the account of a read or a call", () => {
  test.each([SHOP, null])("%s is named in every request, and nothing else is", async (account) => {
    const declined = fakeStripe({ ...EVERYTHING, "GET payment_intents/pi_1": declinedOf() });
    const plain = fakeStripe(EVERYTHING);
    await everything(declined, account);
    await everything(plain, account);
    const asked = [...declined.asked, ...plain.asked];
    expect(new Set(asked.map((one) => one.account))).toEqual(new Set([account]));
    const reached = new Set(asked.map(({ what }) => what));
    const unreached = Object.keys(EVERYTHING).filter((what) => !reached.has(what));
    expect(unreached).toEqual(["GET transfers/tr_1", "GET application_fees/fee_1"]);
  });

  test("is that of the snapshot, also of its subscription", async () => {
    const { reader } = fakeStripe(EVERYTHING);
    for (const account of [SHOP, null]) {
      expect(await reader.find(PAYMENT, at(account))).toMatchObject({ value: { account } });
      expect(await reader.findToRefund(PAYMENT, at(account))).toMatchObject({ value: { account } });
      expect(await reader.find({ kind: "subscription", id: "sub_1" }, at(account))).toMatchObject({
        value: { account },
      });
      expect(
        await reader.findToCollect(
          { kind: "invoice", id: "in_1" },
          at(account),
          policy.guardrails.retry.oneOffMaxAgeMs,
        ),
      ).toMatchObject({
        value: { account, subscription: { subscription: "sub_1", account } },
      });
    }
  });

  test("is asked for the transfer; the fee of a charge there belongs to the platform", async () => {
    const charge = chargeOf({ transfer: "tr_1", application_fee: "fee_1" });
    const stripe = fakeStripe({ ...EVERYTHING, "GET payment_intents/pi_1": intentOf({ latest_charge: charge }) });
    expect(await stripe.reader.findToRefund(PAYMENT, at(SHOP))).toMatchObject({
      value: { account: SHOP, connect: { feeMinor: 50, transferredMinor: 900 } },
    });
    const accountOf = (wanted: string) => stripe.asked.find(({ what }) => what === wanted)?.account;
    expect(accountOf("GET transfers/tr_1")).toBe(SHOP);
    expect(accountOf("GET refunds")).toBe(SHOP);
    expect(accountOf("GET application_fees/fee_1")).toBeNull();
  });

  test("is kept when the state is read back after a refusal", async () => {
    const stripe = fakeStripe({
      ...EVERYTHING,
      "POST payment_intents/pi_1/capture": problem(400, "payment_intent_unexpected_state"),
    });
    const options = { ...call(), account: SHOP };
    expect(
      await stripe.provider.authorize({ variant: "capture", payment: "pi_1", amountMinor: 1_000 }, options),
    ).toMatchObject({ kind: "found" });
    expect(stripe.asked.map(({ what, account }) => [what, account])).toEqual([
      ["POST payment_intents/pi_1/capture", SHOP],
      ["GET payment_intents/pi_1", SHOP],
    ]);
  });

  test("does not mix with that of a call at the same time, also with clients that were used before", async () => {
    const waiting: (() => void)[] = [];
    const held = (answer: unknown) => () => new Promise((resolve) => waiting.push(() => resolve(answer)));
    const stripe = fakeStripe({
      "GET payment_intents/pi_1": held(intentOf()),
      "GET refunds": held(listOf()),
      "GET invoice_payments": held(listOf()),
      "POST refunds": held(refundObject()),
    });
    const accounts = [SHOP, "acct_other", null];
    for (let round = 0; round < 2; round++) {
      stripe.asked.length = 0;
      const found = accounts.map((account) => stripe.provider.findToRefund(PAYMENT, at(account)));
      const sent = accounts.map((account) => stripe.provider.refund(refundOf("pi_1", 100), { ...call(), account }));
      // The newest request is answered first, so that each call goes on while the others wait.
      for (let answered = 0; answered < accounts.length * 4; answered++) {
        while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
        waiting.pop()?.();
      }
      expect(await Promise.all(found)).toMatchObject(accounts.map((account) => ({ value: { account } })));
      expect(await Promise.all(sent)).toMatchObject(accounts.map(() => ({ kind: "done" })));
      for (const what of ["GET payment_intents/pi_1", "GET refunds", "GET invoice_payments", "POST refunds"]) {
        const named = stripe.asked.filter((one) => one.what === what).map(({ account }) => account);
        expect(named.toSorted(), what).toEqual(accounts.toSorted());
      }
    }
  });

  test("in which the thing does not exist has nothing, although another account has it", async () => {
    const there = (request: { account: string | null }) =>
      request.account === SHOP ? intentOf() : problem(404, "resource_missing");
    const { reader } = fakeStripe({ ...PLAIN, "GET payment_intents/pi_1": there });
    expect(await reader.findToRefund(PAYMENT, at())).toEqual({ ok: true, value: null });
    expect(await reader.findToRefund(PAYMENT, at("acct_other"))).toEqual({ ok: true, value: null });
    expect(await reader.findToRefund(PAYMENT, at(SHOP))).toMatchObject({ value: { payment: "pi_1", account: SHOP } });
  });
});

describe("an account that the key does not reach", () => {
  const refused = problem(403, "account_invalid");
  const unreachable = { reason: "account_unreachable", detail: expect.stringContaining("account_invalid") };

  test("is a failure of its own for every kind of read", async () => {
    const { reader } = fakeStripe({ "GET payment_intents/pi_1": refused, "GET invoice_payments": refused });
    const failed = { ok: false, error: unreachable };
    expect(await reader.find(PAYMENT, at(SHOP))).toMatchObject(failed);
    expect(await reader.findToRefund(PAYMENT, at(SHOP))).toMatchObject(failed);
    expect(await reader.findToCollect(PAYMENT, at(SHOP), policy.guardrails.retry.oneOffMaxAgeMs)).toMatchObject(failed);
    expect(await reader.invoiceOfPayment("pi_1", at(SHOP))).toMatchObject(failed);
  });

  test("gets no call: not now, and the state is not read back", async () => {
    const stripe = fakeStripe({ "POST refunds": refused, "POST invoices/in_1/pay": refused });
    const options = { ...call(), account: SHOP };
    expect(await stripe.provider.refund(refundOf("pi_1", 100), options)).toMatchObject({
      kind: "not_now",
      failure: unreachable,
    });
    expect(
      await stripe.provider.retryPayment({ invoice: "in_1", paidMinor: 0, method: "pm_1" }, options),
    ).toMatchObject({
      kind: "not_now",
      failure: unreachable,
    });
    expect(stripe.asked.map(({ what }) => what)).toEqual(["POST refunds", "POST invoices/in_1/pay"]);
  });
});
