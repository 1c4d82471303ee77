import { readAmounts } from "../agents/text/amounts.ts";
import { amountsOf } from "../agents/text/references.ts";
import type { Action } from "../contracts/action.ts";
import {
  type ActionKind,
  isExecutable,
  kindOfProposed,
  type ProposedAction,
  type Variant,
} from "../contracts/actions.ts";
import type { AgentRecord, Decision, DecisionRecord, GuardrailVerdict } from "../contracts/decision.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { PaymentSnapshot } from "../contracts/provider.ts";
import { actionIdOf } from "../core/ids.ts";
import { type Guarded, guard } from "../policy/guardrails.ts";
import { POLICY } from "../policy/policy.ts";
import { subjectOf } from "./resolve.ts";

/** What was proposed for an event, by an agent or from outside, after its reference was resolved. */
export type Proposal = {
  by: "agent" | "outside";
  action: ProposedAction;
  variant: Variant | null;
  target: string | null;
  amountMinor: number | null;
  currency: string | null;
  confidence: "low" | "medium" | "high";
  reason: string;
  agent: AgentRecord | null;
};

export type Deciding = {
  event: PaymentEvent;
  factKey: string;
  provider: string | null;
  snapshot: PaymentSnapshot | null;
  reservedMinor: number;
  mode: string;
  now: number;
};

/** The proposal, countersigned: the guardrails' word on it, and the action that follows. Pure but for the hash of its id. */
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
  proposal: Proposal,
  kind: ActionKind,
  { event, snapshot, reservedMinor, mode, now }: Deciding,
): Guarded {
  return guard(
    {
      kind,
      variant: proposal.variant,
      amountMinor: proposal.amountMinor,
      currency: proposal.currency,
      confidence: proposal.confidence,
      by: proposal.by,
      knownAmounts: amountsOf(event),
      doubtfulAmounts: readAmounts(event.text ?? "").doubtful,
    },
    {
      mode,
      customer: event.customer ?? null,
      declineCode: event.declineCode ?? null,
      adviceCode: event.adviceCode ?? null,
      payment: snapshot,
      reservedMinor,
      now,
      firstGrant: true,
    },
  );
}

/** A person's: the action keeps what was proposed, so that it can be approved as it is. */
export async function caseFor(
  deciding: Deciding,
  kind: ActionKind,
  caseReason: string,
  record: DecisionRecord,
  proposed: Pick<Proposal, "variant" | "amountMinor" | "currency"> | null = null,
): Promise<Decision> {
  return { kind: "action", caseReason, action: await actionFor(deciding, kind, proposed), record };
}

export async function actionFor(
  { event, factKey, provider, snapshot }: Deciding,
  kind: ActionKind,
  proposed: Pick<Proposal, "variant" | "amountMinor" | "currency"> | null,
): Promise<Action> {
  const account = event.account ?? null;
  const retries = kind === "retryPayment";
  return {
    id: await actionIdOf({ account, mode: event.mode, factKey, step: 1 }),
    kind,
    variant: kind === "authorize" ? (proposed?.variant ?? "capture") : null,
    provider,
    account,
    mode: event.mode,
    subject: subjectOf(snapshot, event),
    payment: snapshot === null ? (event.payment ?? null) : snapshot.payment,
    charge: snapshot === null ? (event.charge ?? null) : snapshot.charge,
    invoice: snapshot?.invoice ?? (isOfEvent(snapshot, event) ? (event.invoice ?? null) : null),
    customer: snapshot?.customer ?? event.customer ?? null,
    subscription: event.subscription ?? null,
    amountMinor: retries
      ? (snapshot?.invoiceState?.amountRemainingMinor ?? snapshot?.amountMinor ?? event.amountMinor ?? null)
      : (proposed?.amountMinor ?? (isExecutable(kind) ? null : (event.amountMinor ?? null))),
    // The currency that was asked for stands beside the amount that was asked for, also in a case about their mismatch.
    currency: (retries ? null : proposed?.currency) ?? snapshot?.currency ?? event.currency ?? null,
    factKey,
    step: 1,
  };
}

/** The agent may have chosen another payment than the event's own, to which the event's invoice does not belong. */
const isOfEvent = (snapshot: PaymentSnapshot | null, event: PaymentEvent): boolean =>
  snapshot === null || (snapshot.payment !== null && snapshot.payment === event.payment);

export function recordOf(proposal: Proposal, verdicts: GuardrailVerdict[], reason: string): DecisionRecord {
  const { by, action, amountMinor, currency, target, agent } = proposal;
  return {
    by,
    reason,
    proposal: { action, amountMinor, currency, target },
    verdicts,
    policyVersion: POLICY.version,
    agent,
  };
}

export function recordOfRule(reason: string): DecisionRecord {
  return { by: "rule", reason, proposal: null, verdicts: [], policyVersion: POLICY.version, agent: null };
}
