import { isTerminal } from "../../shared/contracts/action.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";
import { type Asked, TAKEN_AWAY } from "./tales/index.ts";

/** Of what lies in an account that cannot be reached a person is told which account it is, and Claude is not asked. */
export function accountsBroken(evidence: Evidence): Broken[] {
  return (evidence.acts.asked ?? []).flatMap((asked) => untold(asked, evidence));
}

function untold({ account, payment }: Asked, { acts, traces, actions }: Evidence): Broken[] {
  if (!TAKEN_AWAY.some((gone) => gone === account)) return [];
  return (acts.questions.get(payment) ?? []).flatMap((event) => {
    const say = (why: string) => [broken("unaccounted")(event, `${event} is about ${payment} in ${account}: ${why}`)];
    const trace = traces.get(event);
    const outcome = trace?.event.outcome;
    const view = outcome?.kind === "action" ? actions.get(outcome.actionId) : undefined;
    // What has not ended is lost, and said there.
    if (view === undefined || !isTerminal(view.state)) return [];
    if (view.state !== "case_open" || view.caseReason?.includes(account ?? "") !== true)
      return say(`no case names the account (${view.state}: ${view.caseReason ?? "no reason"})`);
    return trace?.fact?.decision.record.by === "agent" ? say("Claude was asked about it") : [];
  });
}
