import { mask } from "../../../shared/agents/text/mask.ts";
import type { ActDetail } from "../../../shared/contracts/act.ts";
import type { Person } from "../../../shared/contracts/people.ts";
import type { Around } from "../deps.ts";
import { type ActDeps, actBeside, type CaseAct } from "./act.ts";

/** A decision that the action's row has taken. */
export type TakenDecision = {
  caseId: string;
  person: Person;
  key: string;
  what: Extract<CaseAct["what"], "case.approve" | "case.deny" | "case.close">;
  before: ActDetail;
  after: ActDetail;
  text: string | null;
};

/** Records it: an event of the ledger, then D1, then the audit. The same again is safe. Throws where one of them is away. */
export async function recordDecision(taken: TakenDecision, deps: ActDeps, around: Around): Promise<void> {
  const { caseId: id, what, person, key, before, after, text } = taken;
  const act: CaseAct = { id, what, person, key, text: text === null ? null : mask(text), isTaken: true };
  const recorded = await actBeside(act, () => ({ before, after }), deps, around);
  // D1 may have lost the case: the ledger has the decision, and a rebuild writes the row.
  if (recorded instanceof Response && recorded.status !== 404)
    throw new Error(`the decision about ${id} stands and was not recorded: ${recorded.status}`);
}
