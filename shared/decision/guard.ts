import { namedByFields } from "../agents/text/references.ts";
import { ACTIONS, type ActionKind, isExecutable, kindOfProposed } from "../contracts/actions.ts";
import type { Decision, GuardrailVerdict } from "../contracts/decision.ts";
import { requesterOf } from "../contracts/event.ts";
import { saysSum } from "../contracts/facts.ts";
import { isSubscription } from "../contracts/provider.ts";
import { doubtAgainst, sayDoubt } from "../contracts/words.ts";
import { mayFollow } from "../policy/facts.ts";
import { requesterOwns } from "../policy/guardrails/asked.ts";
import { guard } from "../policy/guardrails/guard.ts";
import type { Guarded, GuardedContext } from "../policy/guardrails/rule.ts";
import { actionFor, caseByRefusal, caseFor, type Deciding, type Refusal, recordOf, seenBy, variantOf } from "./case.ts";
import type { Gathered } from "./gather.ts";
import type { Lookups } from "./lookups.ts";
import type { Proposal, Proposed } from "./proposal.ts";

/** The third step: may this action follow from this fact, can this provider do it, then the guardrails. Only hashing is async. */
export async function countersign(
  { proposal, missing }: Pick<Proposed, "proposal" | "missing">,
  gathered: Pick<Gathered, "triggered" | "lookups" | "reading">,
  deciding: Deciding,
): Promise<Decision> {
  const refusal =
    refusalByFact(proposal, gathered, deciding) ??
    refusalByRequester(proposal, deciding) ??
    refusalByWords(proposal, missing, gathered.reading, deciding) ??
    refusalByProvider(proposal, gathered.lookups.provider);
  return refusal === null ? await decide(proposal, deciding) : await caseByRefusal(deciding, proposal, refusal);
}

/** May this action follow from this fact, and may this fact touch what was chosen? */
function refusalByFact(
  { action, target }: Proposal,
  { triggered: { route, event }, lookups }: Pick<Gathered, "triggered" | "lookups">,
  { policy }: Deciding,
): Refusal | null {
  const fact = route.fact.replaceAll("_", " ");
  if (!mayFollow(route.fact, action, policy.guardrails)) {
    const reason = `${action} does not follow from a ${fact}: an action was proposed that was not asked for`;
    return { rule: "fits_fact", reason, kind: "escalate" };
  }
  // What a provider reports touches only what its fields name: its text may be anybody's.
  const isNamed = namedByFields(event, lookups.provider.ids).some(({ value }) => value === target);
  if (route.fact === "request" || target === null || isNamed) return null;
  return {
    rule: "fits_fact",
    reason: `the event does not say that the ${fact} is of ${target}: a person decides`,
    kind: "escalate",
  };
}

/** Before the words: a stranger's case must say that it is one, whatever else is unclear in it. It ends no collecting. */
function refusalByRequester(proposal: Proposal, { event, snapshot }: Deciding): Refusal | null {
  if (proposal.action === "none" || proposal.action === "escalate" || snapshot === null) return null;
  const what = isSubscription(snapshot) ? "subscription" : "payment";
  const { verdict, reason } = requesterOwns(askingIn(event), snapshot.customer, what);
  return verdict === "escalate" ? { rule: "requester", reason, keeps: proposal } : null;
}

/** What the words leave open for any action, whatever the guardrails of its kind say. */
function refusalByWords(
  proposal: Proposal,
  missing: string | null,
  reading: Gathered["reading"],
  { beside }: Deciding,
): Refusal | null {
  const { action } = proposal;
  if (action === "none" || action === "escalate") return null;
  if (missing !== null) {
    return { rule: "ref_known", reason: `the agent pointed at nothing: the event has no ${missing}`, keeps: proposal };
  }
  const several = refusalBySeveral(proposal, reading, beside.payments);
  if (several !== null) return several;
  const doubt = doubtAgainst("action", reading);
  return doubt === null ? null : { rule: "text_read", reason: sayDoubt(doubt), keeps: proposal };
}

/** Several payments or subscriptions are named, and only a person knows which is meant. */
function refusalBySeveral(
  proposal: Proposal,
  { references }: Gathered["reading"],
  otherPayments: readonly string[],
): Refusal | null {
  const { action, target } = proposal;
  if (otherPayments.length > 0) {
    const reason = `${otherPayments.join(" and ")} may be another payment than ${target}: a person decides which is meant`;
    return { rule: "one_payment", reason, keeps: proposal };
  }
  if (action === "none" || ACTIONS[kindOfProposed[action]].target !== "subscription") return null;
  const named = references.filter(({ kind }) => kind === "subscription").length;
  const reason = `${named} subscriptions are named: a person decides which is meant`;
  return named > 1 ? { rule: "one_subscription", reason, keeps: proposal } : null;
}

function refusalByProvider(proposal: Proposal, provider: Lookups["provider"]): Refusal | null {
  const reason = whyUnsupportedAt(provider, proposal);
  return reason === null ? null : { rule: "executor", reason, keeps: proposal };
}

/** Why this provider cannot execute the proposal; null where it can, or where a person executes it. */
function whyUnsupportedAt({ name, executor }: Lookups["provider"], { action }: Proposal): string | null {
  if (action === "none") return null;
  const kind = kindOfProposed[action];
  if (!isExecutable(kind)) return null;
  const reason = executor === null ? "nothing is executed there yet" : executor.whyUnsupported(kind);
  return reason === null ? null : `${action} is not possible at ${name}: ${reason}`;
}

/** The decision about a proposal: the guardrails' result, and the action that follows. */
export async function decide(proposal: Proposal, deciding: Deciding): Promise<Decision> {
  if (proposal.action === "none")
    return { kind: "none", record: recordOf(proposal, [], proposal.reason, deciding.policy) };
  const kind = kindOfProposed[proposal.action];
  if (kind === "escalate") return await escalated(proposal, deciding);
  const { result, verdicts } = guardProposal(proposal, kind, deciding);
  const record = recordOf(proposal, verdicts, proposal.reason, deciding.policy);
  switch (result.kind) {
    case "leave":
      return { kind: "none", record: { ...record, reason: result.reason } };
    case "escalate":
      return await caseFor(deciding, kind, result.reason, record, proposal);
    case "allow":
      return {
        kind: "action",
        caseReason: null,
        action: await actionFor(deciding, kind, grantedOf(proposal, result.amountMinor, deciding)),
        record,
        ...seenBy(deciding),
      };
  }
}

/** What the agent hands to a person. What cannot be seen in the text is told as well. */
async function escalated(proposal: Proposal, deciding: Deciding): Promise<Decision> {
  const hidden = deciding.reading.doubts.find(({ about }) => about === "hidden");
  const verdicts: GuardrailVerdict[] =
    hidden === undefined ? [] : [{ rule: "text_read", verdict: "escalate", reason: sayDoubt(hidden) }];
  const reason = [proposal.reason, ...verdicts.map((verdict) => verdict.reason)].join("; ");
  return await caseFor(deciding, "escalate", reason, recordOf(proposal, verdicts, proposal.reason, deciding.policy));
}

/** An amount that a rule has set is in the currency of what was found. */
function grantedOf(
  { variant, extent, currency }: Proposal,
  amountMinor: number | null,
  { snapshot }: Deciding,
): Pick<Proposal, "variant" | "extent" | "amountMinor" | "currency"> {
  return { variant, extent, amountMinor, currency: currency ?? snapshot?.currency ?? null };
}

function guardProposal(
  { variant, extent, amountMinor, currency, confidence, by }: Proposal,
  kind: ActionKind,
  deciding: Deciding,
): Guarded {
  const { event, reading, snapshot, decline, beside, reservedMinor, changes, triesForOthers, mode, now, policy } =
    deciding;
  const { step = 1, approved = null } = deciding;
  return guard(
    {
      kind,
      variant: variantOf(kind, { variant }, policy.guardrails),
      extent,
      amountMinor,
      currency,
      confidence,
      by,
      words: reading,
    },
    {
      policy: policy.guardrails,
      mode,
      ...askingIn(event),
      decline,
      reservedMinor,
      invoice: beside.invoice,
      actionId: null,
      now,
      firstGrant: true,
      stated: statedIn(event),
      step,
      triesForOthers,
      changes,
      approved,
    },
    snapshot,
  );
}

const askingIn = (event: Deciding["event"]): Pick<GuardedContext, "requester" | "customer"> => ({
  requester: requesterOf(event),
  customer: event.customer ?? null,
});

/** An amount without a currency is a case by the rule `currency`. */
function statedIn({ tells, amountMinor, currency }: Deciding["event"]): GuardedContext["stated"] {
  if (amountMinor === undefined || currency === undefined || !saysSum(tells?.fact)) return null;
  return { amountMinor, currency };
}
