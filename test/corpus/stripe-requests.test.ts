import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fetch } from "../../shared/providers/stripe/http.ts";
import { policy } from "../helpers/policy.ts";
import { call, refundOf, soon } from "../unit/providers/contract-world.ts";
import {
  chargeOf,
  declinedOf,
  fakeStripe,
  intentOf,
  invoiceOf,
  linkOf,
  listOf,
  PAYMENT,
  PLAIN,
  refundObject,
} from "../unit/providers/stripe-fake.ts";
import { createStripeWorld, type StripeWorld } from "../unit/providers/stripe-world.ts";
import { decode, type Newer, problemsOf, type Schema, type SentRequest, type Spec } from "./openapi.ts";

/**
 * Every request that the Stripe adapter sends is allowed by Stripe's own OpenAPI document of 2023-08-16, except what is
 * younger than it. What is younger stands here, with its changelog entry; the compiler holds its names to the SDK's types.
 */
const BASIL =
  "https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices";

type Fields<Params> = { [Name in keyof Params]?: Schema };

const invoicePaymentsList = {
  payment: {
    type: "object",
    properties: {
      type: { type: "string", enum: ["payment_intent", "payment_record"] },
      payment_intent: { type: "string", maxLength: 5000 },
    } satisfies Fields<Stripe.InvoicePaymentListParams.Payment>,
    additionalProperties: false,
    required: ["type"] satisfies (keyof Stripe.InvoicePaymentListParams.Payment)[],
  },
  status: { type: "string", enum: ["canceled", "open", "paid"] satisfies Stripe.InvoicePaymentListParams.Status[] },
  expand: { type: "array", items: { type: "string", maxLength: 5000 } },
  limit: { type: "integer" },
} satisfies Fields<Stripe.InvoicePaymentListParams>;

const invoicePayment: Schema = {
  type: "object",
  properties: {
    invoice: { "x-expansionResources": { oneOf: [{ $ref: "#/components/schemas/invoice" }] } },
  } satisfies Fields<Stripe.InvoicePayment>,
  "x-expandableFields": ["invoice" satisfies keyof Stripe.InvoicePayment],
};

const NEWER: Newer[] = [
  {
    changelog: BASIL,
    paths: {
      "/v1/invoice_payments": {
        get: {
          parameters: Object.entries(invoicePaymentsList).map(([name, schema]) => ({ name, in: "query", schema })),
          responses: { 200: { content: { "application/json": { schema: listSchema(invoicePayment) } } } },
        },
      },
    },
  },
  {
    changelog: BASIL,
    expandable: { invoice: { payments: listSchema(invoicePayment) } satisfies Fields<Stripe.Invoice> },
  },
];

function listSchema(items: Schema): Schema {
  return { type: "object", properties: { data: { type: "array", items } } };
}

const corpus = process.env.CORPUS_DIR ?? "../shared/data";
const document = join(corpus, "stripe-openapi/spec3.json");
const isThere = existsSync(document);
if (!isThere) console.log(`skipped: what Stripe is sent is not checked, for there is no ${document} (set CORPUS_DIR)`);

describe.skipIf(!isThere)("what the Stripe adapter sends", () => {
  const sent: SentRequest[] = [];
  const recording: Fetch = async (input, init) => {
    const url = new URL(String(input));
    sent.push({
      method: init?.method ?? "GET",
      path: decodeURIComponent(url.pathname),
      query: url.search.slice(1),
      body: String(init?.body ?? ""),
    });
    return await fetch(input, init);
  };
  let spec: Spec;
  let world: StripeWorld;
  beforeAll(async () => {
    spec = JSON.parse(readFileSync(document, "utf8")) as Spec;
    world = await createStripeWorld(recording);
    await everyCall(world);
    sent.push(...(await everyFurtherRead()));
  }, 60_000);
  afterAll(() => world.close());

  test("every request is allowed by Stripe's document, or by what its changelog says of later versions", () => {
    expect(sent.flatMap((request) => problemsOf(spec, NEWER, request))).toEqual([]);
  });

  test("the requests cover every operation of the adapter", () => {
    const operations = new Set(
      sent.map(({ method, path }) => `${method} ${path.replace(/\/(?:pi|ch|in|sub|price|pm|tr|fee)_\w+/, "/{id}")}`),
    );
    expect([...operations].toSorted()).toEqual([
      "DELETE /v1/subscriptions/{id}",
      "GET /v1/application_fees/{id}",
      "GET /v1/charges/{id}",
      "GET /v1/credit_notes",
      "GET /v1/disputes",
      "GET /v1/invoice_payments",
      "GET /v1/invoices/search",
      "GET /v1/invoices/{id}",
      "GET /v1/payment_intents",
      "GET /v1/payment_intents/{id}",
      "GET /v1/payment_methods/{id}",
      "GET /v1/prices/{id}",
      "GET /v1/refunds",
      "GET /v1/subscriptions/{id}",
      "GET /v1/transfers/{id}",
      "POST /v1/invoices/{id}/pay",
      "POST /v1/payment_intents/{id}/cancel",
      "POST /v1/payment_intents/{id}/capture",
      "POST /v1/payment_intents/{id}/confirm",
      "POST /v1/refunds",
      "POST /v1/subscriptions/{id}",
    ]);
  });

  test("what the document lacks is exactly what is excepted: without the list, only those requests fail", () => {
    const failing = sent.filter((request) => problemsOf(spec, [], request).length > 0);
    const excepted = sent.filter(({ path, query, body }) => {
      const expands = [query, body].flatMap((part) => Object.values(decode(part).expand ?? {}).map(String));
      return path === "/v1/invoice_payments" || expands.some((field) => field.endsWith("payments"));
    });
    expect(excepted.length).toBeGreaterThan(0);
    expect(failing).toEqual(excepted);
  });

  const refund = { method: "POST", path: "/v1/refunds", query: "" };
  test.each<[string, SentRequest]>([
    ["a made-up parameter", { ...refund, body: "payment_intent=pi_1&amount=100&because=I+said+so" }],
    [
      "a made-up nested parameter",
      {
        method: "GET",
        path: "/v1/invoice_payments",
        query: "payment[colour]=red&payment[type]=payment_intent",
        body: "",
      },
    ],
    ["half a cent", { ...refund, body: "payment_intent=pi_1&amount=0.5" }],
    ["an object for a text", { ...refund, body: "payment_intent[id]=pi_1" }],
    ["metadata as a text", { ...refund, body: "payment_intent=pi_1&metadata=act_1" }],
    ["a reason that Stripe does not know", { ...refund, body: "payment_intent=pi_1&reason=because" }],
    ["a parameter in the query of a POST", { ...refund, query: "amount=100", body: "payment_intent=pi_1" }],
    [
      "metadata where none is taken",
      { method: "POST", path: "/v1/invoices/in_1/pay", query: "", body: "metadata[action_id]=act_1" },
    ],
    ["a search without a query", { method: "GET", path: "/v1/invoices/search", query: "limit=10", body: "" }],
    [
      "a made-up expansion",
      { method: "GET", path: "/v1/payment_intents/pi_1", query: "expand[0]=latest_colour", body: "" },
    ],
    [
      "a made-up expansion below a real one",
      { method: "GET", path: "/v1/payment_intents/pi_1", query: "expand[0]=latest_charge.colour", body: "" },
    ],
    ["a made-up path", { method: "POST", path: "/v1/refunds/re_1/undo", query: "", body: "" }],
    ["a wrong method", { method: "DELETE", path: "/v1/refunds", query: "", body: "" }],
  ])("the check itself refuses %s", (_what, request) => {
    expect(problemsOf(spec, NEWER, request)).toHaveLength(1);
  });
});

/** Walks all of the adapter: each reference, each action, and each way on that sends something else. */
async function everyCall(world: StripeWorld): Promise<void> {
  const { reader, provider } = world;
  const paid = await world.captured({ amountMinor: 4_250, invoiceNumber: "INV-1042" });
  await reader.find({ kind: "payment", id: paid.payment }, soon());
  await reader.find({ kind: "charge", id: paid.charge }, soon());
  await reader.find({ kind: "invoice", id: paid.invoice ?? "" }, soon());
  await reader.find({ kind: "invoiceNumber", number: "INV-1042" }, soon());
  await reader.find({ kind: "invoiceNumber", number: "it's" }, soon());
  await reader.invoiceOfPayment(paid.payment, soon());
  await provider.refund(refundOf(paid.payment, 4_250), call());
  for (const reference of [
    { kind: "payment", id: paid.payment },
    { kind: "charge", id: paid.charge },
    { kind: "invoice", id: paid.invoice ?? "" },
    { kind: "invoiceNumber", number: "INV-1042" },
  ] as const) {
    await reader.findToRefund(reference, soon());
    await reader.findToCollect(reference, soon(), policy.guardrails.retry.oneOffMaxAgeMs);
  }
  await provider.retryPayment({ invoice: paid.invoice ?? "", paidMinor: 0, method: "pm_any" }, call());

  await world.put({
    object: "charge",
    id: "ch_old",
    payment_intent: null,
    amount: 900,
    amount_captured: 900,
    currency: "usd",
  });
  await provider.refund(refundOf("ch_old", 900), call());
  await reader.findToRefund({ kind: "charge", id: "ch_old" }, soon());

  const many = await world.captured({ amountMinor: 1_000 });
  for (let n = 0; n < 101; n++) {
    await provider.refund(refundOf(many.payment, 1), call());
  }
  await reader.findToRefund({ kind: "payment", id: many.payment }, soon());

  const held = await world.held({ amountMinor: 2_000 });
  await provider.authorize({ variant: "capture", payment: held, amountMinor: 1_500 }, call());
  await provider.authorize({ variant: "release", payment: held }, call());
  await provider.authorize({ variant: "release", payment: await world.held({ amountMinor: 2_000 }) }, call());

  const { invoice, method } = await world.openInvoice({ amountMinor: 990, declineCode: "insufficient_funds" });
  await provider.retryPayment({ invoice, paidMinor: 0, method }, call());
  const declined = await world.declined({ amountMinor: 500, declineCode: "insufficient_funds" });
  await provider.retryPayment(declined, call());

  await world.put({ object: "price", id: "price_pro", unit_amount: 2_900, currency: "usd" });
  await world.put({ object: "price", id: "price_basic", unit_amount: 900, currency: "usd" });
  await world.put({ object: "subscription", id: "sub_1", customer: "cus_sub", price: "price_pro" });
  const seen = await reader.find({ kind: "subscription", id: "sub_1" }, soon());
  const item = seen.ok ? (seen.value?.items[0]?.id ?? "") : "";
  await reader.price("price_basic", soon());
  for (const behavior of ["keep_as_draft", "mark_uncollectible", "void"] as const)
    await provider.pause({ subscription: "sub_1", behavior }, call());
  await provider.resume({ subscription: "sub_1" }, call());
  for (const proration of ["none", "create_prorations", "always_invoice"] as const)
    await provider.downgrade({ subscription: "sub_1", item, price: "price_basic", quantity: 3, proration }, call());
  await provider.cancel({ subscription: "sub_1", when: "at_period_end" }, call());
  await provider.cancel({ subscription: "sub_1", when: "at_once" }, call());
}

/** What is asked only where the payment says that there is something: disputes, credit notes, moved money, an agreement. */
async function everyFurtherRead(): Promise<SentRequest[]> {
  const credited = invoiceOf({ post_payment_credit_notes_amount: 300 });
  const moved = chargeOf({ disputed: true, transfer: "tr_1", application_fee: "fee_1" });
  const paid = fakeStripe({
    ...PLAIN,
    "GET payment_intents/pi_1": intentOf({ latest_charge: moved }),
    "GET invoice_payments": listOf(linkOf("paid", "pi_1", { invoice: credited })),
    "GET credit_notes": listOf(),
    "GET disputes": listOf({ id: "du_1", object: "dispute", status: "won", is_charge_refundable: true }),
    "GET transfers/tr_1": { id: "tr_1", object: "transfer", amount: 900, amount_reversed: 0, destination: "acct_1" },
    "GET application_fees/fee_1": { id: "fee_1", object: "application_fee", amount: 50, amount_refunded: 0 },
    "POST refunds": refundObject(),
  });
  expect(await paid.reader.findToRefund(PAYMENT, soon())).toMatchObject({ ok: true });
  await paid.provider.refund({ ...refundOf("pi_1", 100), reverseTransfer: true, refundFee: true }, call());

  const oneOff = fakeStripe({
    ...PLAIN,
    "GET payment_intents/pi_1": declinedOf(),
    "GET payment_methods/pm_1": { id: "pm_1", object: "payment_method", customer: "cus_1" },
    "GET payment_intents": listOf(),
  });
  expect(await oneOff.reader.findToCollect(PAYMENT, soon(), policy.guardrails.retry.oneOffMaxAgeMs)).toMatchObject({
    ok: true,
  });
  return [...paid.sent, ...oneOff.sent];
}
