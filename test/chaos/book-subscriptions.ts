import type { RuleName } from "../../shared/contracts/rules.ts";
import type { ActionView } from "../../shared/contracts/views.ts";
import { actionIdOfProviderKey } from "../../shared/core/ids.ts";
import { NOTED_AS } from "../../simulators/day/index.ts";
import { PRICES } from "../../simulators/day/subscriptions.ts";
import type { SubscriptionChange } from "../../simulators/stripe/subscription-change.ts";
import { type AskedChange, changesIn } from "./changes.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";
import type { FullBooks } from "./outside.ts";

const unaccounted = broken("unaccounted");
const doubled = broken("doubleExecuted");

/** Each change that was asked for is made once or told to a person; nothing else is changed, and nothing after its end. */
export function changesBroken(evidence: Evidence): Broken[] {
  const made = changesIn(evidence.after);
  return [
    ...made.flatMap((change) => unexplained(change, evidence)),
    ...repeatedIn(made),
    ...evidence.acts.changes.flatMap((asked) => endedOtherwise(asked, made, evidence)),
  ];
}

const ENDED = ["canceled", "incomplete_expired"];

/** Every change has one action of ours behind it, which says that it did this. */
function unexplained(
  { subscription, change, idempotencyKey, statusBefore }: SubscriptionChange,
  { actions }: Evidence,
): Broken[] {
  const id = idempotencyKey === null ? null : actionIdOfProviderKey(idempotencyKey);
  const action = id === null ? undefined : actions.get(id)?.action;
  const what = `${change} of ${subscription}`;
  if (ENDED.includes(statusBefore)) return [unaccounted(id, `${what} was made when it was ${statusBefore}`)];
  if (action === undefined)
    return [unaccounted(id, `${what} belongs to no action (${idempotencyKey ?? "it names none"})`)];
  const expected = NOTED_AS[action.kind as AskedChange["change"]];
  if (expected === change && action.subscription === subscription) return [];
  return [unaccounted(id, `${what} was made; decided was ${action.kind} of ${action.subscription}`)];
}

/** No subscription of the day is asked to change twice in the same way, unless one of the two is to do nothing. */
function repeatedIn(made: readonly SubscriptionChange[]): Broken[] {
  const same = Map.groupBy(made, ({ subscription, change }) => `${change} of ${subscription}`);
  return [...same].flatMap(([what, changes]) =>
    changes.length === 1 ? [] : [doubled(changes[0]?.subscription ?? null, `${what} was made ${changes.length} times`)],
  );
}

/** Rules that read the subscription: of one that may be changed they have nothing to say. */
const OF_THE_SUBSCRIPTION: readonly RuleName[] = [
  "subscription_known",
  "one_subscription",
  "mode",
  "customer",
  "status",
  "schedule",
  "pending_update",
  "one_item",
  "lower_price",
  "already",
  "duplicate",
];

/**
 * Of two requests for one subscription the first to be decided is made. The stream is shuffled, so either may be first. Two
 * different changes are both made if a minute lies between them; clocks jump, so the book does not judge how much did.
 */
function endedOtherwise(asked: AskedChange, made: readonly SubscriptionChange[], evidence: Evidence): Broken[] {
  const { event, subscription, alsoNamed, change, expected } = asked;
  const about = event ?? subscription;
  const what = `${change} of ${subscription}`;
  const end = endOf(asked, evidence);
  // Other books report what has not ended, and what is a dead letter.
  if (end === null) return [];
  const others = evidence.acts.changes.filter((one) => one !== asked && one.subscription === subscription);
  const isFree = expected === "made" || others.some((one) => one.expected === "made");
  const isSo = made.some((one) => one.subscription === subscription && one.change === NOTED_AS[change]);
  const touched = made.filter(
    (one) => one.subscription === alsoNamed || (!isFree && one.subscription === subscription),
  );
  const isRight: Record<End["kind"], boolean> = {
    made: isFree && isSo,
    nothing: isFree ? isSo || others.some((one) => isOfRevokedKey(one, evidence)) : expected === "none",
    case: true,
  };
  const rule = end.kind === "case" && expected === "made" && others.length === 0 ? end.view.caseAbout?.rule : null;
  return [
    ...touched.map((one) => unaccounted(about, `${one.change} of ${one.subscription} was made, and nobody was to`)),
    ...(isRight[end.kind] ? [] : [unaccounted(about, `${what}: ${expected} was to be, and the end is ${end.kind}`)]),
    ...(rule != null && OF_THE_SUBSCRIPTION.includes(rule)
      ? [unaccounted(about, `${what} is a case by the rule ${rule}, and nothing forbids it`)]
      : []),
  ];
}

/** Whoever asked second was told that it was under way, and then its grant was nobody's any more: the case tells a person. */
function isOfRevokedKey(asked: AskedChange, evidence: Evidence): boolean {
  const end = endOf(asked, evidence);
  const kid = end?.kind === "case" ? end.view.grant?.kid : undefined;
  return evidence.acts.revokedKeys.some((key) => key.kid === kid);
}

type End = { kind: "made" | "nothing" } | { kind: "case"; view: ActionView };

function endOf({ event }: AskedChange, { traces, actions }: Evidence): End | null {
  const trace = event === null ? null : traces.get(event);
  const outcome = trace?.event.outcome ?? null;
  if (outcome?.kind === "none") return { kind: "nothing" };
  const view = outcome === null ? undefined : actions.get(outcome.actionId);
  if (view === undefined) return null;
  if (view.state === "case_open") return { kind: "case", view };
  if (view.state === "skipped") return { kind: "nothing" };
  return view.state === "succeeded" ? { kind: "made" } : null;
}

/** How the requests ended, for whoever reads the run: promises are easily kept by what does nothing. */
export function changesEnded(evidence: Evidence): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const asked of evidence.acts.changes) {
    const end = endOf(asked, evidence);
    const name = `change_${asked.expected}_ended_${end?.kind ?? "otherwise"}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Whether a subscription shows what an action that is called done did to it. */
export function shows({ action }: ActionView, { subscriptions }: Pick<FullBooks, "subscriptions">): boolean {
  const found = subscriptions.find(({ id }) => id === action.subscription);
  if (found === undefined) return false;
  const isSo: Record<AskedChange["change"], boolean> = {
    pause: found.pauseBehavior === action.variant,
    resume: found.pauseBehavior === null,
    downgrade: found.price === PRICES.basic.id,
    cancel: found.cancelAtPeriodEnd || ENDED.includes(found.status),
  };
  return isSo[action.kind as AskedChange["change"]];
}
