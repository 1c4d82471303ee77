import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Fetch } from "../../../shared/providers/stripe/http.ts";
import { createStripeReader } from "../../../shared/providers/stripe/reader.ts";
import { createStripeSimulator } from "../../../simulators/stripe/simulator.ts";
import { stripeProvider } from "../../helpers/stripe.ts";
import type { ContractWorld, Disturbance } from "./contract-world.ts";

/** Keys of the stand-in: any key of the right form is good. A restricted one whose name says read may only read. */
export const WRITE_KEY = "sk_test_standin";
export const READ_KEY = "rk_test_read";

const FAULT: Record<Disturbance, string> = {
  busy: "rate_limited",
  "error before the effect": "server_error_before",
  "error after the effect": "server_error_after",
  "cut before the effect": "connection_cut_before",
  "cut after the effect": "connection_cut_after",
  "silence before the effect": "hang",
  "silence after the effect": "hang_after",
};

export type StripeWorld = ContractWorld & {
  baseUrl: string;
  put(...objects: object[]): Promise<void>;
  admin(path: string, body?: unknown): Promise<unknown>;
  /** The books and all objects. */
  state(): Promise<{
    invoicePayments: unknown[];
    refunds: { paymentIntent: string | null; amountMinor: number; status: string; released: boolean }[];
  }>;
};

/** The stand-in, arranged over its admin interface; `fetch` lets a test look at what the adapter sends. */
export async function createStripeWorld(fetch?: Fetch): Promise<StripeWorld> {
  const simulator = createStripeSimulator();
  const baseUrl = await simulator.listen();
  const options = { baseUrl, ...(fetch === undefined ? {} : { fetch }) };
  let made = 0;
  const newId = (prefix: string): string => `${prefix}_contract${++made}`;

  async function admin(path: string, body?: unknown): Promise<unknown> {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await globalThis.fetch(`${baseUrl}/_sim/${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return await response.json();
  }
  const put = async (...objects: object[]): Promise<void> => void (await admin("objects", objects));
  const state = async () => (await admin("state")) as Awaited<ReturnType<StripeWorld["state"]>>;

  async function putCustomer(): Promise<string> {
    const customer = newId("cus");
    await put({ object: "customer", id: customer });
    return customer;
  }

  async function putInvoice(fields: { amountMinor: number; customer: string; number?: string; paidMinor: number }) {
    const { amountMinor, customer, number, paidMinor } = fields;
    const invoice = newId("in");
    await put({
      object: "invoice",
      id: invoice,
      customer,
      currency: "usd",
      status: paidMinor === amountMinor ? "paid" : "open",
      ...(number === undefined ? {} : { number }),
      total: amountMinor,
      amount_due: amountMinor,
      amount_paid: paidMinor,
      amount_remaining: amountMinor - paidMinor,
    });
    return invoice;
  }

  return {
    baseUrl,
    put,
    admin,
    state,
    provider: stripeProvider({ ...options, apiKey: WRITE_KEY }),
    reader: createStripeReader({ ...options, apiKey: READ_KEY }),
    unauthorized: stripeProvider({ ...options, apiKey: "no-key-of-theirs", mode: "test" }),
    unreachable: stripeProvider({ apiKey: WRITE_KEY, baseUrl: await addressWithoutListener() }),

    async captured({ amountMinor, currency = "usd", invoiceNumber }) {
      const customer = await putCustomer();
      const payment = newId("pi");
      await put({
        object: "payment_intent",
        id: payment,
        status: "succeeded",
        amount: amountMinor,
        amount_received: amountMinor,
        currency,
        customer,
      });
      const charge = payment.replace(/^pi_/, "ch_");
      if (invoiceNumber === undefined) return { payment, charge, invoice: null, customer };
      const invoice = await putInvoice({ amountMinor, customer, number: invoiceNumber, paidMinor: amountMinor });
      await put({
        object: "invoice_payment",
        invoice,
        status: "paid",
        amount_requested: amountMinor,
        amount_paid: amountMinor,
        payment: { type: "payment_intent", payment_intent: payment },
      });
      return { payment, charge, invoice, customer };
    },

    async held({ amountMinor }) {
      const payment = newId("pi");
      await put({
        object: "payment_intent",
        id: payment,
        status: "requires_capture",
        capture_method: "manual",
        amount: amountMinor,
        amount_capturable: amountMinor,
        currency: "usd",
        customer: await putCustomer(),
      });
      return payment;
    },

    async declined({ amountMinor, declineCode, isAgreed = false }) {
      const customer = await putCustomer();
      const method = customer.replace(/^cus_/, "pm_");
      const payment = newId("pi");
      await put({
        object: "payment_intent",
        id: payment,
        status: "requires_confirmation",
        amount: amountMinor,
        currency: "usd",
        customer,
        payment_method: method,
        ...(isAgreed ? { setup_future_usage: "off_session" } : {}),
      });
      await admin("script", { payment_intent: payment, declines: [declineCode] });
      const response = await globalThis.fetch(`${baseUrl}/v1/payment_intents/${payment}/confirm`, {
        method: "POST",
        headers: { authorization: `Bearer ${WRITE_KEY}` },
      });
      if (response.status !== 402) throw new Error(`expected a decline, got ${response.status}`);
      return { payment, method };
    },

    async openInvoice({ amountMinor, paidMinor = 0, number, declineCode }) {
      const customer = await putCustomer();
      const invoice = await putInvoice({
        amountMinor,
        customer,
        paidMinor,
        ...(number === undefined ? {} : { number }),
      });
      const method = customer.replace(/^cus_/, "pm_");
      if (declineCode === undefined) return { invoice, method };
      await admin("script", { invoice, declines: [declineCode] });
      await admin(`invoices/${invoice}/attempt`, {});
      return { invoice, method };
    },

    async dispute(payment) {
      await put({ object: "dispute", payment_intent: payment, status: "needs_response" });
    },
    async nextDecline(target, declineCode) {
      await admin("script", { target, declines: [declineCode] });
    },
    async nextRefund(payment, status) {
      await admin("script", { payment_intent: payment, refunds: [status] });
    },
    async disturb(disturbance) {
      await admin("faults", [{ method: "POST", kind: FAULT[disturbance], times: 1 }]);
    },
    async calm() {
      const response = await globalThis.fetch(`${baseUrl}/_sim/faults`, { method: "DELETE" });
      if (!response.ok) throw new Error(await response.text());
    },
    async refundsInTheBooks(payment) {
      const { refunds } = await state();
      return refunds
        .filter((refund) => refund.paymentIntent === payment && !refund.released && refund.status !== "failed")
        .map(({ amountMinor }) => amountMinor);
    },
    close: () => simulator.close(),
  };
}

/** A port that was free a moment ago and that nobody listens on. */
async function addressWithoutListener(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}
