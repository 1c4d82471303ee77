import type { Totals } from "../../shared/contracts/ledger.ts";
import type { Delivered } from "./deliver.ts";

/** The part of the Stripe stand-in's state that the check reads (simulators/stripe/state.ts). */
export type Books = {
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

const STANDING = new Set(["succeeded", "pending", "requires_action"]);

const refundsIn = ({ refunds }: Books) =>
  refunds.filter(({ status, released }) => !released && STANDING.has(status ?? ""));

/**
 * What is wrong with the provider's books, in sentences; an empty list is a clean conscience. Looks from outside: it
 * believes the stand-in's state and not the ledger's word.
 */
export function findWrongs(before: Books, after: Books, totals: Totals): string[] {
  return [...overRefunded(after), ...refundedTwice(after), ...paidTwice(before, after), ...unexplained(after, totals)];
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

/** An invoice that a retry paid has one payment; nobody was captured again for what had been captured. */
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

/** What the ledger calls refunded stands at the provider, to the last unit, and the other way round. */
function unexplained(books: Books, { actions }: Totals): string[] {
  const told = actions.filter(({ kind, state }) => kind === "refund" && state === "succeeded");
  const toldSums = sumBy(
    told,
    ({ currency }) => currency,
    ({ amountMinor }) => amountMinor,
  );
  const held = refundsIn(books);
  const heldSums = sumBy(
    held,
    ({ currency }) => currency,
    ({ amountMinor }) => amountMinor,
  );
  const count = told.reduce((sum, { count }) => sum + count, 0);
  const currencies = new Set([...toldSums.keys(), ...heldSums.keys()]);
  return [
    ...(count === held.length ? [] : [`the ledger tells of ${count} refunds, the provider holds ${held.length}`]),
    ...[...currencies].flatMap((currency) =>
      (toldSums.get(currency) ?? 0) === (heldSums.get(currency) ?? 0)
        ? []
        : [
            `${currency}: the ledger tells of ${toldSums.get(currency) ?? 0} refunded, the provider of ${heldSums.get(currency) ?? 0}`,
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
  // What a 202 promised and the ledger does not know is lost as surely as what it knows and does not end.
  const forgotten = Math.max(0, delivered.accepted - totals.accepted);
  const lost = Math.max(totals.waiting.events + totals.waiting.actions + forgotten, unsettled.length);
  return {
    accepted: totals.accepted + forgotten,
    settled: totals.accepted + forgotten - lost,
    lost,
    duplicates: delivered.duplicates,
    actions,
    refundedMinor: Object.fromEntries(
      sumBy(
        refundsIn(books),
        ({ currency }) => currency,
        ({ amountMinor }) => amountMinor,
      ),
    ),
    deadLettered: totals.deadLetteredEvents + ofState("dead_lettered"),
    cases: ofState("case_open"),
    durationMs: Math.round(durationMs),
  };
}

export function countActions({ actions }: Totals): Record<string, Record<string, number>> {
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
