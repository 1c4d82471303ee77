import type { ActionRef } from "../../shared/contracts/ledger.ts";
import { queueOfKind } from "../../shared/contracts/queues.ts";
import { guardAgain } from "../../shared/execution/executors/again.ts";
import { referenceOfAction } from "../../shared/execution/resolve.ts";
import { summaryOf } from "../../shared/execution/rings.ts";
import { POLICY } from "../../shared/policy/policy.ts";
import { ack, retry, type Verdict } from "../../shared/queue/verdict.ts";
import type { ClassifierDeps } from "./deps.ts";

/**
 * Signs a waiting action again: a scheduled try whose time has come, or a grant that expired, was signed with a retired
 * key, or was decided under an older policy. Resolve and guardrails, no Claude, the same action id.
 */
export async function regrant(ref: ActionRef, deps: ClassifierDeps): Promise<Verdict> {
  const [view] = await deps.ledger.actions([ref]);
  if (view?.state !== "scheduled") return ack("nothing_to_grant");
  if (view.notBefore !== null && view.notBefore > deps.now()) return ack("not_yet");
  const { action, eventId } = view;
  const reader = deps.readerOf(eventId);
  const reference = referenceOfAction(action);
  if (reader === null || reference === null) return await openCase(ref, "nothing at a provider to act on", deps);
  const found = await reader.find(reference);
  if (!found.ok) {
    const { delaySeconds } = await deps.ledger.failAction(ref, null, found.error);
    return retry(found.error.reason, delaySeconds);
  }
  const result = guardAgain(action, found.value, { mode: deps.mode, now: deps.now() });
  if (result.kind === "escalate") return await openCase(ref, result.reason, deps);
  // `leave` (paid meanwhile, left to the provider) is the executor's to settle: it reads before it acts.
  const grant = await deps.sign(action, POLICY.version, deps.now() + POLICY.grantLifeMs);
  await deps.ledger.regrant(ref, grant);
  await deps.rings.action(queueOfKind[action.kind], ref, summaryOf(action.kind, ref.subject));
  return ack("granted");
}

async function openCase(ref: ActionRef, reason: string, { ledger, rings }: ClassifierDeps): Promise<Verdict> {
  await ledger.openCase(ref, reason);
  await rings.action("escalate", ref, reason);
  return ack("case");
}
