import type { ActionId, FactKey, Mode, Subject } from "../core/ids.ts";
import type { ActionKind, Variant } from "./actions.ts";
import type { ProviderName } from "./provider.ts";

/** A command with a stable id: everything that a grant signs. Null is "not applicable", never "unknown yet". */
export type Action = {
  id: ActionId;
  kind: ActionKind;
  variant: Variant | null;
  provider: ProviderName | null;
  account: string | null;
  mode: Mode;
  /** Canonical: the payment; else the invoice, subscription, customer; else the event. The shard key of the row. */
  subject: Subject;
  payment: string | null;
  charge: string | null;
  invoice: string | null;
  customer: string | null;
  subscription: string | null;
  amountMinor: number | null;
  currency: string | null;
  factKey: FactKey;
  /** Counted from 1: our own attempt n at a failed payment is step n of its fact. */
  step: number;
};

/**
 * ready         waits for its executor (due says when it is rung again)
 * scheduled     waits for its time, then for a fresh grant
 * in_flight     leased: an executor may be calling the provider
 * unknown       a call ended without a clear answer; the provider is read before anything is sent again
 * pending       the provider works on it
 * case_opening  a person must decide; the case is on its way to D1
 * dead          given up; the dead letter is on its way to D1
 * The rest is terminal.
 */
export const ACTION_STATES = [
  "ready",
  "scheduled",
  "in_flight",
  "unknown",
  "pending",
  "case_opening",
  "dead",
  "succeeded",
  "declined",
  "skipped",
  "case_open",
  "dead_lettered",
] as const;
export type ActionState = (typeof ACTION_STATES)[number];

const TERMINAL: Record<ActionState, boolean> = {
  ready: false,
  scheduled: false,
  in_flight: false,
  unknown: false,
  pending: false,
  case_opening: false,
  dead: false,
  succeeded: true,
  declined: true,
  skipped: true,
  case_open: true,
  dead_lettered: true,
};
export const isTerminal = (state: ActionState): boolean => TERMINAL[state];

/** An executor may still work on it: neither over, nor on its way to a person or a dead letter. */
export const isUnderWay = (state: ActionState): boolean =>
  !isTerminal(state) && state !== "case_opening" && state !== "dead";

/** Signed by the classifier, verified by executors. `claims` is the canonical JSON that was signed, kept as it was. */
export type Grant = { kid: string; claims: string; signature: string };
export type GrantClaims = Action & { policyVersion: string; expiresAt: number };

/** How one attempt ended. `providerObject` is the id of what stands at the provider. */
export type Outcome =
  | { kind: "succeeded"; providerObject: string; amountMinor: number | null; note: string }
  | { kind: "pending"; providerObject: string; amountMinor: number | null; note: string; checkAfterMs: number }
  | { kind: "declined"; note: string; declineCode: string | null; next: NextStep | null }
  | { kind: "skipped"; note: string }
  | { kind: "unknown"; note: string; evidence: CallEvidence };

/** What the provider has named as the effect of an action: once it has, nothing is ever sent for that action again. */
export const providerObjectOf = (outcome: Outcome | null): string | null =>
  outcome?.kind === "succeeded" || outcome?.kind === "pending" ? outcome.providerObject : null;

/** What is known of the call that went wrong, for the generation rule of `begin`. Times are the executor's. */
export type CallEvidence = {
  /** The provider was read and showed no effect of this action, at this time, before the call. */
  readNoEffectAt: number | null;
  /** The provider answered with an error that it stores and replays under the key. */
  storedErrorAt: number | null;
};

/** The next try at the same fact: an action of its own (step n+1), so that its provider key is new. */
export type NextStep = { actionId: ActionId; step: number; notBefore: number };
