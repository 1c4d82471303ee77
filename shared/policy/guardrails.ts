import type { ActionKind, Variant } from "../contracts/actions.ts";
import type { GuardrailVerdict } from "../contracts/decision.ts";
import type { RuleName } from "../contracts/rules.ts";
import { formatMoney } from "../core/money.ts";
import { strictest } from "./declines.ts";
import { POLICY, roughUsdCents } from "./policy.ts";

/** What the guardrails are told of the payment: the provider's words, as `resolve` or the executor's read brought them. */
export type PaymentFacts = {
  mode: string;
  currency: string;
  customer: string | null;
  status: string;
  capturedMinor: number;
  capturableMinor: number;
  refundedMinor: number;
  capturedAt: number | null;
  disputed: boolean;
  riskLevel: string | null;
  declineCode: string | null;
  adviceCode: string | null;
  invoiceState: { status: string; amountRemainingMinor: number; nextAttemptAt: number | null } | null;
};

export type GuardedProposal = {
  kind: ActionKind;
  variant: Variant | null;
  /** Null: what remains. */
  amountMinor: number | null;
  currency: string | null;
  confidence: "low" | "medium" | "high";
  /** Who proposed it. The confidence floors are skipped for a proposal from outside; nobody asked its confidence. */
  by: "agent" | "outside";
  /** Amounts that code found in the text or the event, in minor units; null where there was nothing to look in. */
  knownAmounts: readonly { amountMinor: number; currency: string | null }[];
  /** What the text says of money and code cannot read exactly, in the text's words. */
  doubtfulAmounts?: readonly string[];
};

export type GuardedContext = {
  mode: string;
  /** Given by the sender; the payment must be theirs. */
  customer: string | null;
  declineCode: string | null;
  adviceCode: string | null;
  payment: PaymentFacts | null;
  /** Refunds of ours on this payment that are decided and not yet settled. */
  reservedMinor: number;
  now: number;
  /** `lower` is possible only before the first grant; afterwards allow or escalate. */
  firstGrant: boolean;
};

export type Guarded = {
  result:
    | { kind: "allow"; amountMinor: number | null }
    | { kind: "escalate"; reason: string }
    | { kind: "leave"; reason: string };
  verdicts: GuardrailVerdict[];
};

type Verdict =
  | { verdict: "allow" | "escalate" | "leave"; reason: string }
  | { verdict: "lower"; amountMinor: number; reason: string };
type Rule = {
  rule: RuleName;
  check(proposal: GuardedProposal, context: GuardedContext, payment: PaymentFacts): Verdict;
};

const allow = (reason: string): Verdict => ({ verdict: "allow", reason });
const escalate = (reason: string): Verdict => ({ verdict: "escalate", reason });
const leave = (reason: string): Verdict => ({ verdict: "leave", reason });

/** Order matters: what a person should hear first comes first. The first escalation ends it. */
const COMMON: readonly Rule[] = [
  {
    rule: "mode",
    check: (_proposal, { mode }, payment) =>
      payment.mode === mode
        ? allow(`both ${mode}`)
        : escalate(`the payment is ${payment.mode}, this system works in ${mode} mode`),
  },
  {
    rule: "currency",
    check: ({ currency }, _context, payment) =>
      currency === null || currency === payment.currency
        ? allow(payment.currency)
        : escalate(`asked for ${currency.toUpperCase()}, but the payment is in ${payment.currency.toUpperCase()}`),
  },
  {
    rule: "customer",
    check: (_proposal, { customer }, payment) =>
      customer === null || customer === payment.customer
        ? allow("same customer")
        : escalate(`the payment belongs to ${payment.customer ?? "no customer"}, not to ${customer}`),
  },
  {
    rule: "dispute",
    check: (_proposal, _context, payment) =>
      payment.disputed ? escalate("the charge is disputed: the money is already with the bank") : allow("not disputed"),
  },
];

const isNamed = (
  asked: number,
  knownAmounts: GuardedProposal["knownAmounts"],
  { currency }: Pick<PaymentFacts, "currency">,
): boolean =>
  knownAmounts.some((one) => one.amountMinor === asked && (one.currency === null || one.currency === currency));

const REFUND: readonly Rule[] = [
  {
    rule: "amount_known",
    check: ({ amountMinor, knownAmounts, doubtfulAmounts = [] }, _context, payment) => {
      const [doubtful] = doubtfulAmounts;
      if (doubtful !== undefined) return escalate(`an amount in the text cannot be read exactly: "${doubtful}"`);
      const left = payment.capturedMinor - payment.refundedMinor;
      if (knownAmounts.length === 0 && (amountMinor === null || amountMinor === left))
        return allow("no amount was named: what remains");
      // Where an amount was named, "everything" is right only if it is that amount.
      if (isNamed(amountMinor ?? left, knownAmounts, payment)) return allow("the amount that was named");
      const asked = formatMoney({ amountMinor: Math.max(0, amountMinor ?? left), currency: payment.currency });
      return escalate(
        knownAmounts.length === 0
          ? `nobody named the amount ${asked}, nor is it what remains`
          : `${asked} is not the amount that was named`,
      );
    },
  },
  {
    rule: "captured",
    check: ({ amountMinor }, { reservedMinor, firstGrant }, payment) => {
      const left = payment.capturedMinor - payment.refundedMinor - reservedMinor;
      const money = (amount: number) => formatMoney({ amountMinor: Math.max(0, amount), currency: payment.currency });
      if (left <= 0)
        return escalate(
          `nothing is left to refund: ${money(payment.capturedMinor)} captured, ${money(payment.refundedMinor)} refunded, ${money(reservedMinor)} on its way`,
        );
      if (amountMinor === null)
        return firstGrant
          ? { verdict: "lower", amountMinor: left, reason: `what remains is ${money(left)}` }
          : escalate("a granted refund has an amount");
      if (amountMinor === 0) return escalate("a refund of nothing");
      return amountMinor <= left
        ? allow(`${money(amountMinor)} of ${money(left)} left`)
        : escalate(`${money(amountMinor)} asked for, only ${money(left)} left`);
    },
  },
  {
    rule: "window",
    check: (_proposal, { now }, payment) =>
      payment.capturedAt !== null && now - payment.capturedAt <= POLICY.refund.windowMs
        ? allow("captured within the refund window")
        : escalate("the payment is older than the refund window"),
  },
  {
    rule: "confidence",
    check: (proposal, _context, payment) => confidence(proposal, payment, POLICY.refund.mediumConfidenceMaxUsdCents),
  },
  {
    rule: "four_eyes",
    check: (proposal, _context, payment) => fourEyes(proposal, payment, POLICY.refund.fourEyesAboveUsdCents),
  },
];

/** https://docs.stripe.com/radar/risk-evaluation#risk-outcomes */
const RISKY = new Set(["elevated", "highest"]);

const AUTHORIZE: readonly Rule[] = [
  {
    rule: "capturable",
    check: ({ variant, amountMinor, knownAmounts }, _context, payment) => {
      if (payment.status !== "requires_capture")
        return leave(`the payment is ${payment.status}: there is nothing to capture or release`);
      if (variant === "release") return allow("a held authorisation may always be released");
      if (amountMinor === null)
        return { verdict: "lower", amountMinor: payment.capturableMinor, reason: "all that was authorised" };
      // A capture is final: what is not captured goes back to the customer.
      if (amountMinor !== payment.capturableMinor && !isNamed(amountMinor, knownAmounts, payment))
        return escalate("the amount stands neither in the request nor in the event, nor is it all that was authorised");
      return amountMinor > 0 && amountMinor <= payment.capturableMinor
        ? allow("within what was authorised")
        : escalate(
            `${formatMoney({ amountMinor, currency: payment.currency })} asked for, ${formatMoney({ amountMinor: payment.capturableMinor, currency: payment.currency })} authorised`,
          );
    },
  },
  {
    rule: "risk",
    check: ({ variant }, _context, { riskLevel }) =>
      variant !== "release" && riskLevel !== null && RISKY.has(riskLevel)
        ? escalate(`the provider's fraud score is ${riskLevel}: not captured without a person`)
        : allow(`fraud score: ${riskLevel ?? "none"}`),
  },
  {
    rule: "confidence",
    check: (proposal, _context, payment) => confidence(proposal, payment, POLICY.authorize.mediumConfidenceMaxUsdCents),
  },
  {
    rule: "four_eyes",
    check: (proposal, _context, payment) => fourEyes(proposal, payment, POLICY.authorize.fourEyesAboveUsdCents),
  },
];

const RETRY: readonly Rule[] = [
  {
    rule: "still_owed",
    check: (_proposal, _context, payment) => {
      if (payment.invoiceState?.status === "paid" || payment.status === "succeeded")
        return leave("paid in the meantime");
      if (payment.invoiceState && payment.invoiceState.status !== "open")
        return leave(`the invoice is ${payment.invoiceState.status}`);
      if (payment.status === "canceled") return leave("the payment was cancelled");
      return allow("still owed");
    },
  },
  {
    rule: "network_rules",
    check: (_proposal, { declineCode, adviceCode }, payment) => {
      const { declineClass, code } = strictest(payment, { declineCode, adviceCode });
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

const RULES: Record<ActionKind, readonly Rule[] | null> = {
  refund: REFUND,
  authorize: AUTHORIZE,
  retryPayment: RETRY,
  pause: null,
  downgrade: null,
  resume: null,
  escalate: null,
};

/** Every proposal passes here, and every grant again before it is renewed or executed. Pure; `context.now` is the clock. */
export function guard(proposal: GuardedProposal, context: GuardedContext): Guarded {
  const rules = RULES[proposal.kind];
  if (rules === null) return refused("executor", `${proposal.kind} has no executor yet: a person carries it out`);
  if (context.payment === null) return refused("payment_known", "no payment was found for it");
  const verdicts: GuardrailVerdict[] = [{ rule: "payment_known", verdict: "allow", reason: "found at the provider" }];
  let amountMinor = proposal.amountMinor;
  for (const { rule, check } of [...COMMON, ...rules]) {
    const said = check({ ...proposal, amountMinor }, context, context.payment);
    verdicts.push({ rule, verdict: said.verdict === "leave" ? "allow" : said.verdict, reason: said.reason });
    if (said.verdict === "escalate" || said.verdict === "leave") {
      return { result: { kind: said.verdict, reason: said.reason }, verdicts };
    }
    if (said.verdict === "lower") amountMinor = said.amountMinor;
  }
  return { result: { kind: "allow", amountMinor }, verdicts };
}

function refused(rule: RuleName, reason: string): Guarded {
  return { result: { kind: "escalate", reason }, verdicts: [{ rule, verdict: "escalate", reason }] };
}

function confidence(
  { by, confidence: given, amountMinor }: GuardedProposal,
  { currency }: PaymentFacts,
  mediumMaxUsdCents: number,
): Verdict {
  if (by !== "agent") return allow("not asked of an outside proposal");
  if (given === "high") return allow("high");
  const cents = amountMinor === null ? 0 : roughUsdCents(amountMinor, currency);
  if (given === "medium" && cents <= mediumMaxUsdCents) return allow("medium, and the amount is small");
  return escalate(given === "low" ? "the agent is not sure" : "medium confidence is not enough for this amount");
}

function fourEyes({ amountMinor }: GuardedProposal, { currency }: PaymentFacts, aboveUsdCents: number): Verdict {
  const cents = amountMinor === null ? 0 : roughUsdCents(amountMinor, currency);
  return cents > aboveUsdCents
    ? escalate(`above the four-eyes threshold (about ${aboveUsdCents / 100} USD)`)
    : allow("below the four-eyes threshold");
}
