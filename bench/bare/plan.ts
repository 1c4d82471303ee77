import { type Outside, post, readIntent, readInvoice, readInvoiceOf, readToConfirm, readToRefund } from "./calls.ts";

/**
 * The outside calls of each kind of event, in the order of our pipeline. If our calls change, `npm run bench` refuses to
 * measure until this table is changed too.
 */
type Call = (env: Outside, id: string, amountMinor?: number) => Promise<unknown>;
export type Plan = {
  /** The fact in the projection for Claude. */
  fact: string;
  reference: "invoice" | "payment_intent";
  beforeClaude: readonly Call[];
  /** The reads of resolve. */
  afterClaude: readonly Call[];
  queue: "REFUND" | "RETRY" | "AUTHORIZE";
  execute: readonly Call[];
};

const PAYMENT_METHOD = { payment_method: "pm_bench", off_session: "true" };

const plans: Record<string, Plan> = {
  "invoice.payment_failed": {
    fact: "failed_renewal",
    reference: "invoice",
    beforeClaude: [],
    afterClaude: [readInvoice],
    queue: "RETRY",
    execute: [readInvoice, (env, id) => post(env, `invoices/${id}/pay`, { payment_method: "pm_bench" })],
  },
  "payment_intent.payment_failed": {
    fact: "failed_payment",
    reference: "payment_intent",
    beforeClaude: [readInvoiceOf],
    afterClaude: [readToConfirm],
    queue: "RETRY",
    execute: [readToConfirm, (env, id) => post(env, `payment_intents/${id}/confirm`, PAYMENT_METHOD)],
  },
  "payment_intent.amount_capturable_updated": {
    fact: "held_authorization",
    reference: "payment_intent",
    beforeClaude: [readIntent],
    afterClaude: [],
    queue: "AUTHORIZE",
    execute: [readIntent, (env, id) => post(env, `payment_intents/${id}/capture`, { amount_to_capture: "4250" })],
  },
  "countersign.request": {
    fact: "request",
    reference: "payment_intent",
    beforeClaude: [],
    afterClaude: [readToRefund],
    queue: "REFUND",
    execute: [
      readToRefund,
      (env, id, amountMinor) =>
        post(env, "refunds", {
          payment_intent: id,
          ...(amountMinor === undefined ? {} : { amount: String(amountMinor) }),
        }),
    ],
  },
};

/** Null: a rule decides it without outside calls. */
export const planOf = (type: string): Plan | null => plans[type] ?? null;

export async function callAll(calls: readonly Call[], env: Outside, id: string, amountMinor?: number): Promise<void> {
  for (const call of calls) await call(env, id, amountMinor);
}
