import { isTerminal } from "../../shared/contracts/action.ts";
import type { ApprovalClaims } from "../../shared/contracts/case-decision.ts";
import type { ActionView } from "../../shared/contracts/views.ts";
import { type Click, kindOf } from "./crew/click.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

const say = broken("approvedLost");

/**
 * What people approved was executed, or came back to them as a case that says why. What has not ended yet `lost` tells of, and
 * of what is called done `unaccounted` whether it was. A person who was told that it was approved finds the approval.
 */
export function approvedLost(evidence: Evidence): Broken[] {
  const { people, acts } = evidence;
  const told = acts.crew.matters.flatMap(({ action, clicks }) =>
    clicks.filter(isApproved).map((click) => ({ action, click })),
  );
  const unsigned = told.flatMap(({ action, click }) => {
    const event = (click.value as { event?: string | null }).event ?? null;
    return event !== null && people.approvals.get(event)?.kind === "authentic"
      ? []
      : [say(action, `${click.by} was told that ${action} is approved, and ${event ?? "no event"} is not there`)];
  });
  return [
    ...unsigned,
    ...[...people.approvals].flatMap(([id, check]) =>
      check.kind === "authentic"
        ? whyLost(check.claims, evidence).map((why) => say(check.claims.actionId, `${id}: ${why}`))
        : [],
    ),
  ];
}

const isApproved = ({ status, value }: Click): boolean => status === 200 && kindOf(value) === "approved";

function whyLost({ actionId, round }: ApprovalClaims, { actions, people }: Evidence): string[] {
  // Of two rows of one action this is the one that is to be executed.
  const view = actions.get(actionId);
  if (view === undefined) return [`approved was ${actionId}, and no row of it can be executed`];
  if (!isTerminal(view.state)) return [];
  const kept = people.cases.get(actionId);
  const isBefore = view.caseRound > round;
  switch (view.state) {
    case "case_open":
      if (!isBefore) return [`approved was ${actionId}, and its case stands as before (round ${round})`];
      return view.caseReason === null ? [`${actionId} came back, and does not say why`] : unlisted(view, kept?.state);
    case "case_closed":
    case "denied":
      return isBefore ? [] : [`approved was ${actionId}, and it is ${view.state}`];
    case "succeeded":
    case "declined":
    case "skipped":
      return kept?.state === "open" ? [`${actionId} is ${view.state}, and its case is open`] : [];
    default:
      // A dead letter is seen by another book; a superseded row has another one beside it, under the action's own id.
      return [];
  }
}

/** People find it among the open cases. */
const unlisted = ({ action }: ActionView, state: string | undefined): string[] =>
  state === undefined || state === "open" ? [] : [`${action.id} came back, and its case is ${state}`];
