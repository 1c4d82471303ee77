import { problem } from "../../shared/http/problem.ts";

/** The answers of several routes to what cannot be done. */
export const incorrect = (why: string): Response => problem(400, `Correct the request and send it again. ${why}`);

/** `There is no case "case_12". The lists show all ids.` Whoever asked for several knows by it which one there is not. */
export const thereIsNo = (what: string, id: string): string =>
  `There is no ${what} ${JSON.stringify(id.length > SHOWN_AT_MOST ? `${id.slice(0, SHOWN_AT_MOST)}…` : id)}. The lists show all ids.`;
const SHOWN_AT_MOST = 200;

export const missing = (what: string, id: string): Response => problem(404, thereIsNo(what, id));
