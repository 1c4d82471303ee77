import { chargeOf, intentOf, invoiceOf, prebuilt, REFUND_MINOR, type Story, subscriptionOf, TAIL } from "./objects.ts";

/**
 * The fixed mixture. Of 20 events, rules close 12; Claude decides 7 facts (3 failed renewals, 2 held authorisations, 2
 * failed one-off payments) and 1 refund request in plain language.
 */
type Sample = { story: Story; event(tail: string): string };

const stripeEvent = (story: Story, type: string, object: object): Sample => ({
  story,
  event: prebuilt({
    id: `evt_${TAIL}`,
    object: "event",
    api_version: "2026-10-28.endive",
    created: Math.floor(Date.now() / 1000),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  }),
});

const request: Sample = {
  story: "refund",
  event: prebuilt({
    id: TAIL,
    type: "countersign.request",
    occurredAt: Date.now(),
    mode: "test",
    payment: `pi_${TAIL}`,
    customer: `cus_${TAIL}`,
    amountMinor: REFUND_MINOR,
    currency: "usd",
    text: `Hello, my order arrived with one item missing. Please refund $4.25 of payment pi_${TAIL}, as your colleague offered on the phone. Thank you and kind regards.`,
  }),
};

const chargeSucceeded = stripeEvent("plain", "charge.succeeded", chargeOf("paid"));
const intentSucceeded = stripeEvent("plain", "payment_intent.succeeded", intentOf("paid", `ch_${TAIL}`));
const invoicePaid = stripeEvent("plain", "invoice.paid", invoiceOf("paid"));
const subscriptionUpdated = stripeEvent("plain", "customer.subscription.updated", subscriptionOf("active"));
const chargeFailed = stripeEvent("plain", "charge.failed", chargeOf("owed"));
const failedRenewal = stripeEvent("renewal", "invoice.payment_failed", invoiceOf("open"));
const failedPayment = stripeEvent("failed", "payment_intent.payment_failed", intentOf("owed", `ch_${TAIL}`));
const heldAuthorization = stripeEvent(
  "held",
  "payment_intent.amount_capturable_updated",
  intentOf("held", `ch_${TAIL}`),
);

/** Twenty consecutive events contain the whole mixture, in mixed order. */
const CYCLE: readonly Sample[] = [
  chargeSucceeded,
  failedRenewal,
  intentSucceeded,
  invoicePaid,
  heldAuthorization,
  chargeSucceeded,
  subscriptionUpdated,
  failedPayment,
  intentSucceeded,
  chargeSucceeded,
  failedRenewal,
  invoicePaid,
  request,
  chargeFailed,
  heldAuthorization,
  intentSucceeded,
  failedRenewal,
  chargeSucceeded,
  failedPayment,
  subscriptionUpdated,
];

export const CYCLE_LENGTH = CYCLE.length;

const sampleAt = (index: number): Sample => CYCLE[index % CYCLE.length] ?? chargeSucceeded;

/** Event number `index` (from 0) of a run. `run`: letters and digits. All events of all runs differ. */
export function eventText(run: string, index: number): string {
  const { story, event } = sampleAt(index);
  return event(`${story}${run}n${index}`);
}

/** A whole run as NDJSON. */
export function eventLines(run: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${eventText(run, index)}\n`).join("");
}

/** How many of the first `count` events end in a call that moves money: all that rules do not close. */
export function sendsIn(count: number): number {
  let sends = 0;
  for (let index = 0; index < count; index++) if (sampleAt(index).story !== "plain") sends++;
  return sends;
}
