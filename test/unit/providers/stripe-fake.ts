import { expect } from "vitest";
import type { At, PaymentReference } from "../../../shared/contracts/provider.ts";
import type { Fetch } from "../../../shared/providers/stripe/http.ts";
import { createStripeReader } from "../../../shared/providers/stripe/reader.ts";
import { policy } from "../../helpers/policy.ts";
import { stripeProvider } from "../../helpers/stripe.ts";
import { READ_KEY, WRITE_KEY } from "./stripe-world.ts";

/** A request as Stripe would see it. `account`: the header Stripe-Account, null where there is none. */
export type Asked = { what: string; query: string; body: string; account: string | null };
/** The same request as it was sent. */
export type Sent = { method: string; path: string; query: string; body: string };
type Fields = Record<string, unknown>;
/** The answer to each "METHOD path" below /v1. A function looks at the request; a Response is answered as it is. */
export type Answers = Record<string, unknown | ((asked: Asked) => unknown)>;

/** A Stripe of fixed answers, for what only the adapter decides: answers that are wrong, missing or refused. */
export function fakeStripe(answers: Answers) {
  const asked: Asked[] = [];
  const sent: Sent[] = [];
  const fetch: Fetch = async (input, init) => {
    const url = new URL(String(input));
    const { method = "GET", body = "" } = init ?? {};
    sent.push({ method, path: url.pathname, query: url.search.slice(1), body: String(body) });
    const request: Asked = {
      what: `${method} ${url.pathname.replace("/v1/", "")}`,
      query: decodeURIComponent(url.search.slice(1)),
      body: decodeURIComponent(String(body)),
      account: new Headers(init?.headers).get("stripe-account"),
    };
    asked.push(request);
    const found = answers[request.what];
    const answer: unknown = typeof found === "function" ? await found(request) : found;
    if (answer instanceof Response) return answer.clone();
    return answer === undefined ? problem(404, "resource_missing") : Response.json(answer);
  };
  return {
    asked,
    sent,
    reader: createStripeReader({ apiKey: READ_KEY, fetch }),
    provider: stripeProvider({ apiKey: WRITE_KEY, fetch }),
  };
}

/** An answer of Stripe that refuses. */
export const problem = (status: number, code: string, type = "invalid_request_error"): Response =>
  Response.json({ error: { type, code, message: `no: ${code}` } }, { status });

export const at = (account: string | null = null): At => ({ account, signal: AbortSignal.timeout(10_000) });

export const listOf = (...data: unknown[]) => ({ object: "list", data, has_more: false, url: "/v1" });
/** A page after which there is another one. */
export const firstOf = (...data: unknown[]) => ({ ...listOf(...data), has_more: true });

export const chargeOf = (fields: Fields = {}): Fields => ({
  id: "ch_1",
  object: "charge",
  status: "succeeded",
  captured: true,
  amount: 1_000,
  amount_captured: 1_000,
  amount_refunded: 0,
  currency: "usd",
  created: 1,
  disputed: false,
  livemode: false,
  application_fee: null,
  transfer: null,
  transfer_data: null,
  transfer_group: null,
  ...fields,
});

/** A payment that was captured. */
export const intentOf = (fields: Fields = {}): Fields => ({
  id: "pi_1",
  object: "payment_intent",
  status: "succeeded",
  amount: 1_000,
  amount_received: 1_000,
  amount_capturable: 0,
  currency: "usd",
  customer: "cus_1",
  created: 1,
  livemode: false,
  latest_charge: chargeOf(),
  ...fields,
});

/** A payment that the bank declined, of a customer who agreed to be charged later. */
export const declinedOf = (fields: Fields = {}): Fields =>
  intentOf({
    status: "requires_payment_method",
    amount_received: 0,
    latest_charge: chargeOf({ status: "failed", captured: false, amount_captured: 0 }),
    setup_future_usage: "off_session",
    payment_method: null,
    last_payment_error: { code: "card_declined", payment_method: { id: "pm_1", type: "card" } },
    ...fields,
  });

export const refundObject = (fields: Fields = {}): Fields => ({
  id: "re_1",
  object: "refund",
  amount: 100,
  currency: "usd",
  status: "succeeded",
  created: 1,
  metadata: {},
  balance_transaction: "txn_1",
  ...fields,
});

export const invoiceOf = (fields: Fields = {}): Fields => ({
  id: "in_1",
  object: "invoice",
  status: "paid",
  amount_due: 1_000,
  amount_overpaid: 0,
  amount_paid: 1_000,
  amount_remaining: 0,
  attempt_count: 1,
  attempted: true,
  auto_advance: false,
  collection_method: "charge_automatically",
  created: 1,
  currency: "usd",
  customer: "cus_1",
  livemode: false,
  next_payment_attempt: null,
  parent: null,
  post_payment_credit_notes_amount: 0,
  ...fields,
});

/** What links a payment to an invoice. `paidAt` in seconds. */
export const linkOf = (status: string, payment: string | null, { paidAt = 1, ...fields }: LinkFields = {}): Fields => ({
  id: `inpay_${payment}`,
  object: "invoice_payment",
  status,
  is_default: false,
  amount_paid: status === "paid" ? 1_000 : null,
  amount_requested: 1_000,
  invoice: "in_1",
  payment: payment === null ? { type: "payment_record" } : { type: "payment_intent", payment_intent: payment },
  status_transitions: { paid_at: status === "paid" ? paidAt : null, canceled_at: null },
  ...fields,
});
type LinkFields = Fields & { paidAt?: number };

export const paidWith = (...links: Fields[]) => ({ payments: listOf(...links) });

/** All that is asked about a captured payment without an invoice before its refund. */
export const PLAIN: Answers = {
  "GET payment_intents/pi_1": intentOf(),
  "GET refunds": listOf(),
  "GET invoice_payments": listOf(),
};

export const PAYMENT: PaymentReference = { kind: "payment", id: "pi_1" };

/** The payment (or what is named) as a refund needs it, where these answers differ from the plain ones. */
export const toRefund = (answers: Answers, reference: PaymentReference = PAYMENT) =>
  fakeStripe({ ...PLAIN, ...answers }).reader.findToRefund(reference, at());

/** As a retry needs it. */
export const toCollect = (answers: Answers, reference: PaymentReference = PAYMENT) =>
  fakeStripe({ ...PLAIN, ...answers }).reader.findToCollect(reference, at(), policy.guardrails.retry.oneOffMaxAgeMs);

export const withCharge = (fields: Fields): Answers => ({
  "GET payment_intents/pi_1": intentOf({ latest_charge: chargeOf(fields) }),
});

/** A read that failed, and what its detail must name. */
export const failure = (reason: string, named: string) => ({
  ok: false,
  error: { reason, detail: expect.stringContaining(named) },
});
