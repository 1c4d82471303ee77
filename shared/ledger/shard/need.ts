import type { Need } from "../../contracts/queues.ts";
import type { ActionRow } from "../action/row.ts";

/** What an action that is due waits for; contracts/queues.ts says in which queue. */
export function needOf({ caseReason, grant }: ActionRow): Need {
  if (caseReason !== null) return "case";
  return grant === null ? "grant" : "execution";
}
