import type { ActionState, Grant } from "../contracts/action.ts";
import { type Decision, type DecisionRecord, type RecordedDecision, ROW_VERSION } from "../contracts/decision.ts";
import type { NewAction, NewDecision } from "../contracts/ledger.ts";
import { queueOfKind } from "../contracts/queues.ts";
import type { CaseAbout } from "../contracts/rules.ts";
import { notBeforeOf } from "../grant/verify.ts";
import { duplicateNumbersOf } from "../policy/duplicates.ts";
import { retryDelayMs } from "../policy/retry-schedule.ts";
import { summaryOf } from "../queue/doorbells.ts";
import { ack, type Verdict } from "../queue/verdict.ts";
import type { Claimed, DecisionDeps, Triggered } from "./deps.ts";

type ActionDecision = Extract<Decision, { kind: "action" }>;

/**
 * Writes a decision: fact row → action row → event row, each idempotent, then the doorbell. The event stays due until the
 * last step, so after a crash everything is repeated. The grant is signed before and stored with the decision, so that the
 * ledger holds no action without one. The first recorded decision of a fact is final: a second writer continues with it
 * and its grant, and its own are thrown away; `tell`: what is to be told to the action, once the decision is recorded.
 */
export async function commit(
  triggered: Claimed & Pick<Triggered, "factRowKey">,
  decision: Decision,
  deps: DecisionDeps,
  tell?: (recorded: Pick<RecordedDecision, "decision">, isOwn: boolean) => Promise<void>,
): Promise<Verdict> {
  const { event, factRowKey } = triggered;
  const own: NewDecision = { factRowKey, eventId: event.id, decision, grant: await grantOf(decision, deps) };
  const [other] = await deps.ledger.recordDecisions([own]);
  if (other === undefined) throw new Error(`the ledger did not say what is recorded for ${factRowKey}`);
  const recorded = other ?? { ...own, version: ROW_VERSION };
  return await commitRecorded(triggered, recorded, deps, () => tell?.(recorded, other === null) ?? Promise.resolve());
}

/** From when it may be executed, and for how long from there: a retry waits for its time, everything else for nothing. */
async function grantOf(
  decision: Decision,
  { sign, now, retryDelayScale, policy }: DecisionDeps,
): Promise<Grant | null> {
  const { guardrails, sections } = policy;
  if (decision.kind === "none" || decision.caseReason !== null) return null;
  const { action } = decision;
  const { kind, step, factKey } = action;
  const notBefore =
    kind === "retryPayment" ? now() + (retryDelayMs(step, factKey, retryDelayScale, guardrails.retry) ?? 0) : null;
  const expiresAt = (notBefore ?? now()) + guardrails.grantLifeMs;
  return await sign(action, { policyVersion: sections.guardrails, expiresAt, notBefore });
}

type Recorded = NewDecision & Pick<RecordedDecision, "version">;

/**
 * Continues with a recorded decision. If its action exists, nothing changes; otherwise its writer died. `beforeClosing`: what
 * else the event brings to the action.
 */
export async function commitRecorded(
  claimed: Claimed,
  recorded: Recorded,
  deps: DecisionDeps,
  beforeClosing?: () => Promise<void>,
): Promise<Verdict> {
  const { event } = claimed;
  const { factRowKey, eventId, decision } = recorded;
  if (decision.kind === "none") {
    const reason = eventId === event.id ? decision.record.reason : `same fact as ${eventId}: ${decision.record.reason}`;
    await deps.ledger.close([{ id: event.id, outcome: { kind: "none", reason }, factRowKey }]);
    return ack("none");
  }
  const put = newActionOf(claimed, recorded, decision, deps);
  const [state] = await deps.ledger.putActions([put]);
  await beforeClosing?.();
  const { id: actionId, subject, kind } = decision.action;
  const own = eventId === event.id;
  const outcome = own
    ? ({ kind: "action", actionId, subject, reason: put.caseReason ?? decision.record.reason } as const)
    : ({
        kind: "none",
        reason: `same fact as ${eventId}, decided as ${actionId}`,
        sameFactAs: { eventId, actionId, subject },
      } as const);
  await Promise.all([
    deps.ledger.close([{ id: event.id, outcome, factRowKey }]),
    own ? ringFor(state, put, deps) : null,
  ]);
  return ack(own ? kind : "same_fact");
}

function newActionOf(
  { acceptedAt }: Claimed,
  { eventId, grant, version }: Recorded,
  { action, caseReason, record, standing, seen }: ActionDecision,
  { policy }: Pick<DecisionDeps, "policy">,
): NewAction {
  const caseSeen = seen ?? null;
  const made = { action, eventId, causedAt: acceptedAt, numbers: duplicateNumbersOf(policy), caseSeen };
  const asCase = { ...made, grant: null, notBefore: null };
  if (caseReason !== null)
    return { ...asCase, caseReason, caseAbout: caseAboutOf(record), caseStanding: standing ?? null };
  // Nothing was signed for it then, and nobody can show that it was decided.
  if (version === 0) return { ...asCase, caseReason: DECIDED_BEFORE, caseAbout: { rule: "grant", refund: null } };
  return { ...made, grant, notBefore: notBeforeOf(grant), caseReason: null, caseAbout: null };
}

const DECIDED_BEFORE =
  "decided by an earlier version of Countersign, which did not come to write its action: ask again, or carry it out by hand";

/** The rule that requires a person is the first that escalated; what is behind it would have to be overridden too. */
export function caseAboutOf({ verdicts }: DecisionRecord): CaseAbout {
  const said = verdicts.find(({ verdict }) => verdict === "escalate");
  return { rule: said?.rule ?? null, refund: said?.refund ?? null };
}

export async function ringFor(
  state: ActionState | undefined,
  { action: { id, subject, kind }, grant, notBefore }: Pick<NewAction, "action" | "grant" | "notBefore">,
  { rings, now }: DecisionDeps,
): Promise<void> {
  const ref = { id, subject };
  const summary = summaryOf(kind, subject);
  if (state === "case_opening") await rings.action("escalate", ref, summary);
  else if (state === "ready") await rings.action(queueOfKind(kind), ref, summary);
  else if (state === "scheduled" && grant === null) await rings.regrant(ref, summary);
  else if (state === "scheduled" && (notBefore ?? 0) <= now()) await rings.action(queueOfKind(kind), ref, summary);
}
