import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { strictest } from "../declines.ts";
import { allow, escalate, leave, type Rule } from "./rule.ts";

export const RETRY_PAYMENT: readonly Rule<PaymentSnapshot>[] = [
  {
    rule: "still_owed",
    check: (_proposal, _context, payment) => {
      if (payment.invoiceState?.status === "paid" || payment.status === "paid") return leave("paid in the meantime");
      if (payment.invoiceState && payment.invoiceState.status !== "open")
        return leave(`the invoice is ${payment.invoiceState.status}`);
      if (payment.status === "canceled") return leave("the payment was cancelled");
      return allow("still owed");
    },
  },
  {
    rule: "network_rules",
    check: (_proposal, { decline, firstGrant, now }, payment) => {
      // What the event said was judged with the first grant.
      if (!firstGrant && payment.decline === null) return allow("no newer decline");
      const { declineClass, code, isKnown } = strictest(payment.decline, decline);
      // It is left to the provider by the next rule: no person needs to know why.
      if (!isKnown && plansItsOwn(payment, now)) return allow("not for us to try");
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
    check: (_proposal, { now }, payment) => {
      const at = payment.invoiceState?.nextAttemptAt ?? null;
      return at !== null && plansItsOwn(payment, now)
        ? leave(`the provider will try again by itself at ${new Date(at).toISOString()}`)
        : allow("the provider plans no try of its own");
    },
  },
  {
    rule: "confidence",
    check: ({ by, confidence: given }) =>
      by === "agent" && given === "low" ? escalate("low confidence") : allow(given),
  },
];

function plansItsOwn({ invoiceState }: PaymentSnapshot, now: number): boolean {
  const at = invoiceState?.nextAttemptAt ?? null;
  return at !== null && at > now;
}
