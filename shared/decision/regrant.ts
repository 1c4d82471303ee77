import type { Action } from "../contracts/action.ts";
import type { Failure } from "../contracts/failure.ts";
import type { ActionRef, ActionView } from "../contracts/ledger.ts";
import { queueOfKind } from "../contracts/queues.ts";
import { referenceOfAction } from "../contracts/reference.ts";
import type { RuleName } from "../contracts/rules.ts";
import { ownChangesFor } from "../ledger/client/own-changes.ts";
import { guardAgain } from "../policy/again.ts";
import { POLICY } from "../policy/policy.ts";
import { see } from "../providers/see.ts";
import { summaryOf } from "../queue/doorbells.ts";
import type { LastStep } from "../queue/each.ts";
import { ack, retry, type Verdict } from "../queue/verdict.ts";
import type { DecisionDeps } from "./deps.ts";

/**
 * Grants a waiting action again: a scheduled try whose time has come, or one whose grant expired, has a retired key or an
 * older policy. It resolves and asks the guardrails, without Claude. The action id stays. Why: docs/decisions/0005.
 */
export async function regrant(ref: ActionRef, view: ActionView | null, deps: DecisionDeps): Promise<LastStep> {
  if (!waitsForGrant(view)) return async () => ack("nothing_to_grant");
  if (!mayBeGranted(view, deps.now())) return async () => ack("not_yet");
  const { action, eventId } = view;
  const lookups = deps.lookupsOf(eventId, action.account);
  const reference = referenceOfAction(action);
  if (lookups === null || reference === null)
    return () => openCase(ref, "nothing at a provider to act on", deps, "executor");
  const found = await see(lookups, reference, action.kind);
  if (!found.ok) return () => failUnread(ref, found.error, deps);
  const changes = await ownChangesFor(action.kind, found.value, deps.ledger, deps.now());
  const result = guardAgain(action, found.value, { mode: deps.mode, now: deps.now(), changes });
  if (result.kind === "escalate") return () => openCase(ref, result.reason, deps, result.rule, result.refund);
  // `leave` (paid meanwhile, left to the provider) is granted too: the executor reads before it acts, and settles it.
  return () => grant(ref, action, deps);
}

type Waiting = ActionView & { state: "scheduled" };
const waitsForGrant = (view: ActionView | null): view is Waiting => view?.state === "scheduled";

/** Whether it waits for a grant and its time has come. */
export const mayBeGranted = (view: ActionView | null, now: number): boolean =>
  waitsForGrant(view) && (view.notBefore === null || view.notBefore <= now);

async function grant(ref: ActionRef, action: Action, { ledger, rings, sign, now }: DecisionDeps): Promise<Verdict> {
  const signed = await sign(action, POLICY.version, now() + POLICY.grantLifeMs);
  await ledger.regrant([{ ref, grant: signed }]);
  await rings.action(queueOfKind(action.kind), ref, summaryOf(action.kind, ref.subject));
  return ack("granted");
}

async function failUnread(ref: ActionRef, failure: Failure, { ledger }: DecisionDeps): Promise<Verdict> {
  const { delaySeconds } = await ledger.failAction(ref, null, failure);
  return retry(failure.reason, delaySeconds);
}

async function openCase(
  ref: ActionRef,
  reason: string,
  { ledger, rings }: DecisionDeps,
  rule: RuleName,
  refund: string | null = null,
): Promise<Verdict> {
  await ledger.openCase(ref, reason, { rule, refund });
  await rings.action("escalate", ref, reason);
  return ack("case");
}
