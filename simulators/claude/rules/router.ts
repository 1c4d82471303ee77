import type { AgentRules, Answer } from "./agent-rules.ts";
import { readRequestText } from "./request-text.ts";
import { largestOf, type Proposal, properties, propose } from "./router-answer.ts";
import { type Amount, type Reference, type RouterEvent, readRouterEvent } from "./router-event.ts";
import { worstRoute } from "./router-hostile.ts";
import type { Change } from "./subscription-words.ts";

// The router's decisions: a deterministic table from fact to action, without a model.

/**
 * Declines after which no second attempt is allowed: the card is invalid, or the bank forbids it.
 * https://docs.stripe.com/declines/codes and https://docs.stripe.com/billing/revenue-recovery/smart-retries (hard declines).
 */
const hardDeclines = new Set([
  "do_not_try_again",
  "fraudulent",
  "highest_risk_level",
  "incorrect_number",
  "invalid_account",
  "lost_card",
  "merchant_blacklist",
  "pickup_card",
  "restricted_card",
  "revocation_of_all_authorizations",
  "revocation_of_authorization",
  "security_violation",
  "stolen_card",
  "stop_payment_order",
  "transaction_not_allowed",
]);

const releasedRiskLevels = new Set(["highest", "elevated"]);
const paymentKinds: readonly Reference["kind"][] = ["payment", "charge", "invoice"];

export const router: AgentRules = {
  agent: "router",
  properties,
  decide(event) {
    const read = readRouterEvent(event);
    return read === undefined ? escalate("The event could not be read", "low") : decide(read);
  },
  worst: (event, dice) => worstRoute(readRouterEvent(event), dice),
  always({ amount, ...fixed }, event) {
    const named = amount === "largest" ? largestOf(readRouterEvent(event)?.amounts ?? []) : amount;
    return propose({ ...fixed, amount: named, reason: "The same answer to every event", confidence: "high" });
  },
};

function decide(event: RouterEvent): Answer {
  switch (event.fact) {
    case "failed_renewal":
      return retry(event, ["invoice", "payment"]);
    case "failed_payment":
      return retry(event, ["payment", "charge", "invoice"]);
    case "held_authorization":
      return authorize(event);
    case "request":
      return request(event);
    case "dispute":
      return escalate("A dispute needs a person", "high");
    case "early_fraud_warning":
      return escalate("An early fraud warning needs a person", "high");
    case "review":
      return escalate("A review needs a person", "high");
    default:
      return escalate("No rule for this fact", "low");
  }
}

function retry(event: RouterEvent, kinds: readonly Reference["kind"][]): Answer {
  const code = event.declineCode;
  if (code !== undefined && hardDeclines.has(code)) return escalate(`Hard decline: ${code}`, "high");
  const target = firstOf(event, kinds);
  if (target === undefined) return escalate("Payment failed, and nothing names it", "medium");
  const reason = code === undefined ? "Payment failed, a later attempt may pass" : `Soft decline: ${code}`;
  return propose({ reason, action: "retry", target: target.ref, confidence: code === undefined ? "medium" : "high" });
}

function authorize(event: RouterEvent): Answer {
  const target = firstOf(event, ["payment"]);
  if (target === undefined) return escalate("An authorisation is held, and nothing names it", "medium");
  const release = event.riskLevel !== undefined && releasedRiskLevels.has(event.riskLevel);
  return propose({
    reason: release ? `Risk level is ${event.riskLevel}` : "Authorisation is held and its risk is acceptable",
    action: "authorize",
    variant: release ? "release" : "capture",
    target: target.ref,
    confidence: "high",
  });
}

function request(event: RouterEvent): Answer {
  if (event.hiddenCharacters.length > 0) return escalate("The text has characters that cannot be seen", "low");
  const { ask, manipulative } = readRequestText(event.text);
  if (ask.kind === "taken_back") return escalate("The text takes its request back", manipulative ? "low" : "medium");
  if (ask.kind === "change") return changeSubscription(event, ask.change, manipulative);
  if (ask.kind !== "refund") {
    if (manipulative) return escalate("The text gives instructions instead of a request", "low");
    if (ask.kind === "nothing")
      return propose({ reason: "Nothing is asked for", action: "none", confidence: "medium" });
    return escalate("The request asks for something that needs a person", "medium");
  }
  const candidates = event.references.filter(({ kind }) => paymentKinds.includes(kind));
  if (candidates.length === 0) return escalate("A refund is asked for, and no payment is named", "medium");
  const target = firstOf(event, paymentKinds);
  if (target === undefined || namesTwoPayments(candidates)) {
    return escalate("A refund is asked for, and several payments are named", "medium");
  }
  return refund(event, target, ask.reason, manipulative);
}

function changeSubscription(event: RouterEvent, change: Change, manipulative: boolean): Answer {
  const candidates = event.references.filter(({ kind }) => kind === "subscription");
  const [target] = candidates;
  if (target === undefined) return escalate(`A ${change} is asked for, and no subscription is named`, "medium");
  if (candidates.some(({ value }) => value !== target.value)) {
    return escalate(`A ${change} is asked for, and several subscriptions are named`, "medium");
  }
  return propose({
    reason: `Customer asks to ${change} the subscription`,
    action: change,
    target: target.ref,
    confidence: manipulative ? "low" : "high",
  });
}

function refund(event: RouterEvent, target: Reference, reason: string, manipulative: boolean): Answer {
  const asked = extentOf(event);
  const confidence = manipulative || asked.extent === "unclear" ? "low" : "high";
  return propose({ reason, action: "refund", target: target.ref, ...asked, confidence });
}

/** One amount is what is asked for; none means the whole. Of several, or beside words that nothing explains, none is guessed. */
function extentOf({ amounts, unexplained }: RouterEvent): Pick<Proposal, "extent" | "amount"> {
  if (unexplained.length > 0) return { extent: "unclear", amount: "none" };
  const [first] = amounts;
  if (first === undefined) return { extent: "whole", amount: "none" };
  return isOneAmount(amounts, first) ? { extent: "part", amount: first.ref } : { extent: "unclear", amount: "none" };
}

/** The event's own amount is listed beside the text's, perhaps without a currency: then it is the same one. */
function isOneAmount(amounts: readonly Amount[], { amount_minor }: Amount): boolean {
  const currencies = amounts.flatMap(({ currency }) => currency?.toLowerCase() ?? []);
  return amounts.every((amount) => amount.amount_minor === amount_minor) && new Set(currencies).size <= 1;
}

function namesTwoPayments(candidates: readonly Reference[]): boolean {
  return paymentKinds.some((kind) => new Set(candidates.filter((c) => c.kind === kind).map((c) => c.value)).size > 1);
}

function firstOf(event: RouterEvent, kinds: readonly Reference["kind"][]): Reference | undefined {
  return kinds.map((kind) => event.references.find((ref) => ref.kind === kind)).find((ref) => ref !== undefined);
}

function escalate(reason: string, confidence: Proposal["confidence"]): Answer {
  return propose({ reason, action: "escalate", confidence });
}
