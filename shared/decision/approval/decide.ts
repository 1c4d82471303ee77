import type { RecordedDecision } from "../../contracts/decision.ts";
import type { ActionRef } from "../../contracts/views.ts";
import type { LastStep } from "../../queue/each.ts";
import { ack } from "../../queue/verdict.ts";
import type { Claimed, DecisionDeps } from "../deps.ts";
import { closeAsNone, goOn, grantApproved, refuse, stopForged, stopRevoked, undecided } from "./conclude.ts";
import { givenOf, whyOver, whyVoid } from "./given.ts";
import { judgeAnew } from "./judge.ts";

/**
 * From a complete set of yeses to one granted action, by the ladder of every decision: verify → row → resolve with fresh
 * reads → what has changed → guardrails → sign → row → event. All writes are in the last step; nothing is written before all
 * checks have passed but what says that one of them has not. `recorded`: what an earlier run decided, whose writer died.
 * Why: docs/decisions/0047.
 */
export async function decideApproval(
  claimed: Claimed,
  recorded: RecordedDecision | null,
  deps: DecisionDeps,
): Promise<LastStep> {
  const { event } = claimed;
  const checked = await deps.verifyApproval(event, await deps.ledger.rawOf(event.id));
  if (checked.kind === "forged") return () => stopForged(claimed, checked.reason, recorded, deps);

  const { claims } = checked;
  const approval = givenOf(event.id, claims);
  const ref: ActionRef = { id: claims.actionId, subject: claims.subject };
  const given = { claimed, claims, approval, ref };
  const [view] = await deps.ledger.actions([ref]);
  if (checked.kind === "revoked") return () => stopRevoked(given, checked.kid, view?.caseSeen ?? null, deps);
  // It has passed all checks before: the row says whether it still may be used.
  if (recorded !== null) return () => goOn(given, recorded, deps);
  const over = whyOver(view ?? null, approval, claims);
  if (over !== null) return () => closeAsNone(claimed, over, deps);
  if (view === undefined || view === null) return async () => ack("nothing_to_decide");
  const voided = whyVoid(claims, checked.isRetired, deps.now());
  if (voided !== null) return () => refuse(given, { ...voided, seen: view.caseSeen }, deps);

  const judged = await judgeAnew(view, claims, event.id, deps);
  switch (judged.kind) {
    case "undecided":
      return () => undecided(given, view, judged.failure, deps);
    case "refused":
      return () => refuse(given, judged.refusal, deps);
    case "allowed":
      return () => grantApproved(given, judged.decision, deps);
  }
}
