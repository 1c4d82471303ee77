import type { KindsOn } from "../../contracts/actions.ts";
import type { PriceView, SubscriptionSnapshot, SubscriptionStatus } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { isLowerPrice, lowerPriceOf } from "../downgrades.ts";
import { amountHasCurrency, requesterOwns } from "./asked.ts";
import { allow, escalate, leave, type Rule, type Verdict } from "./rule.ts";

type SubscriptionRule = Rule<SubscriptionSnapshot>;

/** The statuses in which a subscription may be changed without a person. */
const RUNNING: readonly SubscriptionStatus[] = ["active", "trialing", "past_due"];

/** Mode and whose it is are checked before all other rules. */
const OWNERSHIP: readonly SubscriptionRule[] = [
  {
    rule: "mode",
    check: (_proposal, { mode }, { mode: its }) =>
      its === mode ? allow(`both ${mode}`) : escalate(`the subscription is ${its}, this system works in ${mode} mode`),
  },
  {
    rule: "requester",
    check: (_proposal, context, { customer: its }) => requesterOwns(context, its, "subscription"),
  },
  {
    rule: "customer",
    check: (_proposal, { customer }, { customer: its }) =>
      customer === null || customer === its
        ? allow("same customer")
        : escalate(`the subscription belongs to ${its ?? "no customer"}, not to ${customer}`),
  },
  {
    rule: "currency",
    check: amountHasCurrency,
  },
];

/** The rules of every change. Statuses: https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses */
const CHANGEABLE: readonly SubscriptionRule[] = [
  {
    rule: "status",
    check: (_proposal, _context, { status }) =>
      RUNNING.includes(status) ? allow(status) : escalate(`the subscription is ${status}: a person decides`),
  },
  {
    rule: "schedule",
    check: (_proposal, _context, { isScheduled }) =>
      isScheduled ? escalate("a schedule manages the subscription: change the schedule instead") : allow("no schedule"),
  },
  {
    rule: "pending_update",
    check: (_proposal, _context, { hasPendingUpdate }) =>
      hasPendingUpdate ? escalate("a change of it still waits for a payment") : allow("no change waits"),
  },
  {
    rule: "one_item",
    check: (_proposal, _context, { items }) =>
      items.length === 1
        ? allow("one item")
        : escalate(`it has ${items.length} items: a person decides which is meant`),
  },
  {
    rule: "confidence",
    check: ({ by, confidence }) =>
      by !== "agent" || confidence === "high" ? allow(confidence) : escalate("the agent is not sure"),
  },
];

/** The rules of a change: ownership, whether it was made already, whether a change is allowed, and those of the kind. */
const change = (already: SubscriptionRule["check"], ...more: SubscriptionRule[]): readonly SubscriptionRule[] => [
  ...OWNERSHIP,
  { rule: "already", check: already },
  ...CHANGEABLE,
  ...more,
];

const ENDING: SubscriptionRule = {
  rule: "already",
  check: (_proposal, _context, { ends }) =>
    ends === null ? allow("it goes on") : escalate("the subscription is to end by itself: a person decides"),
};

const PAUSE = change(({ variant }, { firstGrant, changes, policy }, { pause, status }) => {
  if (status === "ended") return escalate("the subscription has ended");
  const behavior = variant ?? policy.variants.pause;
  if (pause === null) return allow("not paused");
  if (pause.endsByItself) return escalate("the subscription is paused already, and only until a date");
  // A pause that a failed payment caused does not end collecting what is owed; one that is asked for does, so it has a row.
  if (firstGrant && pause.behavior === behavior && changes?.pausedByFailure?.behavior === behavior)
    return allow("paused because a payment failed, and now it is asked for");
  return pause.behavior === behavior
    ? leave("the subscription is paused already")
    : escalate(`the subscription is paused already, and its invoices are treated otherwise (${pause.behavior})`);
}, ENDING);

/** A subscription with the *status* paused needs another call, which may collect money at once: a person does that. */
const RESUME = change((_proposal, _context, { pause, status }) => {
  if (status === "ended") return escalate("the subscription has ended");
  if (status === "paused") return escalate("the subscription itself is paused: resuming it may collect at once");
  return pause === null ? leave("the subscription is not paused") : allow("paused");
});

const DOWNGRADE = change(
  (_proposal, { policy }, { items, status }) => {
    if (status === "ended") return escalate("the subscription has ended");
    const price = items.length === 1 ? items[0]?.price.id : undefined;
    return price !== undefined && lowerPriceOf(price, policy) === null && isLowerPrice(price, policy)
      ? leave("the subscription is at the lower price already")
      : allow("not at the lower price");
  },
  ENDING,
  { rule: "lower_price", check: lowerPrice },
);

/** At period end unless policy says otherwise: what was paid for is had. */
const CANCEL = change(({ variant }, _context, { status, ends }) => {
  if (status === "ended") return leave("the subscription has ended already");
  if (ends === null || variant === "at_once") return allow("it goes on");
  return ends === "at_period_end"
    ? leave("the subscription ends with its period already")
    : escalate("the subscription is to end at another date already");
});

/** The price that policy names exists, is for sale, and is lower in the same currency and interval. */
function lowerPrice(
  { amountMinor, currency: asked }: Parameters<SubscriptionRule["check"]>[0],
  { firstGrant, policy }: Parameters<SubscriptionRule["check"]>[1],
  seen: SubscriptionSnapshot,
): Verdict {
  const { items, currency, lowerPrice: lower } = seen;
  const present = items[0]?.price;
  const named = present === undefined ? null : lowerPriceOf(present.id, policy);
  if (present === undefined || named === null)
    return escalate(`policy names no lower price for ${present?.id ?? "a subscription without an item"}`);
  if (lower === null)
    return escalate(`${named}, which policy names as the lower price, does not exist at the provider`);
  if (lower.id !== named) return escalate(`policy names ${named}, and ${lower.id} was read`);
  const costs = compared(lower, present, seen);
  if (!costs.ok) return escalate(costs.error);
  const price = formatMoney({ amountMinor: costs.value, currency });
  // Whoever asks need not name the amount; a decision has it.
  const wantedMinor = firstGrant ? (amountMinor ?? costs.value) : amountMinor;
  if (wantedMinor !== costs.value || (asked ?? currency) !== currency)
    return escalate(`${named} costs ${price} now, and another amount was named or decided`);
  return firstGrant
    ? { verdict: "lower", amountMinor: costs.value, reason: `${named}: ${price}` }
    : allow(`${named}: ${price}`);
}

/** What the lower price costs; or why nobody can say that this subscription would pay less. */
function compared(
  lower: PriceView,
  present: PriceView,
  { currency, hasDiscount }: SubscriptionSnapshot,
): Result<number, string> {
  if (!lower.isActive) return err(`${lower.id}, which policy names as the lower price, is not for sale any more`);
  // A price may have further currencies, and the subscription be in one of them: then neither amount is what it pays.
  const other = [lower, present].find((price) => price.currency !== currency);
  if (other !== undefined)
    return err(`${other.id} is in ${other.currency.toUpperCase()}, the subscription in ${currency.toUpperCase()}`);
  if (lower.interval === null || lower.interval !== present.interval)
    return err(
      `${lower.id} is for ${lower.interval ?? "one payment"}, the subscription for ${present.interval ?? "none"}`,
    );
  if (hasDiscount) return err("it has a discount, which the lower price perhaps has not: a person compares them");
  if (lower.taxes !== present.taxes)
    return err(`taxes: ${lower.taxes ?? "unknown"} at ${lower.id}, ${present.taxes ?? "unknown"} at ${present.id}`);
  if (lower.amountMinor === null || present.amountMinor === null)
    return err(`${lower.id} or ${present.id} has no one amount: a person compares them`);
  if (lower.amountMinor < present.amountMinor) return ok(lower.amountMinor);
  const money = (amountMinor: number): string => formatMoney({ amountMinor, currency });
  return err(
    `${lower.id} (${money(lower.amountMinor)}) is not lower than ${present.id} (${money(present.amountMinor)})`,
  );
}

/** The rules of each change, in their order. */
export const ON_SUBSCRIPTION: { readonly [Kind in KindsOn<"subscription">]: readonly SubscriptionRule[] } = {
  pause: PAUSE,
  resume: RESUME,
  downgrade: DOWNGRADE,
  cancel: CANCEL,
};
