import { readAmounts } from "../agents/text/amounts.ts";
import { allReferencesOf, amountsOf } from "../agents/text/references.ts";
import { ACTIONS, type ActionKind, isExecutable, kindOfProposed } from "../contracts/actions.ts";
import type { Decision } from "../contracts/decision.ts";
import { mayFollow } from "../policy/facts.ts";
import { guard } from "../policy/guardrails/guard.ts";
import type { Guarded } from "../policy/guardrails/rule.ts";
import { actionFor, caseByRefusal, caseFor, type Deciding, recordOf } from "./case.ts";
import type { Gathered } from "./gather.ts";
import type { Lookups } from "./lookups.ts";
import type { Proposal, Proposed } from "./proposal.ts";

/** The third step: may this action follow from this fact, can this provider do it, then the guardrails. Only hashing is async. */
export async function countersign(
  { proposal, unknownCurrency }: Pick<Proposed, "proposal" | "unknownCurrency">,
  { triggered, lookups }: Pick<Gathered, "triggered" | "lookups">,
  deciding: Deciding,
): Promise<Decision> {
  const { action } = proposal;
  const { fact } = triggered.route;
  if (!mayFollow(fact, action)) {
    const reason = `${action} does not follow from a ${fact.replaceAll("_", " ")}: the agent proposed an action that was not asked for`;
    return await caseByRefusal(deciding, proposal, { rule: "fits_fact", reason, kind: "escalate" });
  }
  const { event } = triggered;
  const { reference } = deciding;
  if (fact === "failed_renewal" && reference?.kind === "subscription" && reference.id !== event.subscription) {
    const reason = `the event does not say that the renewal is of ${reference.id}: a person decides`;
    return await caseByRefusal(deciding, proposal, { rule: "fits_fact", reason, kind: "escalate" });
  }
  if (unknownCurrency !== null && action !== "none") {
    const reason = `the agent named an unknown currency: ${unknownCurrency.slice(0, 20)}`;
    // Without a known currency the number is no amount. The record keeps the proposal as it was.
    return await caseByRefusal(deciding, proposal, {
      rule: "currency",
      reason,
      keeps: { ...proposal, amountMinor: null },
    });
  }
  if (action !== "none" && ACTIONS[kindOfProposed[action]].target === "subscription") {
    // All that are named, not only those that the agent may choose from.
    const all = allReferencesOf(event, lookups.provider.ids);
    const named = all.filter(({ kind }) => kind === "subscription").length;
    const reason = `${named} subscriptions are named: a person decides which is meant`;
    if (named > 1)
      return await caseByRefusal(deciding, proposal, { rule: "one_subscription", reason, keeps: proposal });
  }
  const whyNot = whyUnsupportedAt(lookups.provider, proposal);
  if (whyNot !== null)
    return await caseByRefusal(deciding, proposal, { rule: "executor", reason: whyNot, keeps: proposal });
  return await decide(proposal, deciding);
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
  if (proposal.action === "none") return { kind: "none", record: recordOf(proposal, [], proposal.reason) };
  const kind = kindOfProposed[proposal.action];
  if (kind === "escalate")
    return await caseFor(deciding, kind, proposal.reason, recordOf(proposal, [], proposal.reason));
  const { result, verdicts } = guardProposal(proposal, kind, deciding);
  const record = recordOf(proposal, verdicts, proposal.reason);
  switch (result.kind) {
    case "leave":
      return { kind: "none", record: { ...record, reason: result.reason } };
    case "escalate":
      return await caseFor(deciding, kind, result.reason, record, proposal);
    case "allow":
      return {
        kind: "action",
        caseReason: null,
        action: await actionFor(deciding, kind, { ...proposal, amountMinor: result.amountMinor }),
        record,
      };
  }
}

function guardProposal(
  { variant, amountMinor, currency, confidence, by }: Proposal,
  kind: ActionKind,
  { event, snapshot, decline, reservedMinor, mode, now }: Deciding,
): Guarded {
  const knownAmounts = amountsOf(event);
  const doubtfulAmounts = readAmounts(event.text ?? "").doubtful;
  return guard(
    { kind, variant, amountMinor, currency, confidence, by, knownAmounts, doubtfulAmounts },
    { mode, customer: event.customer ?? null, decline, reservedMinor, now, firstGrant: true },
    snapshot,
  );
}
