import { isTerminal } from "../../shared/contracts/action.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";
import type { Planted } from "./planted.ts";

/**
 * What somebody wrote into the ledger past us moves nothing (book-unmeant.ts says so), and a person is told: it ends as a
 * case, with an alarm, or with the hold that comes with one, whose log was lost with its process.
 */
export function plantedBroken(evidence: Evidence): Broken[] {
  return evidence.acts.planted.flatMap((planted) => plantBroken(planted, evidence));
}

function plantBroken(planted: Planted, { actions, acts, standing }: Evidence): Broken[] {
  const { action, payment, how } = planted;
  const say = (why: string) => [broken("unaccounted")(action, `${action} was planted (${how}): ${why}`)];
  const view = actions.get(action);
  if (view === undefined) return say("its row is not there");
  // What is not terminal is lost, and said there.
  if (!isTerminal(view.state)) return [];
  // What was signed once, and shows no declined try, need alarm nobody: nothing is left to collect, or a person looks.
  if (how === "step_2_granted" && (view.state === "skipped" || view.state === "case_open")) return [];
  if (view.state !== "case_open") return say(`it is ${view.state}, and no case`);
  const isAlarmed = acts.alarms.some((line) => line.includes(action));
  const byRule = [...acts.ruleHolds, ...standing.filter(({ by }) => by === "rule")];
  const isHeld = byRule.some(({ scope }) => scope === `payment:${payment}`);
  return isAlarmed || isHeld ? [] : say(`nobody was alarmed, and ${payment} was never on hold: ${view.caseReason}`);
}
