import type { Outcome } from "../contracts/action.ts";
import type { Failure } from "../contracts/failure.ts";
import type { Admission, HoldRef } from "../contracts/gate.ts";
import type { Snapshot } from "../contracts/provider.ts";
import type { ActionRef, ActionView } from "../contracts/views.ts";
import { failureOfForged, failureOfRevoked } from "../ledger/client/not-ours.ts";
import { ack, type Verdict, verdictOfFailure } from "../queue/verdict.ts";
import type { AttemptResult } from "./attempt.ts";
import type { ExecutionDeps, Executor, Granted } from "./executor.ts";
import { isOurs } from "./executors/ours.ts";
import { outcomeOfEffect } from "./unmeant.ts";

/** Records the result of an attempt. The ledger's answer becomes the verdict on the message. */
export async function recordResult(
  ref: ActionRef,
  begun: Granted,
  result: AttemptResult,
  executor: Executor<Snapshot>,
  deps: ExecutionDeps,
): Promise<Verdict> {
  const { fence } = begun;
  switch (result.kind) {
    case "settle":
      return await settle(ref, fence, result.outcome, deps);
    case "fail":
      return await fail(ref, fence, result.failure, deps);
    case "regrant":
      return await requestGrant(ref, fence, result.why, deps);
    case "revoked":
      return await stopRevoked(ref, begun, result.kid, deps);
    case "stopped":
      return await stopped(ref, fence, result.admission, deps);
    case "sent":
      return await recordEffect(ref, begun, result, executor, deps);
  }
}

/** A forged grant: raises an alarm, puts its payment on hold and opens a case. */
export const stopForged = async (ref: ActionRef, { action, fence }: Granted, why: string, deps: ExecutionDeps) =>
  fail(ref, fence, await failureOfForged(action, why, deps), deps);

/** A grant of a revoked key: opens a case, with one alarm for the key. */
export const stopRevoked = async (ref: ActionRef, { action, fence }: Granted, kid: string, deps: ExecutionDeps) =>
  fail(ref, fence, await failureOfRevoked(action, kid, deps), deps);

/** The envelope is used up: a person decides. */
export const over = (ref: ActionRef, fence: number | null, { reason }: { reason: string }, deps: ExecutionDeps) =>
  fail(ref, fence, { reason: "guardrail", detail: reason, about: { rule: "envelope", refund: null } }, deps);

/** The row has noted this hold already: there is nothing to write. */
export const isHeldBy = (view: ActionView, { scope, at }: HoldRef): boolean =>
  view.held?.scope === scope && view.held.at === at;

/** Notes the hold in the row, so that a trace shows it and a lift finds the row. Written only on a change. */
export async function held(
  ref: ActionRef,
  view: ActionView,
  { hold, reason }: Extract<Admission, { kind: "held" }>,
  { ledger }: ExecutionDeps,
): Promise<Verdict> {
  if (!isHeldBy(view, hold)) await ledger.held([{ ...ref, hold, reason, fence: null }]);
  return ack("held");
}

/** The gate refused right before the send: nothing was sent. */
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

async function recordEffect(
  ref: ActionRef,
  begun: Granted,
  { effect, readAt, seen }: Extract<AttemptResult, { kind: "sent" }>,
  executor: Executor<Snapshot>,
  deps: ExecutionDeps,
): Promise<Verdict> {
  const { action, fence } = begun;
  switch (effect.kind) {
    case "done":
      return await settle(ref, fence, outcomeOfEffect(action, effect), deps);
    case "found":
      return await settle(
        ref,
        fence,
        isOurs(action, { actionId: effect.actionId, at: null }, begun)
          ? outcomeOfEffect(action, effect)
          : doneByOthers(effect),
        deps,
      );
    case "declined": {
      const { retryDelayScale, policy } = deps;
      const context = { policy: policy.guardrails, now: deps.now(), retryDelayScale, seen };
      const said = await executor.declined(action, effect, context);
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

const doneByOthers = ({ note }: { note: string }): Outcome => ({
  kind: "skipped",
  note: `${note}: done by somebody else in the meantime`,
});

async function requestGrant(ref: ActionRef, fence: number, why: string, deps: ExecutionDeps): Promise<Verdict> {
  await deps.ledger.requestGrant(ref, fence, why);
  await deps.rings.renewal(ref, "grant to be renewed");
  return ack("grant_requested");
}

async function settle(
  ref: ActionRef,
  fence: number,
  outcome: Outcome,
  { ledger, rings }: ExecutionDeps,
): Promise<Verdict> {
  const [answer = { kind: "missing" as const }] = await ledger.settle([{ ref, fence, outcome }]);
  if (answer.kind === "settled" && answer.state === "case_opening") await rings.action("escalate", ref, outcome.kind);
  return ack(answer.kind === "settled" ? answer.state : answer.kind);
}

export async function fail(
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
