/** What ends collecting: of an invoice and its subscription, and of a payment without an invoice. */
import type {
  Collection,
  PaymentSnapshot,
  SubscriptionSnapshot,
  SubscriptionStatus,
} from "../../contracts/provider.ts";
import { DAY_MS } from "../../core/time.ts";
import type { OwnChanges } from "../own-changes.ts";
import { allow, escalate, type GuardedContext, leave, type Rule, type Verdict } from "./rule.ts";

/** Every other status is a person's. https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses */
const COLLECTED: readonly SubscriptionStatus[] = ["active", "past_due"];
/** Nothing may be collected for them any more: the end is final, and a first invoice is the customer's to pay. */
const NOT_COLLECTED: readonly SubscriptionStatus[] = ["ended", "incomplete"];

export const COLLECTION: Rule<PaymentSnapshot> = {
  rule: "collection",
  check: (_proposal, { changes }, { invoice, invoiceState, subscription }) => {
    if (invoice === null) return allow("no invoice: its customer's agreement decides");
    if (invoiceState === null) return escalate(`what the provider says of ${invoice} was not read`);
    const sent = byWhomPaid("invoice", invoiceState.collection);
    if (sent !== null) return sent;
    const { isAutomatic, isAttempted } = invoiceState;
    if (invoiceState.subscription === null)
      return isAutomatic
        ? allow("an invoice without a subscription")
        : escalate("the provider does not collect the invoice by itself, and no subscription says that it is owed");
    if (subscription === null || subscription.subscription !== invoiceState.subscription)
      return escalate(`the subscription ${invoiceState.subscription} of the invoice was not read`);
    const ended = endOf(subscription, invoice, changes);
    if (ended !== null) return ended;
    return isAutomatic || isAttempted
      ? allow(`the subscription is ${subscription.status}`)
      : escalate("the provider does not collect the invoice by itself, and has never tried to");
  },
};

function byWhomPaid(whose: string, collection: Collection): Verdict | null {
  if (collection === "charged") return null;
  return collection === "sent_by_customer"
    ? leave(`the customer sends the money for this ${whose}: nothing is charged`)
    : escalate(`how the ${whose} is collected is not known`);
}

/** Why nothing is collected for this subscription, or only by a person; null where it goes on. */
function endOf(seen: SubscriptionSnapshot, invoice: string, changes: GuardedContext["changes"]): Verdict | null {
  const { subscription, status, collection, pause } = seen;
  if (NOT_COLLECTED.includes(status))
    return leave(`the subscription ${subscription} is ${status}: it collects no more`);
  const sent = byWhomPaid("subscription", collection);
  if (sent !== null) return sent;
  if (changes === undefined || changes === null)
    return escalate(`whether we were asked to pause ${subscription} was not read`);
  const paused = pause === null ? null : byPause(pause, invoice, changes);
  if (paused !== null) return paused;
  const { ending } = changes;
  if (ending !== null)
    return ending.withPerson
      ? escalate(`${ending.what} was asked for, and a person decides about it (${ending.id})`)
      : leave(`${ending.what} was asked for (${ending.id}): nothing is collected`);
  return COLLECTED.includes(status) ? null : escalate(`the subscription is ${status}: a person decides`);
}

/** A pause that the failed payment itself caused stops what comes, and not what is owed already: that one invoice. */
function byPause(
  { behavior, endsByItself }: NonNullable<SubscriptionSnapshot["pause"]>,
  invoice: string,
  { pausedByFailure, pausingByFailure }: OwnChanges,
): Verdict | null {
  const isOurs = pausedByFailure?.behavior === behavior && pausedByFailure.invoice === invoice && !endsByItself;
  if (isOurs) return null;
  return pausingByFailure === null
    ? leave(`collection is paused at the provider (${behavior})`)
    : escalate(
        `collection is paused, perhaps by our own pause for a failed payment, which is not over (${pausingByFailure})`,
      );
}

/**
 * A payment without an invoice is taken later only as its customer agreed: off session, with the method that was tried
 * (https://docs.stripe.com/payments/payment-intents#future-usage), and not for ever.
 */
export const AGREEMENT: Rule<PaymentSnapshot> = {
  rule: "agreement",
  check: (_proposal, { now, policy }, { invoice, agreement, createdAt, declinedAt }) => {
    if (invoice !== null) return allow("an invoice says what is owed");
    if (agreement === null) return escalate("what the customer agreed to was not read");
    const { isOffSession, method, isAttached, paidOtherwise } = agreement;
    if (!isOffSession)
      return leave("the payment does not say that the customer agreed to be charged later: they pay again themselves");
    if (paidOtherwise !== null)
      return escalate(
        `${paidOtherwise}, of the same customer and sum, came in since: look whether it paid the same order`,
      );
    const { oneOffMaxAgeMs } = policy.retry;
    // A payment may be made long before the customer first pays, or tries again.
    if (now - (declinedAt ?? createdAt) > oneOffMaxAgeMs)
      return leave(`its last try is older than ${oneOffMaxAgeMs / DAY_MS} days: nobody expects it any more`);
    if (method === null) return escalate("which payment method was tried is not known, and no other one was agreed to");
    return isAttached
      ? allow("agreed to be charged later, with the method that was tried")
      : escalate(`${method}, which was tried, is not attached to the customer: ask them for another way to pay`);
  },
};
