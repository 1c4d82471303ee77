import type { ActionId, FactKey, Mode, Subject } from "../core/ids.ts";
import type { ActionKind, Variant } from "./actions.ts";
import type { ApprovedBy } from "./overridable.ts";
import type { ProviderName } from "./provider.ts";

/** A command with a stable id. A grant signs all of it. Null means "not applicable", never "not known yet". */
export type Action = {
  id: ActionId;
  kind: ActionKind;
  variant: Variant | null;
  /** Whether all that was there was meant, or the part that was asked for by name. Actions of before 2026-12 have none. */
  extent?: "whole" | "part";
  provider: ProviderName | null;
  /** The account in which the target was found; null: the platform's own. */
  account: string | null;
  /** The connected account to which the payment's money was transferred; only where there is one. */
  destination?: string;
  mode: Mode;
  /** The payment; else the invoice, subscription or customer; else the event. The shard key of the row. */
  subject: Subject;
  payment: string | null;
  charge: string | null;
  invoice: string | null;
  customer: string | null;
  subscription: string | null;
  amountMinor: number | null;
  currency: string | null;
  factKey: FactKey;
  /** Counted from 1: our try n at a failed payment is step n of its fact. */
  step: number;
};

/**
 * ready         waits for its executor; at `due` the pump rings again
 * scheduled     waits for its time, or for a new grant (`grantWanted`)
 * in_flight     leased: an executor may be calling the provider
 * unknown       a call ended without a clear answer; the provider is read before anything is sent again
 * pending       the provider works on it
 * case_opening  a person must decide; the case is not yet in D1
 * dead          given up; the dead letter is not yet in D1
 * case_closed   what its case was about is over, or a person has closed it, and nobody has to do anything
 * denied        a person has said no: it is never executed
 * superseded    a person has approved another target: this fact's action is executed there, in another row
 * All other states are terminal.
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
  "case_closed",
  "denied",
  "superseded",
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
  case_closed: true,
  denied: true,
  superseded: true,
  dead_lettered: true,
};
export const isTerminal = (state: ActionState): boolean => TERMINAL[state];

/** An executor may still work on it: it is not over, and becomes neither a case nor a dead letter. */
export const isUnderWay = (state: ActionState): boolean =>
  !isTerminal(state) && state !== "case_opening" && state !== "dead";

/**
 * How the matter of a case stands, for a fact that has a course (a dispute, a failed refund, a restricted account). `at`: when
 * the provider was read; where it could not be read, when the event says that it happened. The newest counts, in epoch milliseconds.
 * `status` is the provider's word; `dueAt` as in a case; `text` is the case's reason.
 */
export type CaseStanding = {
  status: string;
  dueAt: number | null;
  isOver: boolean;
  text: string;
  at: number;
  /** Its `at` is of our clock: the provider was read. */
  isRead?: boolean;
  /** Its place in the course of its matter, where no time is vouched for: of two that have one the later counts, not `at`. */
  stage?: number;
};

/** Signed by the classifier, verified by executors. `claims` is the exact canonical JSON that was signed. */
export type Grant = { kid: string; claims: string; signature: string };
/** `notBefore` and `expiresAt` in epoch milliseconds. Null: it may be executed at once. */
export type GrantClaims = Action & {
  policyVersion: string;
  expiresAt: number;
  notBefore: number | null;
  approved?: ApprovedBy;
};

/**
 * Why a row waits for the classifier's signature. The grant that it has stays on it and proves what was signed before.
 * first      it has none: a row of an earlier version; any other such row is not ours
 * renewal    its grant is no longer good: expired, retired key, superseded policy
 * next_step  it is the next try at a declined payment, and carries the grant of the try before it
 */
export type GrantWanted = "first" | "renewal" | "next_step";

/** How one attempt ended. `providerObject` is the provider's id of the effect. */
export type Outcome =
  | { kind: "succeeded"; providerObject: string; amountMinor: number | null; note: string }
  | { kind: "pending"; providerObject: string; amountMinor: number | null; note: string; checkAfterMs: number }
  /** Money moved in another amount than was granted: a person decides, and nothing is sent again. */
  | { kind: "unmeant"; providerObject: string; amountMinor: number | null; note: string }
  | { kind: "declined"; note: string; declineCode: string | null; next: NextStep | null }
  | { kind: "skipped"; note: string }
  | { kind: "unknown"; note: string; evidence: CallEvidence };

/** The provider's id of an action's effect, or null. Once there is one, nothing is sent for the action again. */
export const providerObjectOf = (outcome: Outcome | null): string | null =>
  outcome?.kind === "succeeded" || outcome?.kind === "pending" || outcome?.kind === "unmeant"
    ? outcome.providerObject
    : null;

/** What is known of a failed call, for the generation rule of `begin`: docs/decisions/0003. Times are the executor's, in epoch milliseconds. */
export type CallEvidence = {
  /** When the provider was last read and showed no effect of this action. */
  readNoEffectAt: number | null;
  /** When the provider answered with an error that it stores and replays under the key. */
  storedErrorAt: number | null;
};

/** The next try at the same fact: a separate action (step n+1) with its own provider key. */
export type NextStep = { actionId: ActionId; step: number; notBefore: number };
