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
    check: (_proposal, { decline }, payment) => {
      const { declineClass, code } = strictest(payment.decline, decline);
      switch (declineClass) {
        case "soft":
          return allow(code === null ? "no decline code" : `${code} may be tried again`);
        case "needs_customer":
          return escalate(`${code ?? "the provider's advice"}: the customer must act before another try can succeed`);
        case "never":
          return escalate(`${code ?? "the provider's advice"}: the card networks forbid another try`);
      }
    },
  },
  {
    rule: "provider_retries",
    check: (_proposal, { now }, payment) => {
      const at = payment.invoiceState?.nextAttemptAt ?? null;
      return at !== null && at > now
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
