/** Sentences for the people who read cases. */
import type { PaymentEvent } from "../../contracts/event.ts";
import type { FactKind } from "../../contracts/facts.ts";
import type { RefundView } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";

/** "2026-12-01 10:30 UTC". */
export const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

export const listed = (...parts: (string | null | undefined)[]): string =>
  parts.filter((part) => part !== null && part !== undefined && part !== "").join(", ");

export const moneyIn = ({ amountMinor, currency }: PaymentEvent): string | null =>
  amountMinor === undefined || currency === undefined ? null : formatMoney({ amountMinor, currency });

const SHOWN = 5;

/** What was given back before, by whomever, with the action where it was ours. */
export function sayRefunds(refunds: readonly RefundView[]): string {
  const given = refunds.filter(({ status }) => status !== "failed" && status !== "canceled");
  if (given.length === 0) return "Nothing of the payment was refunded before.";
  const shown = given.slice(0, SHOWN).map(({ id, amountMinor, currency, status, actionId, createdAt }) => {
    const whose = listed(id, actionId, status === "succeeded" ? null : status);
    return `${formatMoney({ amountMinor, currency })} on ${day(createdAt)} (${whose})`;
  });
  const more = given.length > SHOWN ? `, and ${given.length - SHOWN} more` : "";
  return `Refunded before: ${shown.join("; ")}${more}.`;
}

/** What happened, of a fact without a course: what it is, to what, and what a person can do about it. */
export function sayFact(fact: FactKind, event: PaymentEvent, desk: string): string {
  const { payment, charge, invoice, subscription, customer, object, dispute, account } = event;
  const what = listed(moneyIn(event), event.declineCode ?? event.circumstance);
  const of = (said: string, ...ids: (string | undefined)[]): string => {
    const about = ids.find((id) => id !== undefined);
    return listed(about === undefined ? said : `${said} (${about})`, what);
  };
  switch (fact) {
    case "early_fraud_warning":
      return `${of("an early fraud warning", dispute)} about ${charge ?? payment ?? "a charge"}: refund it before it becomes a dispute, or leave it`;
    case "review":
      return `${of("a review was opened", dispute)} of ${payment ?? charge ?? "a payment"}: approve or refund it in ${desk}`;
    case "failed_charge":
      return `${of("a charge failed", charge)}, and it belongs to no payment and no invoice, so that nothing tries it again: ask the customer ${customer ?? ""}`.trim();
    case "failed_capture":
      return `${of("a capture failed", object)} of ${payment ?? "a payment"}: the money was not collected; see in ${desk} whether it can be captured again`;
    case "expired_hold":
      return `${of("a held authorisation ran out", charge)} of ${payment ?? "a payment"}: what was not collected of it before cannot be any more without a new payment`;
    case "failed_checkout":
      return `${of("a payment by a checkout failed after the customer had left", object)}: tell the customer ${customer ?? ""}`.trim();
    case "failed_finalization":
      return `${of("an invoice could not be finalised", invoice)}: it is not collected until it is corrected in ${desk}`;
    case "failed_payout":
      return `${of("a payout failed", object)}: correct the bank account in ${desk}; payouts may be stopped until then`;
    case "subscription_ended":
      return `a subscription${subscription === undefined ? "" : ` (${subscription})`} ended ${event.circumstance === "unpaid" ? "because it was not paid" : "for a reason that is not known here"}: the customer ${customer ?? ""} may still owe for it`;
    case "mandate_ended":
      return of("a mandate ended", object);
    case "account_disconnected":
      return `${of("an account took back our access", object ?? account)}: nothing of it can be read or changed from here any more`;
    case "conflict":
      return event.text ?? "two contents came under one id, and what differs is not said";
    default:
      return listed(fact.replaceAll("_", " "), what);
  }
}
