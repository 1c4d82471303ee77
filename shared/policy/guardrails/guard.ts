import { ACTIONS, type ExecutableKind, isExecutable, type TargetOf } from "../../contracts/actions.ts";
import type { GuardrailVerdict } from "../../contracts/decision.ts";
import { isOverridable } from "../../contracts/overridable.ts";
import { isSubscription, type Snapshot } from "../../contracts/provider.ts";
import type { RuleName } from "../../contracts/rules.ts";
import { AUTHORIZE } from "./authorize.ts";
import { ON_PAYMENT } from "./payment.ts";
import { REFUND } from "./refund.ts";
import { RETRY_PAYMENT } from "./retry-payment.ts";
import type { Guarded, GuardedContext, GuardedProposal, Rule, SnapshotFor, Verdict } from "./rule.ts";
import { ON_SUBSCRIPTION } from "./subscription.ts";

/** The rules of each kind, in their order. */
const RULES: { [Kind in ExecutableKind]: readonly Rule<SnapshotFor<Kind>>[] } = {
  authorize: [...ON_PAYMENT, ...AUTHORIZE],
  refund: [...ON_PAYMENT, ...REFUND],
  retryPayment: [...ON_PAYMENT, ...RETRY_PAYMENT],
  ...ON_SUBSCRIPTION,
};

/** What must have been seen of each kind of target before any rule is asked. */
const KNOWN: Record<TargetOf<ExecutableKind>, { rule: RuleName; missing: string }> = {
  payment: { rule: "payment_known", missing: "no payment was found for it" },
  invoice: { rule: "payment_known", missing: "no payment was found for it" },
  subscription: { rule: "subscription_known", missing: "no subscription was found for it" },
};

/**
 * Checks every proposal, and every granted action again before it is renewed or executed. Pure; `context.now` is the time.
 * The result is the first rule that escalates or leaves, but for escalations that an approval overrides. Behind an escalation
 * that an approval could override the other rules are asked too, so that a case shows all that people would let pass.
 * `seen` null: the provider has no such thing.
 */
export function guard(proposal: GuardedProposal, context: GuardedContext, seen: Snapshot | null): Guarded {
  const { kind } = proposal;
  if (!isExecutable(kind)) return refused("executor", `${kind} has no executor yet: a person carries it out`);
  const target = ACTIONS[kind].target;
  const { rule: known, missing } = KNOWN[target];
  if (seen === null || isSubscription(seen) !== (target === "subscription")) return refused(known, missing);
  const verdicts: GuardrailVerdict[] = [{ rule: known, verdict: "allow", reason: "found at the provider" }];
  let amountMinor = proposal.amountMinor;
  let stopped: Guarded["result"] | null = null;
  // What was seen is of the kind's own target, as was just checked.
  for (const { rule, check } of RULES[kind] as readonly Rule<Snapshot>[]) {
    const said = check({ ...proposal, amountMinor }, context, seen);
    const approval = overriding(rule, said, context);
    verdicts.push(verdictOf(rule, said, approval));
    if (said.verdict === "lower") amountMinor = said.amountMinor;
    if (approval !== null || said.verdict === "lower" || said.verdict === "allow") continue;
    stopped ??= { kind: said.verdict, rule, reason: said.reason, ...refundOf(said) };
    if (!mayBeOverridden(rule, said)) break;
  }
  return { result: stopped ?? { kind: "allow", amountMinor }, verdicts };
}

/** The id of the approval that lets this escalation pass, or null. */
function overriding(rule: RuleName, said: Verdict, { approved }: GuardedContext): string | null {
  if (!approved || !mayBeOverridden(rule, said)) return null;
  return approved.overrides.some((one) => one === rule) ? approved.approval : null;
}

const mayBeOverridden = (rule: RuleName, said: Verdict): boolean =>
  said.verdict === "escalate" && said.isUnseen !== true && isOverridable(rule);

function verdictOf(rule: RuleName, said: Verdict, approval: string | null): GuardrailVerdict {
  const { verdict, reason } = said;
  if (approval !== null) return { rule, verdict: "overridden", reason, ...refundOf(said), approval };
  return { rule, verdict: verdict === "leave" ? "allow" : verdict, reason, ...refundOf(said) };
}

const refundOf = (said: Verdict): { refund?: string } =>
  said.verdict === "escalate" && said.refund !== undefined ? { refund: said.refund } : {};

function refused(rule: RuleName, reason: string): Guarded {
  return { result: { kind: "escalate", rule, reason }, verdicts: [{ rule, verdict: "escalate", reason }] };
}
