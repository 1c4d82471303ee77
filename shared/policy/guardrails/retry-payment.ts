import type { InvoicePaymentView, PaymentSnapshot } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";
import { strictest } from "../declines.ts";
import type { Guardrails } from "../document.ts";
import { isPaid, owedMinor } from "../owed.ts";
import { maxStepsOf } from "../retry-schedule.ts";
import { AGREEMENT, COLLECTION } from "./collection.ts";
import { confidence, fourEyes } from "./payment.ts";
import { allow, escalate, type GuardedContext, type GuardedProposal, leave, type Rule, type Verdict } from "./rule.ts";

/** Whether it is owed is the invoice's to say; whether it may be tried now, the state of the payment that is tried. */
function isStillOwed(payment: PaymentSnapshot): Verdict {
  const { invoice, invoiceState, status } = payment;
  if (isPaid(payment)) return leave("paid in the meantime");
  if (invoiceState !== null && invoiceState.status !== "open") return leave(`the invoice is ${invoiceState.status}`);
  switch (status) {
    case "unpaid":
      return besideIt(payment) ?? allow("still owed");
    case "paid":
      return besideIt(payment) ?? allow("a part of the invoice was paid, and the rest is still owed");
    case "processing":
      return leave("the provider is collecting it already");
    case "canceled":
      return leave("the payment was cancelled");
    case "held":
      return invoice === null ? leave("the money is held already") : escalate("the money of an open invoice is held");
    case "needs_action":
      return escalate("the customer must do something before it can be paid");
    case "other":
      return escalate("the payment is in a state that is not known");
  }
}

/** A try pays through the invoice's default payment, and the provider does not end another one that is on its way. */
function besideIt({ payment, invoiceState }: PaymentSnapshot): Verdict | null {
  const isOver = ({ status }: InvoicePaymentView): boolean => status === "paid" || status === "canceled";
  const other = (invoiceState?.payments ?? []).find((one) => one.payment !== payment && !isOver(one));
  if (other === undefined) return null;
  return escalate(
    `${other.payment ?? "another payment"} may pay the invoice as well: it is ${other.status} beside ours`,
  );
}

/** A try takes all that is owed, whatever was asked for. Another sum than was granted is a person's. */
function isAmountOwed(
  { amountMinor, extent }: GuardedProposal,
  { firstGrant, stated }: GuardedContext,
  payment: PaymentSnapshot,
): Verdict {
  const owed = owedMinor(payment);
  if (owed === null) return escalate("what is owed was not read");
  const money = (minor: number): string => formatMoney({ amountMinor: minor, currency: payment.currency });
  if (owed <= 0) return leave("nothing is owed any more");
  // Less is owed where a part came in since. More, or other money, was never asked of this customer.
  if (stated !== null && (stated.amountMinor < owed || stated.currency !== payment.currency))
    return escalate(`the event says ${formatMoney(stated)} failed, and ${money(owed)} is owed now`);
  if (amountMinor === owed) return allow(`${money(owed)} is owed`);
  if (extent === "part" && amountMinor === null) return escalate("a part is meant, and a try takes all that is owed");
  if (amountMinor === null)
    return firstGrant
      ? { verdict: "lower", amountMinor: owed, reason: `${money(owed)} is owed` }
      : escalate("a granted retry has an amount");
  return escalate(
    `${money(amountMinor)} was ${firstGrant ? "asked for" : "granted"}, and ${money(owed)} is owed now: a try would take that`,
  );
}

/** All tries at one payment count together, for whichever of its failures they were made. */
function hasTriesLeft(
  _proposal: GuardedProposal,
  { firstGrant, step, triesForOthers, policy }: GuardedContext,
  { method }: PaymentSnapshot,
): Verdict {
  if (triesForOthers === null)
    return firstGrant ? escalate("how often it was tried was not read") : allow("counted when it was granted");
  const most = method === "card" ? policy.retry.declinedMax : maxStepsOf(method, policy);
  const tries = triesForOthers + step;
  return tries <= most
    ? allow(`try ${tries} of at most ${most}`)
    : escalate(
        `policy allows ${most} tries at a payment with this method, and this is number ${tries}: ask the customer for another way to pay`,
      );
}

/**
 * The decline that was judged is of one method, and the provider charges the one that stands first now. What the customer
 * agreed to for a payment without an invoice, AGREEMENT says.
 */
function isMethodTried({ invoice, invoiceState, triedMethod }: PaymentSnapshot): Verdict {
  if (invoice === null) return allow("no invoice: its customer's agreement decides");
  const method = invoiceState?.method ?? null;
  if (method === null) return escalate("which payment method would be charged is not known");
  if (triedMethod === null) return escalate(`${method} would be charged, and which one was tried is not known`);
  return method === triedMethod
    ? allow(`${method} was tried`)
    : escalate(`${triedMethod} was tried, and ${method} would be charged: the customer may have changed it`);
}

export const RETRY_PAYMENT: readonly Rule<PaymentSnapshot>[] = [
  { rule: "still_owed", check: (_proposal, _context, payment) => isStillOwed(payment) },
  COLLECTION,
  AGREEMENT,
  {
    rule: "network_rules",
    check: (_proposal, { decline, firstGrant, now, policy }, payment) => {
      // What the event said was judged with the first grant.
      if (!firstGrant && payment.decline === null) return allow("no newer decline");
      const { declineClass, code, isKnown } = strictest(payment.decline, decline);
      // It is left to the provider by the next rule: no person needs to know why.
      if (!isKnown && plansItsOwn(payment, now, policy)) return allow("not for us to try");
      if (code === null) return escalate("nobody says why it was declined");
      if (!isKnown) return escalate(`${code} is not a code that may be tried again, as far as we know`);
      switch (declineClass) {
        case "soft":
          return allow(`${code} may be tried again`);
        case "needs_customer":
          return escalate(`${code}: the customer must act before another try can succeed`);
        case "never":
          return escalate(`${code}: the card network, the bank or the provider forbids another try`);
      }
    },
  },
  {
    rule: "provider_retries",
    check: (_proposal, { now, policy }, payment) => {
      const at = payment.invoiceState?.nextAttemptAt ?? null;
      if (at === null) return allow("the provider plans no try of its own");
      const time = new Date(at).toISOString();
      if (at > now) return leave(`the provider will try again by itself at ${time}`);
      return plansItsOwn(payment, now, policy)
        ? leave(`the provider's own try of ${time} may be on its way`)
        : escalate(`the provider planned a try of its own at ${time}, and does not say what became of it`);
    },
  },
  { rule: "retries_left", check: hasTriesLeft },
  { rule: "amount_owed", check: isAmountOwed },
  { rule: "method_tried", check: (_proposal, _context, payment) => isMethodTried(payment) },
  {
    rule: "confidence",
    check: (proposal, { policy }, payment) =>
      confidence(proposal, payment, policy.retry.mediumConfidenceMaxUsdCents, policy),
  },
  {
    rule: "four_eyes",
    check: (proposal, { policy }, payment) => fourEyes(proposal, payment, policy.retry.fourEyesAboveUsdCents, policy),
  },
];

function plansItsOwn({ invoiceState }: PaymentSnapshot, now: number, { retry }: Pick<Guardrails, "retry">): boolean {
  const at = invoiceState?.nextAttemptAt ?? null;
  return at !== null && now - at <= retry.providerTryMs;
}
