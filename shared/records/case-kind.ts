import type { Outcome } from "../contracts/action.ts";
import type { ActionKind } from "../contracts/actions.ts";
import { FACT_KINDS, type FactKind } from "../contracts/facts.ts";
import type { CaseKind, PolicyDocument } from "../contracts/policy.ts";

/**
 * What a case is about, in a word. `hasDefects`: its event has fields that could not be read. `deniedBefore`: a denial that
 * still stands made it a case.
 */
export type CaseMatter = {
  kind: ActionKind;
  fact: FactKind | null;
  outcome: Outcome["kind"] | null;
  hasDefects: boolean;
  deniedBefore: boolean;
};

/** Of an action that a Worker would execute. `null`: its fact says more. */
const BY_ACTION: Record<ActionKind, CaseKind | null> = {
  refund: "refund",
  retryPayment: "failed_payment",
  authorize: "authorization",
  pause: "subscription",
  resume: "subscription",
  downgrade: "subscription",
  cancel: "subscription",
  escalate: null,
};

const BY_FACT: Record<FactKind, CaseKind> = {
  dispute: "dispute",
  early_fraud_warning: "fraud_warning",
  review: "fraud_warning",
  failed_renewal: "failed_payment",
  failed_payment: "failed_payment",
  failed_charge: "failed_payment",
  failed_checkout: "failed_payment",
  failed_finalization: "failed_payment",
  held_authorization: "authorization",
  failed_capture: "authorization",
  expired_hold: "authorization",
  failed_refund: "refund",
  subscription_ended: "subscription",
  mandate_ended: "subscription",
  failed_payout: "other",
  account_restricted: "other",
  account_disconnected: "other",
  conflict: "other",
  request: "other",
  outside_decision: "other",
};

/** How its last attempt ended, where that comes before all else: nobody knows whether money moved. */
const BY_OUTCOME: Record<Outcome["kind"], CaseKind | null> = {
  unknown: "unknown_outcome",
  succeeded: null,
  pending: null,
  unmeant: null,
  declined: null,
  skipped: null,
};

export function kindOfCase({ kind, fact, outcome, hasDefects, deniedBefore }: CaseMatter): CaseKind {
  if (deniedBefore) return "denied_before";
  const ofOutcome = outcome === null ? null : BY_OUTCOME[outcome];
  if (ofOutcome !== null) return ofOutcome;
  if (hasDefects && kind === "escalate") return "defective";
  return BY_ACTION[kind] ?? (fact === null ? "other" : BY_FACT[fact]);
}

/** Facts about which policy lets somebody else than a person decide; any other is a case because of what it is. */
const DECIDED_ELSEWHERE = [
  "failed_renewal",
  "failed_payment",
  "held_authorization",
  "request",
  "outside_decision",
] as const satisfies readonly (keyof PolicyDocument["guardrails"]["facts"])[];

/** What a person must see to, whatever was decided: it is the reason of its case. Null: its rule is. */
export const factForPeople = (fact: FactKind | null): FactKind | null =>
  fact === null || DECIDED_ELSEWHERE.some((one) => one === fact) ? null : fact;

/** The fact that a fact key begins with; null for a key of none that we know. */
export function factOfKey(factKey: string): FactKind | null {
  const name = factKey.slice(0, Math.max(0, factKey.indexOf("/")));
  return FACT_KINDS.find((fact) => fact === name) ?? null;
}
