import { problem } from "../../shared/http/problem.ts";

/** The answers of several routes to what cannot be done. */
export const incorrect = (why: string): Response => problem(400, `Correct the request and send it again. ${why}`);

export function missing(what: string): Response {
  return problem(404, `There is no ${what} with this id. The lists show all ids.`);
}
