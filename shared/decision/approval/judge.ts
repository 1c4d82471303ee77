import type { Action } from "../../contracts/action.ts";
import type { ApprovalClaims } from "../../contracts/case-decision.ts";
import type { CaseSeen } from "../../contracts/case-seen.ts";
import type { Decision, DecisionRecord } from "../../contracts/decision.ts";
import type { Failure } from "../../contracts/failure.ts";
import type { ApprovalRefusal } from "../../contracts/ledger.ts";
import type { PolicyDocument } from "../../contracts/policy.ts";
import { ABOUT_NOTHING } from "../../contracts/rules.ts";
import { changesOf, seenOf } from "../../contracts/seen.ts";
import type { ActionView } from "../../contracts/views.ts";
import { formatMoney } from "../../core/money.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { routeOf } from "../../policy/facts.ts";
import { peopleWanted } from "../../policy/people-wanted.ts";
import { withTells } from "../../providers/registry.ts";
import { caseAboutOf } from "../commit.ts";
import { decidingFor } from "../decide.ts";
import type { DecisionDeps, Triggered } from "../deps.ts";
import { gather } from "../gather.ts";
import { countersign } from "../guard.ts";
import { resolve } from "../resolve.ts";
import { isOtherTarget, proposalFor, readAs, settledBy } from "./proposed.ts";

/** An action that people approved and that the guardrails let pass. */
export type Approved = { decision: Extract<Decision, { kind: "action" }>; view: ActionView };
export type Judged =
  | { kind: "allowed"; decision: Approved["decision"] }
  /** The case comes back, and says why. */
  | { kind: "refused"; refusal: ApprovalRefusal }
  /** Something could not be read: it is tried again, as the failure's disposition says. */
  | { kind: "undecided"; failure: Failure };

/**
 * Decides anew what people approved, with fresh reads and today's policy. It reads and writes nothing but that.
 * Nothing has to be approved that is not in the way; and nothing is executed that people did not see.
 */
export async function judgeAnew(
  view: ActionView,
  claims: ApprovalClaims,
  approval: string,
  deps: DecisionDeps,
): Promise<Judged> {
  const tooMuch = claims.overrides.filter((rule) => !deps.policy.approvals.mayOverride.includes(rule));
  if (tooMuch.length > 0) return refused(`policy lets nobody override ${tooMuch.join(", ")} any more`, view);
  const cause = await causeOf(view, deps);
  if (!cause.ok) return cause.error;
  const { triggered, record, decided } = cause.value;
  const gathering = await gather(triggered, deps);
  if (!gathering.ok) return { kind: "undecided", failure: gathering.error };
  if (gathering.value.kind !== "open") return refused(gathering.value.reason, view);
  const { change } = claims;
  const { gathered } = gathering.value;
  const { ids } = gathered.lookups.provider;
  const settled = settledBy(view.action, decided, change);
  const read = { ...gathered, reading: readAs(gathered.reading, settled, ids) };

  const proposed = proposalFor(view.action, record, settled, ids);
  if (!proposed.ok) return refused(proposed.error, view);
  const found = await resolve(proposed.value, read.lookups, deps.policy.guardrails);
  if (!found.ok) return { kind: "undecided", failure: found.error };
  const seen = found.value === null ? null : seenOf(found.value);
  const changes = seen === null || isOtherTarget(view.action, change) ? [] : changesOf(view.caseSeen, seen);
  if (changes.length > 0)
    return {
      kind: "refused",
      refusal: {
        reason: `what was approved has changed at the provider since: ${changes.join("; ")}`,
        about: view.caseAbout ?? ABOUT_NOTHING,
        seen,
      },
    };

  const deciding = await decidingFor(proposed.value, read, found.value, deps);
  if (!deciding.ok) return { kind: "undecided", failure: deciding.error };
  const { overrides } = claims;
  const decision = await countersign(proposed.value, read, {
    ...deciding.value,
    ...(settled.target === null ? {} : { beside: { payments: [], invoice: null } }),
    step: view.action.step,
    approved: { approval, overrides },
  });
  // Of another target nothing was shown: what the case shows stays that of its own.
  const shown = isOtherTarget(view.action, change) ? view.caseSeen : seen;
  const judged = concluded(decision, view, claims, approval, shown);
  return judged.kind === "allowed" ? forEnoughPeople(judged, claims, seen, shown, deps.policy) : judged;
}

/** As many as policy wants of what would be executed now, by what was read now. The console counts by what it had. */
function forEnoughPeople(
  allowed: Extract<Judged, { kind: "allowed" }>,
  { approvers }: ApprovalClaims,
  seen: CaseSeen | null,
  shown: CaseSeen | null,
  policy: PolicyDocument,
): Judged {
  const { action } = allowed.decision;
  const wanted = peopleWanted({ action, caseSeen: seen, caseAbout: null }, null, policy);
  if (approvers.length >= wanted) return allowed;
  const reason = "it was approved by one person, and with what was refunded of it before two must approve it";
  return { kind: "refused", refusal: { reason, about: { rule: "four_eyes", refund: null }, seen: shown } };
}

type Cause = { triggered: Triggered; record: DecisionRecord; decided: Action | null };

/** The event that asked for the action, and what was decided about it then. */
async function causeOf(view: ActionView, { ledger }: DecisionDeps): Promise<Result<Cause, Judged>> {
  const stored = await ledger.eventView(view.eventId);
  if (stored === null || stored.factRowKey === null)
    return err(refused(`the event ${view.eventId} that asked for it is not there`, view));
  const [recorded] = await ledger.decisionsOf([stored.factRowKey]);
  const event = withTells(stored.event);
  const route = routeOf(event);
  if (recorded === undefined || recorded === null || route.kind !== "triggers")
    return err(refused(`nothing is recorded that was decided about ${view.eventId}`, view));
  const { acceptedAt, factRowKey } = stored;
  const { decision } = recorded;
  const decided = decision.kind === "action" ? decision.action : null;
  return ok({ triggered: { event, acceptedAt, route, factRowKey }, record: decision.record, decided });
}

function concluded(
  decision: Decision,
  view: ActionView,
  { approvers, expiresAt, change }: ApprovalClaims,
  approval: string,
  seen: ApprovalRefusal["seen"],
): Judged {
  if (decision.kind === "none") return refused(`nothing is to be done any more: ${decision.record.reason}`, view, seen);
  const { record } = decision;
  if (decision.caseReason !== null) {
    const reason = `it was approved, and refused: ${decision.caseReason}${alsoInTheWay(record)}`;
    return { kind: "refused", refusal: { reason, about: caseAboutOf(record), seen } };
  }
  const { id, step, factKey } = view.action;
  const action: Action = { ...decision.action, id, step };
  if (action.factKey !== factKey) throw new Error(`${id} is of ${factKey}, and was decided for ${action.factKey}`);
  const other = whyOther(view.action, action, change);
  if (other !== null) return refused(other, view, seen);
  return {
    kind: "allowed",
    decision: {
      ...decision,
      action,
      record: {
        ...record,
        by: "person",
        reason: `approved by ${approvers.map(({ name }) => name).join(" and ")}: ${record.reason}`,
        approved: { approval, approvers, until: expiresAt },
      },
    },
  };
}

/** What people would have to override besides the first, so that they can do so at once. */
function alsoInTheWay({ verdicts }: DecisionRecord): string {
  const [, ...others] = verdicts.filter(({ verdict }) => verdict === "escalate");
  return others.length === 0 ? "" : `. Also in the way: ${others.map(({ rule }) => rule).join(", ")}`;
}

/** Nothing else is executed than what people saw: the target, amount and variant that they named, else those of the proposal. */
function whyOther(shown: Action, action: Action, change: ApprovalClaims["change"]): string | null {
  if (action.subject !== shown.subject && !isOtherTarget(shown, change))
    return `${shown.subject} was approved, and it would be executed on ${action.subject} now`;
  const amountMinor = change?.amountMinor ?? shown.amountMinor;
  const variant = change?.variant ?? shown.variant;
  if (amountMinor !== null && amountMinor !== action.amountMinor)
    return `${sayMoney(amountMinor, shown.currency)} was approved, and ${sayMoney(action.amountMinor, action.currency)} would be executed now`;
  if (amountMinor === null && action.amountMinor !== null && isOtherTarget(shown, change))
    return `another target was approved without an amount, and ${sayMoney(action.amountMinor, action.currency)} would be executed now`;
  return variant === null || variant === action.variant
    ? null
    : `${variant} was approved, and ${action.variant ?? "nothing of the kind"} would be executed now`;
}

const sayMoney = (amountMinor: number | null, currency: string | null): string =>
  amountMinor === null || currency === null ? "an unknown amount" : formatMoney({ amountMinor, currency });

/** `reason` is for the people to whom the case comes back. */
const refused = (reason: string, view: ActionView, seen: ApprovalRefusal["seen"] = view.caseSeen): Judged => ({
  kind: "refused",
  refusal: {
    reason: `it was approved, and cannot be executed: ${reason}`,
    about: view.caseAbout ?? ABOUT_NOTHING,
    seen,
  },
});
