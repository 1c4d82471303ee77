import type { Totals } from "../../shared/contracts/views.ts";
import type { AnyResource } from "../../simulators/stripe/resources.ts";
import type { Delivered } from "./deliver.ts";
import type { ChangeBooks } from "./subscription-books.ts";

/** The part of the Stripe stand-in's state that the check reads (simulators/stripe/state.ts). */
export type Books = ChangeBooks & {
  pendingWebhooks: number;
  refunds: {
    id: string;
    paymentIntent: string | null;
    amountMinor: number;
    currency: string;
    status: string | null;
    metadata: Record<string, string>;
    /** The rest of an authorisation that was not captured: no money was sent. */
    released: boolean;
  }[];
  captures: { paymentIntent: string | null; customer: string | null; amountCapturedMinor: number; currency: string }[];
  invoicePayments: { invoice: string | null; paymentIntent: string | null; amountMinor: number; currency: string }[];
};

export type Summary = {
  accepted: number;
  settled: number;
  lost: number;
  duplicates: number;
  actions: Record<string, Record<string, number>>;
  refundedMinor: Record<string, number>;
  deadLettered: number;
  cases: number;
  durationMs: number;
};

/** The statuses of refunds that pay out or may still do so. */
const EFFECTIVE = new Set(["succeeded", "pending", "requires_action"]);

const refundsIn = ({ refunds }: Books) =>
  refunds.filter(({ status, released }) => !released && EFFECTIVE.has(status ?? ""));

/**
 * What is wrong with the provider's books, in sentences; an empty list means that they are correct. It compares the
 * stand-in's state with the ledger's totals.
 */
export function findWrongs(before: Books, after: Books, totals: Totals): string[] {
  return [...overRefunded(after), ...refundedTwice(after), ...paidTwice(before, after), ...unexplained(after, totals)];
}

/**
 * A one-off payment that failed is collected only where its customer agreed to be charged later. \`objects\`: of the provider
 * at the beginning of the day.
 */
export function findUnagreed(objects: readonly AnyResource[], { captures }: Books): string[] {
  const ofInvoices = new Set(
    objects.flatMap((one) => (one.object === "invoice_payment" ? [one.payment.payment_intent] : [])),
  );
  const collected = new Set(captures.map(({ paymentIntent }) => paymentIntent));
  return objects.flatMap((one) =>
    one.object === "payment_intent" &&
    one.status === "requires_payment_method" &&
    one.setup_future_usage !== "off_session" &&
    !ofInvoices.has(one.id) &&
    collected.has(one.id)
      ? [`${one.id} was collected, and its customer had not agreed to be charged later`]
      : [],
  );
}

function overRefunded(books: Books): string[] {
  const captured = sumBy(
    books.captures,
    ({ paymentIntent }) => paymentIntent,
    ({ amountCapturedMinor }) => amountCapturedMinor,
  );
  const refunded = sumBy(
    refundsIn(books),
    ({ paymentIntent }) => paymentIntent,
    ({ amountMinor }) => amountMinor,
  );
  return [...refunded].flatMap(([payment, sum]) =>
    sum > (captured.get(payment) ?? 0) ? [`${payment}: ${sum} refunded, ${captured.get(payment) ?? 0} captured`] : [],
  );
}

function refundedTwice(books: Books): string[] {
  const refunds = refundsIn(books);
  const nameless = refunds
    .filter(({ metadata }) => metadata.action_id === undefined)
    .map(({ id }) => `${id} names no action`);
  const counts = sumBy(
    refunds,
    ({ metadata }) => metadata.action_id ?? null,
    () => 1,
  );
  const twice = [...counts].flatMap(([action, count]) => (count > 1 ? [`${action} made ${count} refunds`] : []));
  return [...nameless, ...twice];
}

/** An invoice must have one payment, and no payment may be captured again. */
function paidTwice(before: Books, after: Books): string[] {
  const payments = sumBy(
    after.invoicePayments,
    ({ invoice }) => invoice,
    () => 1,
  );
  const captures = sumBy(
    after.captures,
    ({ paymentIntent }) => paymentIntent,
    () => 1,
  );
  const known = sumBy(
    before.captures,
    ({ paymentIntent }) => paymentIntent,
    () => 1,
  );
  return [
    ...[...payments].flatMap(([invoice, count]) => (count > 1 ? [`${invoice} was paid ${count} times`] : [])),
    ...[...captures].flatMap(([payment, count]) =>
      count > Math.max(1, known.get(payment) ?? 0) ? [`${payment} was captured ${count} times`] : [],
    ),
  ];
}

/** The ledger's refunds and the provider's must agree in number and in every currency's sum. */
function unexplained(books: Books, { actions }: Totals): string[] {
  const recorded = actions.filter(({ kind, state }) => kind === "refund" && state === "succeeded");
  const recordedSums = sumBy(
    recorded,
    ({ currency }) => currency,
    ({ amountMinor }) => amountMinor,
  );
  const found = refundsIn(books);
  const foundSums = sumBy(
    found,
    ({ currency }) => currency,
    ({ amountMinor }) => amountMinor,
  );
  const count = recorded.reduce((sum, { count }) => sum + count, 0);
  const currencies = new Set([...recordedSums.keys(), ...foundSums.keys()]);
  return [
    ...(count === found.length ? [] : [`the ledger records ${count} refunds, the provider has ${found.length}`]),
    ...[...currencies].flatMap((currency) =>
      (recordedSums.get(currency) ?? 0) === (foundSums.get(currency) ?? 0)
        ? []
        : [
            `${currency}: the ledger records ${recordedSums.get(currency) ?? 0} refunded, the provider ${foundSums.get(currency) ?? 0}`,
          ],
    ),
  ];
}

export function summarise(
  delivered: Delivered,
  { totals, books, unsettled }: { totals: Totals; books: Books; unsettled: string[] },
  durationMs: number,
): Summary {
  const actions = countActions(totals);
  const ofState = (state: string) => Object.values(actions).reduce((sum, byState) => sum + (byState[state] ?? 0), 0);
  // Lost is what a 202 accepted and the ledger does not know, and what the ledger knows and has not ended.
  const forgotten = Math.max(0, delivered.accepted - totals.accepted);
  const lost = Math.max(totals.waiting.events + totals.waiting.actions + forgotten, unsettled.length);
  return {
    accepted: totals.accepted + forgotten,
    settled: totals.accepted + forgotten - lost,
    lost,
    duplicates: delivered.duplicates,
    actions,
    refundedMinor: Object.fromEntries(
      [
        ...sumBy(
          refundsIn(books),
          ({ currency }) => currency,
          ({ amountMinor }) => amountMinor,
        ),
        // The provider lists them in the order in which they were made, which differs from run to run.
      ].sort(([one], [other]) => (one < other ? -1 : 1)),
    ),
    deadLettered: totals.deadLetteredEvents + ofState("dead_lettered"),
    cases: ofState("case_open"),
    durationMs: Math.round(durationMs),
  };
}

function countActions({ actions }: Totals): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const { kind, state, count } of actions) {
    const byState = counts[kind] ?? {};
    byState[state] = (byState[state] ?? 0) + count;
    counts[kind] = byState;
  }
  return counts;
}

function sumBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string | null,
  amountOf: (item: T) => number,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== null) sums.set(key, (sums.get(key) ?? 0) + amountOf(item));
  }
  return sums;
}
