import { proposalOf } from "../../../shared/contracts/case-proposal.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import type { Deciding } from "./show.ts";

/** What a decision about this row must name. Null: the row takes none. */
export const deciding = (view: ActionView): Deciding | null =>
  view.state === "case_open" ? { round: view.caseRound, proposal: proposalOf(view) } : null;
