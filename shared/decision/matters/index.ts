/** Facts that people decide: what a case says of them, and whether one is needed. */
import type { CaseStanding } from "../../contracts/action.ts";
import type { Decision, RecordedDecision } from "../../contracts/decision.ts";
import type { Failure } from "../../contracts/failure.ts";
import { ok, type Result } from "../../core/result.ts";
import { deciderOf, FACTS } from "../../policy/facts.ts";
import { speakerOf } from "../../providers/registry.ts";
import { summaryOf } from "../../queue/doorbells.ts";
import type { LastStep } from "../../queue/each.ts";
import { ack, type Verdict, verdictOfFailure } from "../../queue/verdict.ts";
import { caseByRule } from "../case.ts";
import { commit, commitRecorded } from "../commit.ts";
import { decidingOf } from "../deciding.ts";
import type { DecisionDeps, Triggered } from "../deps.ts";
import { judgeDispute } from "./dispute.ts";
import type { Asking, Judged, Judging } from "./judged.ts";
import { judgeAccount, judgeHold, judgeMandate, judgeRefund } from "./others.ts";
import { sayFact } from "./words.ts";

export const isOfPeople = ({ route }: Triggered, { policy }: Pick<DecisionDeps, "policy">): boolean =>
  deciderOf(route.fact, policy.guardrails) === "person";

/** It is news of a matter whose case exists, or nothing. */
export const isOnlyFollowing = ({ route }: Triggered): boolean =>
  route.kind === "triggers" && route.onlyFollows === true;

/** A recorded fact goes on with its decision. Where it has a course, its case hears how the matter stands by now. */
export const isFollowed = ({ event, route }: Triggered, { mode }: DecisionDeps): boolean =>
  route.kind === "triggers" && FACTS[route.fact].hasCourse && event.mode === mode;

/** Judges the fact of an event; `recorded` where its case exists already. */
export async function decideMatter(
  triggered: Triggered,
  recorded: RecordedDecision | null,
  deps: DecisionDeps,
): Promise<LastStep> {
  const judged = await judge(triggered, null, deps);
  return judged.ok
    ? () => conclude(triggered, recorded, judged.value, deps)
    : () => failed(triggered, recorded, judged.error, deps);
}

function judge(triggered: Triggered, unreadWhy: string | null, deps: DecisionDeps): Judging {
  const { event, route } = triggered;
  const { ledger, mode, policy } = deps;
  const aCase = (reason: string): Judging => Promise.resolve(ok({ kind: "case", reason, standing: null }));
  if (route.kind === "defective") return aCase(`the event cannot be acted on: ${route.reason}`);
  if (event.mode !== mode) return aCase(`a ${event.mode} event in a system that works in ${mode} mode`);
  const provider = speakerOf(event);
  // The account that an event of an account names is what it is about. It is read from the platform's own.
  const account = route.fact === "account_restricted" ? null : (event.account ?? null);
  const found = deps.lookupsOf(event.id, account);
  // An event in our own shape may tell of another provider's object.
  const lookups = found?.provider.name === provider.name ? found : null;
  const asking: Asking = { event, provider, lookups, unreadWhy, ledger, policy: policy.guardrails, now: deps.now() };
  switch (route.fact) {
    case "dispute":
      return judgeDispute(asking);
    case "failed_refund":
      return judgeRefund(asking);
    case "account_restricted":
      return judgeAccount(asking);
    case "expired_hold":
      return judgeHold(asking);
    case "mandate_ended":
      return judgeMandate(asking);
    default:
      return aCase(sayFact(route.fact, event, provider.desk));
  }
}

async function conclude(
  triggered: Triggered,
  recorded: RecordedDecision | null,
  { kind, reason, standing }: Judged,
  deps: DecisionDeps,
  isReadable = true,
): Promise<Verdict> {
  const known = recorded ?? (kind === "none" ? await recordedSince(triggered, deps) : null);
  if (known !== null) return await commitRecorded(triggered, known, deps, () => tell(known, standing, deps));
  if (kind === "none") {
    await deps.ledger.close([{ id: triggered.event.id, outcome: { kind: "none", reason }, factRowKey: null }]);
    return ack("none");
  }
  const decision = await caseByRule(decidingOf(triggered, null, deps), reason);
  return await commit(triggered, withStanding(decision, standing), deps, async (known, isOwn) => {
    if (!isOwn) await tell(known, standing, deps);
    else if (standing !== null && isReadable) await tellAnew(triggered, known, standing, deps);
  });
}

/**
 * Another event that found the matter over, before its case was recorded, has told nobody. So it is read once more: whatever
 * comes from now on finds the case.
 */
async function tellAnew(triggered: Triggered, known: Known, before: CaseStanding, deps: DecisionDeps): Promise<void> {
  const judged = await judge(triggered, null, deps);
  const standing = judged.ok ? judged.value.standing : null;
  if (standing !== null && standing.text !== before.text) await tell(known, standing, deps);
}

const withStanding = (decision: Decision, standing: CaseStanding | null): Decision =>
  decision.kind === "none" || standing === null ? decision : { ...decision, standing };

/** Another event of the matter may have opened its case while this one was judged. */
async function recordedSince({ factRowKey }: Triggered, { ledger }: DecisionDeps): Promise<RecordedDecision | null> {
  const [recorded] = await ledger.decisionsOf([factRowKey]);
  return recorded ?? null;
}

type Known = Pick<RecordedDecision, "decision">;

/** The case that an earlier event of the matter opened is told how it stands. */
async function tell({ decision }: Known, standing: CaseStanding | null, deps: DecisionDeps): Promise<void> {
  if (decision.kind === "none" || standing === null) return;
  const { id, subject, kind } = decision.action;
  const ref = { id, subject };
  const [state] = await deps.ledger.caseNews([{ ref, standing }]);
  if (state === "case_opening") await deps.rings.action("escalate", ref, summaryOf(kind, subject));
}

/** What cannot be read although it was tried again is told as the event says it: a dead letter would tell a person less. */
async function failed(
  triggered: Triggered,
  recorded: RecordedDecision | null,
  failure: Failure,
  deps: DecisionDeps,
): Promise<Verdict> {
  const answer = await deps.ledger.failEvent(triggered.event.id, failure);
  if (answer.disposition === "retry") return verdictOfFailure(failure, answer);
  const judged: Result<Judged, Failure> = await judge(triggered, `${failure.reason}: ${failure.detail}`, deps);
  if (!judged.ok) throw new Error(`${triggered.event.id} cannot be judged without a read: ${judged.error.detail}`);
  return await conclude(triggered, recorded, judged.value, deps, false);
}
