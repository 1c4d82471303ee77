/** What was read at the provider when something became a case: for people, and to say later what has changed since. */
import { formatMoney } from "../core/money.ts";
import type { CaseSeen, SeenValue } from "./case-seen.ts";
import {
  isSubscription,
  type PaymentSnapshot,
  type RefundView,
  type Snapshot,
  type SubscriptionSnapshot,
} from "./provider.ts";

export type { CaseSeen };

/** The facts whose change voids what a person has decided, with their words. Amounts are in minor units of `currency`. */
const PAYMENT = {
  payment: "the payment",
  invoice: "the invoice",
  customer: "the customer",
  currency: "the currency",
  status: "the payment's status",
  amountMinor: "its amount",
  capturedMinor: "captured of it",
  capturableMinor: "left to capture",
  refundedMinor: "refunded of it",
  refunds: "its refunds that stand",
  disputes: "its disputes",
  destination: "the account that gets its money",
  invoiceStatus: "the invoice's status",
  owedMinor: "owed on the invoice",
  subscriptionStatus: "its subscription's status",
} as const;
const SUBSCRIPTION = {
  subscription: "the subscription",
  customer: "the customer",
  currency: "the currency",
  status: "the subscription's status",
  pause: "its pause",
  ends: "its end",
  prices: "its prices",
  isScheduled: "whether a schedule changes it",
  hasPendingUpdate: "whether a change of it waits for a payment",
  hasDiscount: "whether it has a discount",
  lowerPrice: "the lower price that policy names",
} as const;
const WORDS: Record<CaseSeen["of"], { readonly [name: string]: string }> = {
  payment: PAYMENT,
  subscription: SUBSCRIPTION,
};

type Facts<Names> = { [Name in keyof Names]: SeenValue };

export const seenOf = (snapshot: Snapshot): CaseSeen =>
  isSubscription(snapshot)
    ? { of: "subscription", facts: factsOfSubscription(snapshot) }
    : { of: "payment", facts: factsOfPayment(snapshot) };

function factsOfPayment(snapshot: PaymentSnapshot): Facts<typeof PAYMENT> {
  const { payment, invoice, customer, currency, status, amountMinor, capturedMinor, capturableMinor } = snapshot;
  const { refundedMinor, refunds, disputes, destination, connect, invoiceState, subscription } = snapshot;
  return {
    payment,
    invoice,
    customer,
    currency,
    status,
    amountMinor,
    capturedMinor,
    capturableMinor,
    refundedMinor,
    refunds:
      refunds
        ?.filter(stands)
        .map(({ id, amountMinor: minor }) => `${id} ${minor}`)
        .sort() ?? null,
    disputes: disputes?.map((dispute) => `${dispute.id} ${dispute.status}`).sort() ?? null,
    destination: connect?.destination ?? destination,
    invoiceStatus: invoiceState?.status ?? null,
    owedMinor: invoiceState?.amountRemainingMinor ?? null,
    subscriptionStatus: subscription?.status ?? null,
  };
}

/** One that is settled meanwhile stands as before. */
const stands = ({ status }: RefundView): boolean => status !== "failed" && status !== "canceled";

function factsOfSubscription(snapshot: SubscriptionSnapshot): Facts<typeof SUBSCRIPTION> {
  const { subscription, customer, currency, status, pause, ends, items, isScheduled } = snapshot;
  const { hasPendingUpdate, hasDiscount, lowerPrice } = snapshot;
  return {
    subscription,
    customer,
    currency,
    status,
    pause: pause === null ? null : `${pause.behavior}${pause.endsByItself ? ", ends by itself" : ""}`,
    ends,
    prices: items.map(({ price, quantity }) => `${price.id} × ${quantity ?? "used"}`).sort(),
    isScheduled,
    hasPendingUpdate,
    hasDiscount,
    lowerPrice: lowerPrice === null ? null : `${lowerPrice.id} ${lowerPrice.amountMinor ?? "tiers"}`,
  };
}

/** What has changed since, a sentence each; none where nothing has, or where nothing was recorded before. */
export function changesOf(before: CaseSeen | null, now: CaseSeen): string[] {
  if (before === null) return [];
  if (before.of !== now.of) return [`what was a ${before.of} is a ${now.of} now`];
  // A fact that an earlier version did not record is not compared.
  return Object.entries(before.facts).flatMap(([name, was]) => {
    const is = now.facts[name] ?? null;
    if (isSame(was, is) || (was === null && READ_BY_SOME.includes(name))) return [];
    return [`${wordsOf(name, before)}: ${said(name, was, before)} before, ${said(name, is, now)} now`];
  });
}

export const NOT_SEEN = "What stood at the provider when this became a case was not recorded.";

/** For people, a fact each. */
export const saySeen = (seen: CaseSeen | null): string[] =>
  seen === null
    ? [NOT_SEEN]
    : Object.entries(seen.facts).map(([name, value]) => `${wordsOf(name, seen)}: ${said(name, value, seen)}`);

const wordsOf = (name: string, { of }: CaseSeen): string =>
  Object.hasOwn(WORDS[of], name) ? (WORDS[of][name] ?? name) : name;

/** Not every read shows these. Where one that shows them comes after one that does not, nothing has changed. */
const READ_BY_SOME: readonly string[] = ["invoice", "invoiceStatus", "owedMinor", "subscriptionStatus"];

/** A list that was not read, and that is empty now that it was, shows nothing that a person had to know. */
const isSame = (was: SeenValue, is: SeenValue): boolean =>
  JSON.stringify(was) === JSON.stringify(is) || (was === null && Array.isArray(is) && is.length === 0);

function said(name: string, value: SeenValue, { facts: { currency } }: CaseSeen): string {
  if (value === null) return "none known";
  if (typeof value === "number" && name.endsWith("Minor") && typeof currency === "string")
    return formatMoney({ amountMinor: value, currency });
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string" || typeof value === "number") return String(value);
  return value.length === 0 ? "none" : value.join(", ");
}
