import { type Action, type ExecutableKind, type Outcome, proposedOfKind } from "../contracts/action.ts";
import { type Failure, Unavailable } from "../contracts/failure.ts";
import type { Admission, GateRpc } from "../contracts/gate.ts";
import type { ActionRef, ActionView, BeginAnswer, Ledger } from "../contracts/ledger.ts";
import type { ActionDoorbell } from "../contracts/queues.ts";
import { createLimiter, type Limiter, OUTSIDE_CALLS_AT_ONCE } from "../core/concurrency.ts";
import type { Result } from "../core/result.ts";
import { SECOND_MS } from "../core/time.ts";
import { POLICY } from "../policy/policy.ts";
import type { CallOptions, Effect, Provider } from "../providers/port.ts";
import { retryLater } from "../queue/attempt.ts";
import type { Delivery } from "../queue/consume.ts";
import { handleInWaves, type LastStep } from "../queue/each.ts";
import { ack, type Handled, type Verdict, verdictOfFailure } from "../queue/verdict.ts";
import { type Answers, admissionBeforeSend, askGate, holdPaymentOf, mayExecute } from "./admission.ts";
import type { Verify } from "./grant.ts";
import type { Rings } from "./rings.ts";

/** What differs between the kinds: what is read, what follows from it, what is sent, and what a decline means. */
export type Executor<Read> = {
  kind: ExecutableKind;
  read(action: Action, provider: Provider, signal: AbortSignal): Promise<Result<Read, Failure>>;
  /** Pure. An effect of this very action is settled, not sent; the guardrails are asked again on what was read. */
  judge(action: Action, read: Read, context: JudgeContext): Judgement;
  send(action: Action, read: Read, provider: Provider, call: CallOptions): Promise<Effect>;
  /** Pure but for the hash of the next step's id. */
  declined(action: Action, effect: Extract<Effect, { kind: "declined" }>, now: number): Promise<Outcome | Failure>;
};

/**
 * `attempt` counts from 1; from the second on, an effect that is found may be our own. `providerObject`: what the provider
 * has named as the effect of this action; once it has, nothing is sent for it again, whatever a judgement says.
 */
export type JudgeContext = { now: number; mode: string; attempt: number; providerObject: string | null };
export type Judgement =
  | { kind: "send" }
  | { kind: "settle"; outcome: Outcome }
  | { kind: "refuse"; failure: Failure }
  /** What the provider had taken on has been declined since. */
  | { kind: "declined"; effect: Extract<Effect, { kind: "declined" }> };

export type ExecutionDeps = {
  ledger: Ledger;
  gate: Pick<GateRpc, "admit" | "hold">;
  provider: Provider;
  verify: Verify;
  rings: Rings;
  /** How long one attempt may read and call the provider; 30 seconds unless told, and never beyond its lease. */
  callMaxMs?: number;
  now(): number;
  alarm(line: Record<string, unknown>): void;
};

/** A provider call ends this long before the lease does, so that its answer can still be settled. */
const LEASE_MARGIN_MS = 15 * SECOND_MS;
const CALL_MAX_MS = 30 * SECOND_MS;

/** The outside calls of one batch take turns. */
type BatchDeps = ExecutionDeps & { outside: Limiter };

type Granted = Extract<BeginAnswer, { kind: "granted" }>;

/**
 * The ladder that all executors share. What the doorbells say is looked up, never believed:
 * gate → begin (leases the payment) → verify the grant → read the provider → judge what was read → send → settle.
 */
export async function execute<Read>(
  deliveries: Delivery<ActionDoorbell>[],
  executor: Executor<Read>,
  deps: ExecutionDeps,
): Promise<Handled[]> {
  const refs = deliveries.map(({ body }): ActionRef => ({ id: body.id, subject: body.subject }));
  const views = await deps.ledger.actions(refs);
  const mine = views.filter((view): view is ActionView => view?.action.kind === executor.kind && mayExecute(view));
  const asked = await askGate(mine, deps);
  // No answer of the gate is nobody's failure: nothing is written, the queue brings the batch again.
  if (!asked.ok) return deliveries.map(({ attempts }) => retryLater(asked.error, attempts));
  // All side by side, so that they share their calls to the ledger; what goes outside takes turns.
  const batchDeps = { ...deps, outside: createLimiter(OUTSIDE_CALLS_AT_ONCE) };
  return await handleInWaves(refs, (ref, index) =>
    executeOne(ref, views[index] ?? null, asked.value, executor, batchDeps),
  );
}

async function executeOne<Read>(
  ref: ActionRef,
  view: ActionView | null,
  answers: Answers,
  executor: Executor<Read>,
  deps: BatchDeps,
): Promise<LastStep> {
  if (view === null) return done("unknown_row");
  if (view.action.kind !== executor.kind) return done("other_kind");
  const admission = answers.byId.get(ref.id);
  if (admission === undefined) return done(`already_${view.state}`);
  if (admission.kind === "held") return () => held(ref, view, admission, deps);
  // What may have had an effect is no case before it was read: it goes on, and only its send is refused.
  if (admission.kind === "over" && view.state === "ready") return () => over(ref, null, admission, deps);
  const [begun] = await deps.ledger.begin([ref]);
  if (begun === undefined || begun.kind !== "granted") return done(begun?.kind ?? "missing");
  // The ledger takes an exception under a lease for a call that may have had an effect: the provider is read next.
  const threw = (error: unknown) => {
    const reason = error instanceof Unavailable ? error.reason : "bug";
    return fail(ref, begun.fence, { reason, detail: `an attempt at ${ref.id} threw: ${error}` }, deps);
  };
  try {
    const last = await underLease(ref, begun, answers, executor, deps);
    return () => last().catch(threw);
  } catch (error) {
    return () => threw(error);
  }
}

const done =
  (outcome: string): LastStep =>
  async () =>
    ack(outcome);

const over = (ref: ActionRef, fence: number | null, { reason }: { reason: string }, deps: ExecutionDeps) =>
  fail(ref, fence, { reason: "guardrail", detail: reason }, deps);

/** The row remembers why it waits, so that a trace tells it and a lift wakes it: written when that has changed. */
async function held(
  ref: ActionRef,
  view: ActionView,
  { hold, reason }: Extract<Admission, { kind: "held" }>,
  { ledger }: ExecutionDeps,
): Promise<Verdict> {
  const isKnown = view.held?.scope === hold.scope && view.held.at === hold.at;
  if (!isKnown) await ledger.held([{ ...ref, hold, reason, fence: null }]);
  return ack("held");
}

async function underLease<Read>(
  ref: ActionRef,
  begun: Granted,
  answers: Answers,
  executor: Executor<Read>,
  deps: BatchDeps,
): Promise<LastStep> {
  const check = await deps.verify(begun.grant, begun.action, POLICY.version, deps.now());
  if (check.kind === "forged") return () => stopForged(ref, begun, check.reason, deps);
  // A grant that is no longer good still suffices to read, and to settle what an earlier attempt did.
  const stale = check.kind === "stale" ? check.reason : null;
  if (stale !== null && begun.attempt === 1) return () => requestGrant(ref, begun.fence, stale, deps);
  const tried = await deps.outside(() => tryOutside(begun, stale, answers, executor, deps));
  return () => tell(ref, begun, tried, executor, deps);
}

async function stopForged(ref: ActionRef, { action, fence }: Granted, why: string, deps: ExecutionDeps) {
  deps.alarm({ what: "grant.forged", action: ref.id, reason: why });
  const onHold = await holdPaymentOf(action, `the grant of ${ref.id} is not ours: ${why}`, deps);
  // The row comes back, and the alarm with it, until its payment is on hold.
  if (!onHold.ok) return await fail(ref, fence, onHold.error, deps);
  const detail = `the grant is not ours: ${why}${onHold.value}`;
  return await fail(ref, fence, { reason: "grant_invalid", detail }, deps);
}

/** What an attempt at the provider came to; the ledger is told when its turn outside is over. */
type Tried =
  | { kind: "settle"; outcome: Outcome }
  | { kind: "fail"; failure: Failure }
  | { kind: "regrant"; why: string }
  | { kind: "stopped"; admission: Exclude<Admission, { kind: "admitted" }> }
  | { kind: "sent"; effect: Effect; readAt: number };

async function tell<Read>(
  ref: ActionRef,
  begun: Granted,
  tried: Tried,
  executor: Executor<Read>,
  deps: ExecutionDeps,
): Promise<Verdict> {
  const { fence } = begun;
  switch (tried.kind) {
    case "settle":
      return await settle(ref, fence, tried.outcome, deps);
    case "fail":
      return await fail(ref, fence, tried.failure, deps);
    case "regrant":
      return await requestGrant(ref, fence, tried.why, deps);
    case "stopped":
      return await stopped(ref, fence, tried.admission, deps);
    case "sent":
      return await record(ref, begun, tried.effect, tried.readAt, executor, deps);
  }
}

/** `stale`: why the grant is no longer good. */
async function tryOutside<Read>(
  begun: Granted,
  stale: string | null,
  answers: Answers,
  executor: Executor<Read>,
  deps: ExecutionDeps,
): Promise<Tried> {
  const { action } = begun;
  const { provider, now } = deps;
  const leftMs = begun.leaseEndsAt - now() - LEASE_MARGIN_MS;
  const signal = AbortSignal.timeout(Math.max(0, Math.min(deps.callMaxMs ?? CALL_MAX_MS, leftMs)));
  const readAt = now();
  const read = await executor.read(action, provider, signal);
  if (!read.ok) return { kind: "fail", failure: read.error };
  const { attempt, providerObject } = begun;
  const judgement = executor.judge(action, read.value, { now: now(), mode: provider.mode, attempt, providerObject });
  if (judgement.kind === "settle") return judgement;
  if (judgement.kind === "declined") return { kind: "sent", effect: judgement.effect, readAt };
  if (judgement.kind === "refuse") return { kind: "fail", failure: judgement.failure };
  if (providerObject !== null) return { kind: "fail", failure: goneAtProvider(action, providerObject) };
  if (stale !== null) return { kind: "regrant", why: stale };
  if (begun.keySpent || begun.readOnly) {
    const note = begun.keySpent
      ? "the provider would replay its stored error; read, no effect, waiting until a new key may be used"
      : "read because an event reported on it; no effect is there";
    return {
      kind: "settle",
      outcome: { kind: "unknown", note, evidence: { readNoEffectAt: readAt, storedErrorAt: null } },
    };
  }
  const admitted = await admissionBeforeSend(action, answers, deps);
  if (!admitted.ok) return { kind: "fail", failure: admitted.error };
  if (admitted.value.kind !== "admitted") return { kind: "stopped", admission: admitted.value };
  const effect = await executor.send(action, read.value, provider, { key: begun.key, actionId: action.id, signal });
  return { kind: "sent", effect, readAt };
}

/** A second effect must not follow from a first that cannot be found. */
export const goneAtProvider = ({ kind }: Action, providerObject: string): Failure => ({
  reason: "provider_not_found",
  detail: `the provider had named ${providerObject} for this ${proposedOfKind[kind]} and does not show its effect any more: nothing is sent again before a person has looked there`,
});

/** The gate said no right before the send: nothing was sent. */
async function stopped(
  ref: ActionRef,
  fence: number,
  admission: Exclude<Admission, { kind: "admitted" }>,
  deps: ExecutionDeps,
): Promise<Verdict> {
  if (admission.kind === "over") return await over(ref, fence, admission, deps);
  await deps.ledger.held([{ ...ref, hold: admission.hold, reason: admission.reason, fence }]);
  return ack("held");
}

async function record<Read>(
  ref: ActionRef,
  { action, fence }: Granted,
  effect: Effect,
  readAt: number,
  executor: Executor<Read>,
  deps: ExecutionDeps,
): Promise<Verdict> {
  switch (effect.kind) {
    case "done": {
      const { providerObject, amountMinor, note } = effect;
      if (!effect.pending)
        return await settle(ref, fence, { kind: "succeeded", providerObject, amountMinor, note }, deps);
      return await settle(
        ref,
        fence,
        { kind: "pending", providerObject, amountMinor, note, checkAfterMs: PENDING_CHECK_MS },
        deps,
      );
    }
    case "declined": {
      const said = await executor.declined(action, effect, deps.now());
      return "reason" in said ? await fail(ref, fence, said, deps) : await settle(ref, fence, said, deps);
    }
    case "refused": {
      const failure: Failure = {
        reason: "provider_refused",
        detail: `the provider refused (${effect.code}): ${effect.note}`,
      };
      const evidence = effect.stored ? { readNoEffectAt: readAt, storedErrorAt: deps.now() } : undefined;
      return await fail(ref, fence, failure, deps, evidence);
    }
    case "not_now":
      return await fail(ref, fence, effect.failure, deps);
    case "unclear": {
      const evidence = { readNoEffectAt: readAt, storedErrorAt: effect.storedError ? deps.now() : null };
      return await settle(ref, fence, { kind: "unknown", note: effect.note, evidence }, deps);
    }
  }
}

/** How long a provider's "pending" is left alone before it is read again. Bank refunds take days. */
export const PENDING_CHECK_MS = 6 * 60 * 60 * SECOND_MS;

async function requestGrant(ref: ActionRef, fence: number, why: string, deps: ExecutionDeps): Promise<Verdict> {
  await deps.ledger.requestGrant(ref, fence, why);
  await deps.rings.regrant(ref, "grant to be renewed");
  return ack("grant_requested");
}

async function settle(ref: ActionRef, fence: number, outcome: Outcome, { ledger }: ExecutionDeps): Promise<Verdict> {
  const answer = await ledger.settle(ref, fence, outcome);
  return ack(answer.kind === "settled" ? answer.state : answer.kind);
}

async function fail(
  ref: ActionRef,
  fence: number | null,
  failure: Failure,
  { ledger, rings }: ExecutionDeps,
  evidence?: { readNoEffectAt: number | null; storedErrorAt: number | null },
): Promise<Verdict> {
  const answer = await ledger.failAction(ref, fence, failure, evidence);
  if (answer.disposition === "case") await rings.action("escalate", ref, failure.reason);
  return verdictOfFailure(failure, answer);
}
