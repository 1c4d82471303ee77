import type { ApprovalClaims } from "../../shared/contracts/case-decision.ts";
import type { ApprovedBy } from "../../shared/contracts/overridable.ts";
import type { ActionView } from "../../shared/contracts/views.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import { DEFAULT_DOCUMENT } from "../../shared/policy/document.ts";
import { roughUsdCents } from "../../shared/policy/worth.ts";
import type { ToldMatter } from "./crew/told.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";
import { type Effect, effectsIn, wordsOf } from "./our-effects.ts";

const say = broken("unapproved");

/**
 * Every effect has a grant that one of our keys signed for exactly this action; where a person had to decide, the grant names
 * an approval that the console signed, and that approval says this amount and this target, has enough people, was given
 * before the effect and was good when it was made, and is used once. What people have denied or closed has no effect.
 */
export function unapproved(evidence: Evidence): Broken[] {
  const effects = effectsIn(evidence);
  return [
    ...effects.flatMap((effect) =>
      whysOf(effect, evidence).map((why) => say(effect.action, `${wordsOf(effect)}: ${why}`)),
    ),
    ...usedTwice(effects, evidence),
  ];
}

function whysOf(effect: Effect, evidence: Evidence): string[] {
  const { actions, people, acts } = evidence;
  const refused = acts.crew.matters.filter(({ action }) => action === effect.action).flatMap(refusedBy);
  const view = actions.get(effect.action);
  if (view === undefined) return [...refused, "no action of ours explains it"];
  const found = people.grants.get(effect.action);
  if (found === undefined) return [...refused, "it has no grant"];
  if (found.kind === "forged") return [...refused, `its grant is forged: ${found.reason}`];
  if (found.signed.action !== canonicalJson(view.action))
    return [...refused, "its grant was signed for another action"];
  const { approved } = found.signed.terms;
  return [
    ...refused,
    ...(approved === undefined ? unasked(view, evidence) : approvedWrongly(effect, view, approved, evidence)),
  ];
}

/** A no that was answered as done stands. */
function refusedBy({ clicks }: ToldMatter): string[] {
  const done = clicks
    .filter(({ status }) => status === 200)
    .map(({ value }) => (value as { kind?: string } | null)?.kind);
  return ["denied", "closed"].filter((kind) => done.includes(kind)).map((kind) => `its case was ${kind}`);
}

/** Policy alone let it pass: then it never was a person's before it was sent. */
function unasked(view: ActionView, evidence: Evidence): string[] {
  const decision = decisionOf(view, evidence);
  if (decision?.caseReason != null) return [`a person had to decide (${decision.caseReason}), and nobody approved it`];
  // What became a case after its effect tells of that effect.
  const isSince = view.outcome?.kind === "unmeant" || view.caseAbout?.refund != null;
  const isDone = view.state === "succeeded" || view.state === "pending";
  return view.caseRound > 0 && isDone && !isSince
    ? [`its case was opened (${view.caseRound}), and nobody approved it`]
    : [];
}

function decisionOf({ action, eventId }: ActionView, { traces }: Evidence) {
  const decision = traces.get(eventId)?.fact?.decision;
  return decision?.kind === "action" && decision.action.id === action.id ? decision : null;
}

function approvedWrongly(effect: Effect, view: ActionView, by: ApprovedBy, evidence: Evidence): string[] {
  const check = evidence.people.approvals.get(by.approval);
  if (check === undefined) return [`its grant names ${by.approval}, which is not there`];
  if (check.kind === "forged") return [`its approval ${by.approval} is forged: ${check.reason}`];
  const { claims } = check;
  return [
    ...(claims.actionId === view.action.id ? [] : [`its approval is of ${claims.actionId}`]),
    ...unlike(effect, view, claims, evidence),
    ...eyes(effect, view, by, claims, evidence),
    ...untimely(effect, claims, evidence),
  ];
}

/** What was approved: the proposal as it was decided first, or what the approval changes of it. */
function unlike(effect: Effect, view: ActionView, { change }: ApprovalClaims, evidence: Evidence): string[] {
  const proposed = decisionOf(view, evidence)?.action ?? null;
  const amount = change?.amountMinor ?? proposed?.amountMinor ?? null;
  const variant = change?.variant ?? proposed?.variant ?? null;
  const target = change?.subscription ?? change?.payment ?? proposed?.subject ?? null;
  const isThere =
    change?.invoice === undefined
      ? target === null || effect.subject === null || target === effect.subject
      : invoiceOf(effect.subject, evidence) === change.invoice;
  return [
    ...(amount === null || effect.amountMinor === null || amount === effect.amountMinor
      ? []
      : [`approved were ${amount}`]),
    ...(isThere ? [] : [`approved was ${change?.invoice ?? target}`]),
    ...(isVariant(effect, variant, view) ? [] : [`approved was ${variant}`]),
  ];
}

const invoiceOf = (payment: string | null, { after }: Evidence): string | null =>
  after.invoicePayments.find(({ paymentIntent }) => paymentIntent === payment)?.invoice ?? null;

/** A capture is no release; how a subscription is paused, its book has read from the provider (book-subscriptions.ts). */
function isVariant({ what }: Effect, variant: string | null, { action }: ActionView): boolean {
  if (variant === null) return true;
  return action.kind === "authorize" && what !== "call" ? what === variant : action.variant === variant;
}

/** The thresholds of the run are only ever lower than the first policy's: what is above that needs two in any case. */
function eyes(
  effect: Effect,
  { action }: ActionView,
  by: ApprovedBy,
  claims: ApprovalClaims,
  { acts }: Evidence,
): string[] {
  const named = [...new Set(claims.approvers.map(({ id }) => id))];
  const known = acts.crew.people.filter(({ roles }) => roles.includes("approver")).map(({ id }) => id);
  const strangers = named.filter((id) => !known.includes(id));
  const cents = roughUsdCents(
    effect.amountMinor ?? 0,
    action.currency ?? "usd",
    DEFAULT_DOCUMENT.guardrails.worthUsdCents,
  );
  const wanted = cents !== null && cents <= DEFAULT_DOCUMENT.approvals.fourEyesAboveUsdCents ? 1 : 2;
  const isSame =
    canonicalJson([named.toSorted(), [...claims.overrides].sort()]) ===
    canonicalJson([[...by.approvers].sort(), [...by.overrides].sort()]);
  return [
    ...(isSame ? [] : ["its grant names other people or other rules than its approval"]),
    ...(strangers.length === 0 ? [] : [`${strangers.join()} may not approve`]),
    ...(named.length >= wanted ? [] : [`${wanted} people had to approve it, and ${named.length} did`]),
  ];
}

/** Clocks of the storm are so far apart at most. */
const SKEW_MS = 300_000;

/** By our own clock, from when each of them had clicked; and by the provider's, as long as the approval was good. */
function untimely(effect: Effect, claims: ApprovalClaims, { acts }: Evidence): string[] {
  const clicks = acts.crew.matters.filter(({ action }) => action === claims.actionId).flatMap((one) => one.clicks);
  const firsts = claims.approvers.map(({ name }) =>
    Math.min(
      ...clicks.filter(({ by, path }) => by === name && path.endsWith("/approve")).map(({ sentAtMs }) => sentAtMs),
    ),
  );
  const { sentAtMs, createdAtMs } = effect;
  return [
    ...(firsts.some((at) => at === Number.POSITIVE_INFINITY) ? ["one whom it names has approved nothing"] : []),
    ...(sentAtMs !== null && sentAtMs < Math.max(...firsts) ? ["it was sent before it was approved"] : []),
    ...(createdAtMs !== null && createdAtMs > claims.expiresAt + SKEW_MS ? ["its approval had ended"] : []),
  ];
}

function usedTwice(effects: readonly Effect[], { people }: Evidence): Broken[] {
  const byApproval = Map.groupBy(effects, ({ action }) => {
    const found = people.grants.get(action);
    return found === undefined || found.kind === "forged" ? null : (found.signed.terms.approved?.approval ?? null);
  });
  return [...byApproval].flatMap(([approval, found]) => {
    const objects = new Set(found.map(({ object }) => object));
    return approval === null || objects.size < 2
      ? []
      : [say(found[0]?.action ?? null, `${approval} was used for ${[...objects].join(" and ")}`)];
  });
}
