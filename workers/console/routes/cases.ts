import * as v from "valibot";
import { listCases } from "../../../shared/records/case-list.ts";
import { getCase } from "../../../shared/records/cases.ts";
import { casesQuery } from "../queries.ts";
import { missing } from "../refusals.ts";
import { route } from "../route.ts";
import { caseRow, next, trace } from "./answers.ts";

const list = route({
  method: "GET",
  path: "/api/cases",
  role: "viewer",
  summary: "Cases, newest first, in pages.",
  query: casesQuery,
  answer: v.object({ items: v.array(caseRow), next }),
  handle: async ({ query: { state, information, limit, cursor } }, { records }) => {
    const isInformation = information === undefined ? undefined : information === "yes" ? 1 : 0;
    return await listCases(records, { state, isInformation, limit, after: cursor ?? null });
  },
});

const show = route({
  method: "GET",
  path: "/api/cases/:id",
  role: "viewer",
  summary: "One case, with the trace of its event.",
  answer: v.object({ case: caseRow, trace: v.nullable(trace) }),
  handle: async ({ params: { id = "" } }, { records, ledger }) => {
    const row = await getCase(records, id);
    return row === null ? missing("case") : { case: row, trace: await ledger.trace(row.eventId) };
  },
});

export const CASES = [list, show];
