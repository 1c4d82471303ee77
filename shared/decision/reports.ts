import { type ActionState, isTerminal } from "../contracts/action.ts";
import type { ActionKind } from "../contracts/actions.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { RecheckAnswer } from "../contracts/ledger.ts";
import { queueOfKind } from "../contracts/queues.ts";
import type { ActionRef } from "../contracts/views.ts";
import { reportOf } from "../policy/facts.ts";
import { summaryOf } from "../queue/doorbells.ts";
import type { LastStep } from "../queue/each.ts";
import { ack, type Verdict } from "../queue/verdict.ts";
import type { DecisionDeps } from "./deps.ts";

/**
 * An event that names one of our actions only makes it due for a read: docs/decisions/0013. Null where it reports on none
 * of our rows; then it is decided as any other event.
 */
export async function prepareReport(event: PaymentEvent, deps: DecisionDeps): Promise<LastStep | null> {
  const report = reportOf(event);
  if (report === null) return null;
  const [answer] = await deps.ledger.recheck([report]);
  if (answer === undefined || answer.kind === "not_ours") return null;
  return () => closeReport(event.id, report.ref, answer, deps);
}

type Ours = Exclude<RecheckAnswer, { kind: "not_ours" }>;

async function closeReport(id: string, ref: ActionRef, answer: Ours, deps: DecisionDeps): Promise<Verdict> {
  const reason = `reports on ${ref.id}, ${whatFollows(answer)}`;
  await Promise.all([
    deps.ledger.close([{ id, outcome: { kind: "none", reason }, factRowKey: null }]),
    answer.kind === "due" ? ringAgain(ref, answer.actionKind, deps) : null,
  ]);
  return ack("report");
}

const ringAgain = (ref: ActionRef, kind: ActionKind, { rings }: DecisionDeps): Promise<void> =>
  rings.action(queueOfKind(kind), ref, summaryOf(kind, ref.subject));

function whatFollows(answer: Ours): string {
  if (answer.kind === "due") return "which is read again at the provider";
  return isTerminal(answer.state)
    ? `which has ended as ${answer.state}`
    : `which is on its way (${words(answer.state)})`;
}

const words = (state: ActionState): string => state.replaceAll("_", " ");
