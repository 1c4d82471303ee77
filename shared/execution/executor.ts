import type { Action, Outcome } from "../contracts/action.ts";
import { proposedOfKind } from "../contracts/actions.ts";
import type { Failure } from "../contracts/failure.ts";
import type { GateRpc } from "../contracts/gate.ts";
import type { BeginAnswer, Ledger } from "../contracts/ledger.ts";
import type { CallOptions, Effect } from "../contracts/provider.ts";
import type { Result } from "../core/result.ts";
import { SECOND_MS } from "../core/time.ts";
import type { Verify } from "../grant/verify.ts";
import type { Provider } from "../providers/port.ts";
import type { Rings } from "../queue/doorbells.ts";

/** What differs between the kinds: what is read, what follows from it, what is sent, and what a decline means. */
export type Executor<Read> = {
  read(action: Action, provider: Provider, signal: AbortSignal): Promise<Result<Read, Failure>>;
  /** Pure. An effect of this very action is settled, not sent; the guardrails are asked again on what was read. */
  judge(action: Action, read: Read, context: JudgeContext): Judgement;
  send(action: Action, read: Read, provider: Provider, call: CallOptions): Promise<Effect>;
  /** Pure but for the hash of the next step's id. */
  declined(action: Action, declined: Declined, context: DeclineContext): Promise<Outcome | Failure>;
};

/**
 * `attempt` counts from 1; from the second on, an effect that is found may be our own. `providerObject`: what the provider
 * has named as the effect of this action; once it has, nothing is sent for it again, whatever a judgement says.
 */
export type JudgeContext = { now: number; mode: string; attempt: number; providerObject: string | null };
/** `retryDelayScale` is 1 in production; local runs compress the days between two tries. */
export type DeclineContext = { now: number; retryDelayScale: number };
export type Declined = Extract<Effect, { kind: "declined" }>;
export type Judgement =
  | { kind: "send" }
  | { kind: "settle"; outcome: Outcome }
  | { kind: "refuse"; failure: Failure }
  /** What the provider had taken on has been declined since. */
  | { kind: "declined"; effect: Declined };

export type ExecutionDeps = {
  ledger: Ledger;
  gate: Pick<GateRpc, "admit" | "hold">;
  /** Null: this Worker cannot reach that provider, or nothing is executed there. */
  providerOf(name: Action["provider"]): Provider | null;
  verify: Verify;
  rings: Rings;
  /** How long one attempt may read and call the provider; 30 seconds unless told, and never beyond its lease. */
  callMaxMs?: number;
  retryDelayScale: number;
  now(): number;
  log(line: Record<string, unknown>): void;
  alarm(line: Record<string, unknown>): void;
};

export type Granted = Extract<BeginAnswer, { kind: "granted" }>;

/** How long a provider's "pending" is left alone before it is read again. Bank refunds take days. */
export const PENDING_CHECK_MS = 6 * 60 * 60 * SECOND_MS;

/** A second effect must not follow from a first that cannot be found. */
export const goneAtProvider = ({ kind }: Action, providerObject: string): Failure => ({
  reason: "provider_not_found",
  detail: `the provider had named ${providerObject} for this ${proposedOfKind[kind]} and does not show its effect any more: nothing is sent again before a person has looked there`,
});
