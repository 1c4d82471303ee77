import type { Action, Outcome } from "../contracts/action.ts";
import type { Failure } from "../contracts/failure.ts";
import type { Admission } from "../contracts/gate.ts";
import type { ApprovedBy } from "../contracts/overridable.ts";
import type { At, Effect, Snapshot } from "../contracts/provider.ts";
import { referenceOfAction } from "../contracts/reference.ts";
import { seenOf } from "../contracts/seen.ts";
import { err, ok, type Result } from "../core/result.ts";
import { SECOND_MS } from "../core/time.ts";
import { signedBy } from "../grant/verify.ts";
import { ownChangesFor } from "../ledger/client/own-changes.ts";
import type { Guardrails } from "../policy/document.ts";
import type { Provider } from "../providers/port.ts";
import { readingAt, see } from "../providers/see.ts";
import { resultOf } from "../queue/result.ts";
import { type Answers, admissionBeforeSend } from "./admission.ts";
import { type ExecutionDeps, type Executor, type Granted, goneAtProvider } from "./executor.ts";

/** A provider call ends this long before the lease does, so that its answer can still be settled. */
const LEASE_MARGIN_MS = 15 * SECOND_MS;
const CALL_MAX_MS = 30 * SECOND_MS;

/** Why nothing is sent on this grant: it is to be renewed first, or a person decides. */
export type Unsendable = { kind: "regrant"; why: string } | { kind: "revoked"; kid: string };

/**
 * What its authentic grant says. `unsendable`: the result where something would have to be sent, or null: what an earlier
 * attempt did is settled in any case. `approved`: what people let pass; null where policy granted it alone.
 */
export type GrantSays = { unsendable: Unsendable | null; approved: ApprovedBy | null };

/** The result of an attempt at the provider. It is recorded after the outside calls of the attempt. */
export type AttemptResult =
  | { kind: "settle"; outcome: Outcome }
  | { kind: "fail"; failure: Failure }
  | Unsendable
  | { kind: "stopped"; admission: Exclude<Admission, { kind: "admitted" }> }
  | { kind: "sent"; effect: Effect; readAt: number; seen: Snapshot };

/**
 * One attempt at the provider, under a lease: read, judge what was read, ask the gate, send. It writes nothing to the
 * ledger.
 */
export async function attempt(
  begun: Granted,
  { unsendable, approved }: GrantSays,
  answers: Answers,
  provider: Provider,
  executor: Executor<Snapshot>,
  deps: ExecutionDeps,
): Promise<AttemptResult> {
  const { action } = begun;
  const { now } = deps;
  const policy = deps.policy.guardrails;
  const leftMs = begun.leaseEndsAt - now() - LEASE_MARGIN_MS;
  const signal = AbortSignal.timeout(Math.max(0, Math.min(deps.callMaxMs ?? CALL_MAX_MS, leftMs)));
  const at: At = { account: action.account, signal };
  const readAt = now();
  const read = await readTarget(action, provider, at, policy);
  if (!read.ok) return { kind: "fail", failure: read.error };
  const { providerObject } = begun;
  const seen = read.value;
  const rows = { ledger: deps.ledger, isSigned: signedBy(deps.authenticate) };
  const changes = await resultOf("ledger_unavailable", () => ownChangesFor(action.kind, seen, rows, readAt, policy));
  if (!changes.ok) return { kind: "fail", failure: changes.error };
  const judging = { ...begun, approved, policy, now: now(), mode: provider.mode, changes: changes.value };
  const judgement = executor.judge(action, seen, judging);
  if (judgement.kind === "settle") return judgement;
  if (judgement.kind === "declined") return { kind: "sent", effect: judgement.effect, readAt, seen };
  // For the people who may have to decide: as it was read just now.
  if (judgement.kind === "refuse") return { kind: "fail", failure: { ...judgement.failure, seen: seenOf(seen) } };
  if (providerObject !== null) return { kind: "fail", failure: goneAtProvider(action, providerObject) };
  if (unsendable !== null) return unsendable;
  if (begun.keySpent || begun.readOnly) {
    const note = begun.keySpent
      ? "the provider would replay its stored error; it was read and shows no effect; a new key must wait"
      : "an event reported on it; the provider was read and shows no effect";
    return {
      kind: "settle",
      outcome: { kind: "unknown", note, evidence: { readNoEffectAt: readAt, storedErrorAt: null } },
    };
  }
  const admitted = await admissionBeforeSend(begun, seen, answers, deps);
  if (!admitted.ok) return { kind: "fail", failure: admitted.error };
  if (admitted.value.kind !== "admitted") return { kind: "stopped", admission: admitted.value };
  const inForce = await isStillInForce(admitted.value, deps);
  if (!inForce.ok) return { kind: "fail", failure: inForce.error };
  if (!inForce.value) return { kind: "regrant", why: "another policy was published while the provider was read" };
  const effect = await executor.send(action, seen, provider, { ...at, key: begun.key, actionId: action.id }, policy);
  return { kind: "sent", effect, readAt, seen };
}

/**
 * Whether the guardrails that the grant was checked against, and the reading judged by, are in force, told less than 10 s ago:
 * the gate says so with its admission. Where it says something else, or nothing, it is asked once more.
 */
async function isStillInForce(
  { guardrails }: Admission,
  { policy, policies }: Pick<ExecutionDeps, "policy" | "policies">,
): Promise<Result<boolean, Failure>> {
  const own = policy.sections.guardrails;
  if (guardrails === own) return ok(true);
  const told = await policies.again();
  return told.ok ? ok(told.value.sections.guardrails === own) : told;
}

async function readTarget(
  action: Action,
  provider: Provider,
  at: At,
  policy: Guardrails,
): Promise<Result<Snapshot, Failure>> {
  const reference = referenceOfAction(action);
  const found = reference === null ? null : await see(readingAt(provider, at), reference, action.kind, policy);
  if (found !== null && !found.ok) return found;
  if (found !== null && found.value !== null) return { ok: true, value: found.value };
  const detail = `${action.subject} of action ${action.id} is not at the provider any more`;
  return err({ reason: "provider_not_found", detail });
}
