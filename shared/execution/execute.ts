import type { Action } from "../contracts/action.ts";
import { type ExecutorQueue, executorQueueOf, isExecutable, proposedOfKind } from "../contracts/actions.ts";
import { type Failure, Unavailable } from "../contracts/failure.ts";
import type { Admission } from "../contracts/gate.ts";
import type { ApprovedBy } from "../contracts/overridable.ts";
import type { Policy } from "../contracts/policy.ts";
import type { Snapshot } from "../contracts/provider.ts";
import type { ActionDoorbell } from "../contracts/queues.ts";
import type { ActionRef, ActionView, RowRef } from "../contracts/views.ts";
import { createLimiter, type Limiter, OUTSIDE_CALLS_AT_ONCE } from "../core/concurrency.ts";
import { ok, type Result } from "../core/result.ts";
import type { Told } from "../gate/policy-copy.ts";
import { type GrantCheck, notBeforeOf } from "../grant/verify.ts";
import { asPolicyLets } from "../policy/as-policy-lets.ts";
import type { Delivery } from "../queue/consume.ts";
import { handleAndFlush, type LastStep } from "../queue/each.ts";
import { release } from "../queue/release.ts";
import { retryLater } from "../queue/result.ts";
import { ack, type Handled, type Verdict } from "../queue/verdict.ts";
import { type Answers, askGate, mayExecute } from "./admission.ts";
import { attempt, type Unsendable } from "./attempt.ts";
import type { ExecutionDeps, Executor, ExecutorDeps, Granted } from "./executor.ts";
import { EXECUTORS } from "./executors/index.ts";
import { fail, held, isHeldBy, over, recordResult, stopForged } from "./record.ts";

/** `outside` limits the outside calls of one batch. `again`: the policy by the gate's word, asked for once in a batch. */
type BatchDeps = ExecutionDeps & { outside: Limiter; again(): Promise<Told> };

/**
 * The sequence of all executors: look up the row → policy → gate → begin (leases the payment) → verify the grant → read the provider
 * → judge what was read → send → settle. A doorbell only says which row to look up.
 */
export async function execute(
  deliveries: Delivery<ActionDoorbell>[],
  queue: ExecutorQueue,
  deps: ExecutorDeps,
): Promise<Handled[]> {
  const refs = deliveries.map(({ body }): ActionRef => ({ id: body.id, subject: body.subject }));
  const views = await deps.ledger.actions(refs);
  const mine = views.filter(
    (view): view is ActionView => view !== null && executorFor(view, queue) !== null && mayExecute(view, deps.now()),
  );
  const asked = await askFor(mine, deps);
  if (!asked.ok) {
    // An outage of the gate is not counted in the rows: nothing is written, and the queue delivers the batch again.
    await release(refs.map(toRow), deps.ledger);
    return deliveries.map(({ attempts }) => retryLater(asked.error, attempts));
  }
  const { policy, answers } = asked.value;
  // All run concurrently, so that their calls to the ledger are merged. Only their outside calls are limited.
  const outside = createLimiter(OUTSIDE_CALLS_AT_ONCE);
  const batchDeps: BatchDeps = { ...deps, policy, outside, again: once(deps.policies.again) };
  const idle = refs.filter((ref, index) => isIdle(ref, views[index] ?? null, answers, queue));
  const [handled] = await Promise.all([
    handleAndFlush(refs, (ref, index) => executeOne(ref, views[index] ?? null, answers, queue, batchDeps)),
    release(idle.map(toRow), deps.ledger),
  ]);
  return handled;
}

type Asked = { policy: Policy; answers: Answers };

/** The policy and the gate's answers. Where they say that other guardrails are in force, the gate is asked for those. */
async function askFor(views: ActionView[], deps: ExecutorDeps): Promise<Result<Asked, Failure>> {
  const [told, asked] = await Promise.all([deps.policies.current(), askGate(views, deps)]);
  if (!told.ok) return told;
  if (!asked.ok) return asked;
  const own = told.value.sections.guardrails;
  const isOther = ({ guardrails = own }: Admission): boolean => guardrails !== own;
  const isNews = [...asked.value.byId.values()].some(isOther);
  const newest = isNews ? await deps.policies.again() : told;
  return newest.ok ? ok({ policy: newest.value, answers: asked.value }) : newest;
}

/** The first answer, for all who ask. */
function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | null = null;
  return () => {
    asked ??= ask();
    return asked;
  };
}

const toRow = (ref: ActionRef): RowRef => ({ kind: "action", ...ref });

/** Nothing is written for these: the row is missing, belongs to another queue, is over, or is on hold as before. */
function isIdle(ref: ActionRef, view: ActionView | null, { byId }: Answers, queue: ExecutorQueue): boolean {
  const admission = byId.get(ref.id);
  if (view === null || executorFor(view, queue) === null || admission === undefined) return true;
  return admission.kind === "held" && isHeldBy(view, admission.hold);
}

function executorFor(
  { action: { kind } }: Pick<ActionView, "action">,
  queue: ExecutorQueue,
): Executor<Snapshot> | null {
  return isExecutable(kind) && executorQueueOf(kind) === queue ? EXECUTORS[kind] : null;
}

async function executeOne(
  ref: ActionRef,
  view: ActionView | null,
  answers: Answers,
  queue: ExecutorQueue,
  deps: BatchDeps,
): Promise<LastStep> {
  if (view === null) return done("unknown_row");
  const executor = executorFor(view, queue);
  if (executor === null) return done("other_kind");
  const admission = answers.byId.get(ref.id);
  if (admission === undefined) return done(`already_${view.state}`);
  if (admission.kind === "held") return () => held(ref, view, admission, deps);
  // An action that may have had an effect must be read before it becomes a case: it continues, and only its send is refused.
  if (admission.kind === "over" && isUntouched(view)) return () => over(ref, null, admission, deps);
  if (await isEarly(view, deps)) return () => leaveForLater(ref, deps);
  const [begun] = await deps.ledger.begin([ref]);
  if (begun === undefined || begun.kind !== "granted") return done(begun?.kind ?? "missing");
  const startedAt = deps.now();
  // After an exception under a lease the ledger assumes that the call may have had an effect: the provider is read next.
  const threw = (error: unknown) => {
    const reason = error instanceof Unavailable ? error.reason : "bug";
    return fail(ref, begun.fence, { reason, detail: `an attempt at ${ref.id} threw: ${error}` }, deps);
  };
  const recorded = async (last: () => Promise<Verdict>): Promise<Verdict> => {
    const verdict = await last().catch(threw);
    deps.log(attemptLine(begun, verdict, deps.now() - startedAt));
    return verdict;
  };
  try {
    const last = await underLease(ref, begun, answers, executor, deps);
    return () => recorded(last);
  } catch (error) {
    return () => recorded(() => threw(error));
  }
}

const isUntouched = ({ state, attempts }: ActionView): boolean =>
  state === "ready" || (state === "scheduled" && attempts === 0);

async function leaveForLater(ref: ActionRef, { ledger }: ExecutionDeps): Promise<Verdict> {
  await release([toRow(ref)], ledger);
  return ack("not_yet");
}

/** One log line for one attempt. */
function attemptLine({ action, attempt, key }: Granted, verdict: Verdict, durationMs: number) {
  const { id, kind, variant, provider, account, mode, subject, amountMinor, currency } = action;
  const logged = { id, kind, variant, provider, account, mode, subject, amountMinor, currency };
  return { what: "action.attempted", action: logged, attempt, key, ...answeredBy(verdict), durationMs };
}

function answeredBy(verdict: Verdict) {
  switch (verdict.kind) {
    case "ack":
      return { outcome: verdict.outcome };
    case "retry":
      return { outcome: "retry", reason: verdict.reason, delaySeconds: verdict.delaySeconds };
    case "dead":
      return { outcome: "dead", reason: verdict.failure.reason };
  }
}

const done =
  (outcome: string): LastStep =>
  async () =>
    ack(outcome);

async function underLease(
  ref: ActionRef,
  begun: Granted,
  answers: Answers,
  executor: Executor<Snapshot>,
  batch: BatchDeps,
): Promise<LastStep> {
  const { action, fence } = begun;
  const checked = await checkGrant(begun, batch);
  if (!checked.ok) return () => fail(ref, fence, checked.error, batch);
  const { check, policy } = checked.value;
  const deps = { ...batch, policy };
  if (check.kind === "forged") return () => stopForged(ref, begun, check.reason, deps);
  if (check.kind === "early") return () => fail(ref, fence, waitingFor(check.notBefore, deps.now()), deps);
  const provider = deps.providerOf(action.provider);
  // An action is sent to the provider that its grant names, and to no other.
  if (provider === null || provider.name !== action.provider)
    return () => fail(ref, fence, unreachableAt(action), deps);
  // Such a grant still allows a read, and settling what an earlier attempt did.
  const unsendable = unsendableOf(check);
  if (unsendable !== null && begun.attempt === 1) return () => recordResult(ref, begun, unsendable, executor, deps);
  const result = await deps.outside(() =>
    attempt(
      begun,
      { unsendable, approved: asPolicyLets(approvedBy(check), policy) },
      answers,
      provider,
      executor,
      deps,
    ),
  );
  return () => recordResult(ref, begun, result, executor, deps);
}

type Checked = { check: GrantCheck; policy: Policy };

/**
 * What the grant is worth under the batch's policy. A grant that was signed under another one is checked again under the
 * gate's word of now, before it is called stale: it may be this isolate that has not heard yet.
 */
async function checkGrant({ grant, action }: Granted, deps: BatchDeps): Promise<Result<Checked, Failure>> {
  const under = async (policy: Policy): Promise<Checked> => ({
    check: await deps.verify(grant, action, policy.sections.guardrails, deps.now()),
    policy,
  });
  const first = await under(deps.policy);
  if (first.check.kind !== "stale") return ok(first);
  const told = await deps.again();
  if (!told.ok) return told;
  const isOther = told.value.sections.guardrails !== deps.policy.sections.guardrails;
  return ok(isOther ? await under(told.value) : first);
}

function unsendableOf(check: GrantCheck): Unsendable | null {
  if (check.kind === "stale") return { kind: "regrant", why: check.reason };
  return check.kind === "revoked" ? check : null;
}

/** A grant that is to be renewed still says what people let pass: what an earlier attempt did is judged by it. */
const approvedBy = (check: GrantCheck): ApprovedBy | null =>
  check.kind === "good" || check.kind === "stale" ? (check.approved ?? null) : null;

/**
 * Whether its own grant says that its time has not come by our clock, as where the ledger's clock is ahead, or somebody put
 * the row there without its time. A grant that is not ours is no reason to wait.
 */
async function isEarly({ grant, action }: ActionView, { verify, now, policy }: ExecutionDeps): Promise<boolean> {
  if (grant === null || (notBeforeOf(grant) ?? 0) <= now()) return false;
  return (await verify(grant, action, policy.sections.guardrails, now())).kind === "early";
}

const waitingFor = (notBefore: number, now: number): Failure => ({
  reason: "grant_not_yet",
  detail: `its grant is good from ${new Date(notBefore).toISOString()} on`,
  retryAfterMs: notBefore - now,
});

const unreachableAt = ({ kind, provider }: Action): Failure => ({
  reason: "guardrail",
  detail: `this ${proposedOfKind[kind]} is granted for ${provider ?? "no provider"}, where nothing is executed from here: nothing was sent`,
  about: { rule: "executor", refund: null },
});
