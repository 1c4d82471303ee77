import { problem } from "../../shared/http/problem.ts";

/** The answers of several routes to what cannot be done. */
export const incorrect = (why: string): Response => problem(400, `Correct the request and send it again. ${why}`);

/** What there is to look for, and the command that shows the ids. */
const SHOWN_BY = {
  case: "npx countersign cases list --state all",
  "dead letter": "npx countersign dead-letters list",
  entry: "npx countersign audit list",
  person: "npx countersign people list",
  "event or action": "npx countersign trace ID",
  "event, action, case, dead letter, hold, person or other row": "npx countersign trace ID",
} as const;
type Named = keyof typeof SHOWN_BY;

/** There is no case "case_12". Find it: `npx countersign cases list …` Whoever asked for several knows by it which one there is not. */
export const thereIsNo = (what: Named, id: string): string =>
  `There is no ${what} ${JSON.stringify(id.length > SHOWN_AT_MOST ? `${id.slice(0, SHOWN_AT_MOST)}…` : id)}. Find it: \`${SHOWN_BY[what]}\``;
const SHOWN_AT_MOST = 200;

export const missing = (what: Named, id: string): Response => problem(404, thereIsNo(what, id));
