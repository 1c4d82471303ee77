import type { Need } from "../../contracts/queues.ts";
import type { ActionRow } from "../action/row.ts";

/** What a due action waits for. contracts/queues.ts maps it to a queue. */
export function needOf({ caseReason, grantWanted }: ActionRow): Need {
  if (caseReason !== null) return "case";
  if (grantWanted === null) return "execution";
  return grantWanted === "renewal" ? "renewal" : "grant";
}
