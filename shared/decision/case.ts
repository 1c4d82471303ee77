import type { Action } from "../contracts/action.ts";
import { type ActionKind, isExecutable, kindOfProposed } from "../contracts/actions.ts";
import type { Decision, DecisionRecord, GuardrailVerdict } from "../contracts/decision.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { Decline, PaymentSnapshot, ProviderName } from "../contracts/provider.ts";
import { actionIdOf, type FactKey } from "../core/ids.ts";
import { POLICY } from "../policy/policy.ts";
import type { Proposal } from "./proposal.ts";
import { subjectOf } from "./resolve.ts";

/** The input of a decision besides the proposal. Plain data. */
export type Deciding = {
  event: PaymentEvent;
  factKey: FactKey;
  provider: ProviderName | null;
  snapshot: PaymentSnapshot | null;
  /** The decline of the last try, as the event states it. */
  decline: Decline | null;
  reservedMinor: number;
  mode: string;
  now: number;
};

type Proposed = Pick<Proposal, "variant" | "amountMinor" | "currency">;

/** Every case is made here. Its action keeps the proposal, so that a person can approve it unchanged. */
export async function caseFor(
  deciding: Deciding,
  kind: ActionKind,
  caseReason: string,
  record: DecisionRecord,
  proposed: Proposed | null = null,
): Promise<Decision> {
  return { kind: "action", caseReason, action: await actionFor(deciding, kind, proposed), record };
}

/** A case that a rule opens before there is a proposal. */
export const caseByRule = (deciding: Deciding, reason: string): Promise<Decision> =>
  caseFor(deciding, "escalate", reason, recordOfRule(reason));

/** A case for a proposal that a rule refuses before the guardrails of its kind. */
export async function caseByRefusal(
  deciding: Deciding,
  proposal: Proposal,
  verdict: Pick<GuardrailVerdict, "rule" | "reason"> & { kind?: ActionKind; keeps?: Proposed },
): Promise<Decision> {
  const { rule, reason, keeps = null } = verdict;
  const kind = verdict.kind ?? (proposal.action === "none" ? "escalate" : kindOfProposed[proposal.action]);
  const record = recordOf(proposal, [{ rule, verdict: "escalate", reason }], proposal.reason);
  return await caseFor(deciding, kind, reason, record, keeps);
}

export async function actionFor(
  { event, factKey, provider, snapshot }: Deciding,
  kind: ActionKind,
  proposed: Proposed | null,
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
    // The amount that was asked for keeps its own currency, also in a case about a wrong currency.
    currency: (retries ? null : proposed?.currency) ?? snapshot?.currency ?? event.currency ?? null,
    factKey,
    step: 1,
  };
}

/** The agent may have chosen another payment than the event's own; the event's invoice does not belong to that one. */
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
