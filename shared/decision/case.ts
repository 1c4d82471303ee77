import type { Action } from "../contracts/action.ts";
import { ACTIONS, type ActionKind, hasVariants, isExecutable, kindOfProposed } from "../contracts/actions.ts";
import type { CaseSeen } from "../contracts/case-seen.ts";
import type { Decision, DecisionRecord, GuardrailVerdict } from "../contracts/decision.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { Policy } from "../contracts/policy.ts";
import {
  type Decline,
  isSubscription,
  type PaymentSnapshot,
  type ProviderName,
  type Reference,
  type Snapshot,
} from "../contracts/provider.ts";
import { seenOf } from "../contracts/seen.ts";
import type { ReadWords } from "../contracts/words.ts";
import { actionIdOf, type FactKey } from "../core/ids.ts";
import type { Guardrails } from "../policy/document.ts";
import type { Overrides } from "../policy/guardrails/rule.ts";
import { owedMinor } from "../policy/owed.ts";
import type { OwnChanges } from "../policy/own-changes.ts";
import type { Proposal, Undecided } from "./proposal.ts";
import { type NamedBeside, subjectOf } from "./resolve.ts";

/** The input of a decision besides the proposal. Plain data. */
export type Deciding = {
  policy: Policy;
  event: PaymentEvent;
  factKey: FactKey;
  provider: ProviderName | null;
  snapshot: Snapshot | null;
  /** What the proposal is about, or the one thing that the event names. */
  reference: Reference | null;
  /** The decline of the last try, as the event states it. */
  decline: Decline | null;
  /** What code read in the event. */
  reading: ReadWords;
  beside: NamedBeside;
  reservedMinor: number;
  /** Our own changes of the subscription; null where no rule needs them. */
  changes: OwnChanges | null;
  /** The tries at the payment that were begun for other facts; null where none is proposed. */
  triesForOthers: number | null;
  /** Which try of its fact it is; the first where absent. */
  step?: number;
  /** What people let pass, of an approval that was verified. */
  approved?: Overrides;
  mode: string;
  now: number;
};

type Proposed = Pick<Proposal, "variant" | "amountMinor" | "currency"> & Partial<Pick<Proposal, "extent">>;

/** Every case is made here. Its action keeps the proposal, so that a person can approve it unchanged. */
export async function caseFor(
  deciding: Deciding,
  kind: ActionKind,
  caseReason: string,
  record: DecisionRecord,
  proposed: Proposed | null = null,
): Promise<Decision> {
  return { kind: "action", caseReason, action: await actionFor(deciding, kind, proposed), record, ...seenBy(deciding) };
}

/** What was read, for the people who decide about its case: also of an action whose subject may know of another one. */
export const seenBy = ({ snapshot }: Pick<Deciding, "snapshot">): { seen?: CaseSeen } =>
  snapshot === null ? {} : { seen: seenOf(snapshot) };

/** A case that a rule opens before there is a proposal. */
export const caseByRule = (deciding: Deciding, reason: string): Promise<Decision> =>
  caseFor(deciding, "escalate", reason, recordOfRule(reason, deciding.policy));

/** A case where no decision was possible. It keeps what the agent answered, also where that was no answer. */
export async function caseUndecided(
  deciding: Deciding,
  { proposal, agent }: Undecided,
  reason: string,
): Promise<Decision> {
  if (proposal !== null) {
    const kind = proposal.action === "none" ? "escalate" : kindOfProposed[proposal.action];
    return await caseFor(deciding, kind, reason, recordOf(proposal, [], proposal.reason, deciding.policy), proposal);
  }
  const record: DecisionRecord = {
    ...recordOfRule(reason, deciding.policy),
    ...(agent === null ? {} : { by: "agent", agent }),
  };
  return await caseFor(deciding, "escalate", reason, record);
}

/** `kind`: of the case's action, if not that of the proposal. `keeps`: what a person can approve unchanged. */
export type Refusal = Pick<GuardrailVerdict, "rule" | "reason"> & { kind?: ActionKind; keeps?: Proposed };

/** A case for a proposal that a rule refuses before the guardrails of its kind. */
export async function caseByRefusal(deciding: Deciding, proposal: Proposal, refusal: Refusal): Promise<Decision> {
  const { rule, reason, keeps = null } = refusal;
  const kind = refusal.kind ?? (proposal.action === "none" ? "escalate" : kindOfProposed[proposal.action]);
  const record = recordOf(proposal, [{ rule, verdict: "escalate", reason }], proposal.reason, deciding.policy);
  return await caseFor(deciding, kind, reason, record, keeps);
}

export async function actionFor(deciding: Deciding, kind: ActionKind, proposed: Proposed | null): Promise<Action> {
  const { event, factKey, provider, snapshot, reference } = deciding;
  // What the event says is only where it is looked up: gather.ts.
  const address = event.account ?? null;
  const isOfSubscription =
    ACTIONS[kind].target === "subscription" ||
    (snapshot === null ? reference?.kind === "subscription" : isSubscription(snapshot));
  const isExecuted = isExecutable(kind);
  return {
    id: await actionIdOf({ account: address, mode: event.mode, factKey, step: 1 }),
    kind,
    variant: variantOf(kind, proposed, deciding.policy.guardrails),
    ...extentOf(kind, proposed),
    provider,
    account: snapshot === null ? address : snapshot.account,
    ...destinationOf(snapshot),
    mode: event.mode,
    subject: subjectOf(snapshot, event, reference),
    ...(isOfSubscription
      ? partsOfSubscription(deciding, kind, proposed, isExecuted)
      : partsOfPayment(deciding, kind, proposed, isExecuted)),
    factKey,
    step: 1,
  };
}

/** Whose money it also is: a hold or an envelope of that account covers the action too. */
function destinationOf(snapshot: Snapshot | null): Pick<Action, "destination"> {
  const destination =
    snapshot === null || isSubscription(snapshot) ? null : (snapshot.connect?.destination ?? snapshot.destination);
  return destination === null ? {} : { destination };
}

/** The proposed variant, where the kind has it; otherwise policy's default, which may be none. */
export function variantOf(
  kind: ActionKind,
  proposed: Pick<Proposed, "variant"> | null,
  { variants: defaults }: Pick<Guardrails, "variants">,
): Action["variant"] {
  if (!hasVariants(kind)) return null;
  const variants: readonly (Action["variant"] | undefined)[] = ACTIONS[kind].variants;
  return proposed !== null && variants.includes(proposed.variant) ? proposed.variant : defaults[kind];
}

/** Of an action that may be of a part of its payment. What the agent cannot tell is left out. */
function extentOf(kind: ActionKind, proposed: Proposed | null): Pick<Action, "extent"> {
  if (kind !== "refund" && kind !== "authorize") return {};
  const extent = proposed?.extent;
  return extent === "whole" || extent === "part" ? { extent } : {};
}

type Parts = Pick<Action, "payment" | "charge" | "invoice" | "customer" | "subscription" | "amountMinor" | "currency">;

/** A change of a subscription touches no payment, and none but a downgrade has an amount, whatever was said beside it. */
function partsOfSubscription(
  { event, snapshot, reference }: Deciding,
  kind: ActionKind,
  proposed: Proposed | null,
  isExecuted: boolean,
): Parts {
  const seen = snapshot !== null && isSubscription(snapshot) ? snapshot : null;
  const asked = reference?.kind === "subscription" ? reference.id : null;
  const hasAmount = kind === "downgrade" || ACTIONS[kind].target !== "subscription";
  return {
    payment: null,
    charge: null,
    invoice: null,
    customer: seen?.customer ?? event.customer ?? null,
    subscription: seen?.subscription ?? asked ?? event.subscription ?? null,
    ...(hasAmount
      ? moneyAsked(event, proposed, isExecuted, seen?.currency)
      : { amountMinor: null, currency: seen?.currency ?? event.currency ?? null }),
  };
}

function partsOfPayment(
  { event, snapshot, beside }: Deciding,
  kind: ActionKind,
  proposed: Proposed | null,
  isExecuted: boolean,
): Parts {
  const seen = snapshot !== null && !isSubscription(snapshot) ? snapshot : null;
  // A retry pays the invoice that was found and judged, never one that was only said.
  const mayBeSaid = seen === null || (kind !== "retryPayment" && isOfEvent(seen, event));
  return {
    payment: seen === null ? (event.payment ?? null) : seen.payment,
    charge: seen === null ? (event.charge ?? null) : seen.charge,
    invoice: seen?.invoice ?? beside.invoice ?? (mayBeSaid ? (event.invoice ?? null) : null),
    customer: seen?.customer ?? event.customer ?? null,
    subscription: seen?.invoiceState?.subscription ?? event.subscription ?? null,
    ...(kind === "retryPayment"
      ? moneyOwed(event, proposed, seen)
      : moneyAsked(event, proposed, isExecuted, seen?.currency)),
  };
}

type Money = Pick<Action, "amountMinor" | "currency">;

const moneyOf = ({ amountMinor, currency }: PaymentEvent): Money => ({
  amountMinor: amountMinor ?? null,
  currency: currency ?? null,
});

/** An amount keeps the currency that it came with, or that it came with none, also in a case: a person approves it unchanged. */
const moneyNamed = (proposed: Proposed | null): Money | null =>
  proposed === null || proposed.amountMinor === null
    ? null
    : { amountMinor: proposed.amountMinor, currency: proposed.currency };

function moneyAsked(
  event: PaymentEvent,
  proposed: Proposed | null,
  isExecuted: boolean,
  seenCurrency: string | undefined,
): Money {
  const { amountMinor, currency } = moneyOf(event);
  const named = moneyNamed(proposed);
  if (named !== null) return named;
  if (!isExecuted && amountMinor !== null) return { amountMinor, currency };
  return { amountMinor: null, currency: proposed?.currency ?? seenCurrency ?? currency };
}

/** A retry takes what is owed. Where another amount was asked for, it is a case about that. */
function moneyOwed(event: PaymentEvent, proposed: Proposed | null, seen: PaymentSnapshot | null): Money {
  const named = moneyNamed(proposed);
  if (named !== null) return named;
  const owed = seen === null ? null : owedMinor(seen);
  return owed === null ? moneyOf(event) : { amountMinor: owed, currency: seen?.currency ?? null };
}

/** The agent may have chosen another payment than the event's own; the event's invoice does not belong to that one. */
const isOfEvent = (snapshot: PaymentSnapshot | null, event: PaymentEvent): boolean =>
  snapshot === null || (snapshot.payment !== null && snapshot.payment === event.payment);

export function recordOf(
  proposal: Proposal,
  verdicts: GuardrailVerdict[],
  reason: string,
  { version }: Pick<Policy, "version">,
): DecisionRecord {
  const { by, action, variant, amountMinor, currency, target, extent, confidence, agent } = proposal;
  return {
    by,
    reason,
    proposal: { action, variant, amountMinor, currency, target, extent, confidence },
    verdicts,
    policyVersion: version,
    agent,
  };
}

export function recordOfRule(reason: string, { version }: Pick<Policy, "version">): DecisionRecord {
  return { by: "rule", reason, proposal: null, verdicts: [], policyVersion: version, agent: null };
}
