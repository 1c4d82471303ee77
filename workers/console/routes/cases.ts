import * as v from "valibot";
import type { CaseAnswer } from "../../../shared/contracts/case-shown.ts";
import { listGroups } from "../../../shared/records/case-groups.ts";
import { findCases, listCases } from "../../../shared/records/case-list.ts";
import { nextCase } from "../../../shared/records/case-next.ts";
import { deciding } from "../cases/deciding.ts";
import { policyNow } from "../cases/policy-now.ts";
import { casesQuery, filterOf, groupsQuery, nextQuery, searchQuery } from "../cases/queries.ts";
import { showCase } from "../cases/show.ts";
import { missing } from "../refusals.ts";
import { route } from "../route.ts";
import { at, caseDetails, caseRow, count, decideOn, next, text, trace } from "./answers.ts";
import { CASE_DECISIONS } from "./case-decisions.ts";
import { holdCustomer } from "./case-hold.ts";
import { CASE_WORK } from "./case-work.ts";

const list = route({
  method: "GET",
  path: "/api/cases",
  role: "viewer",
  summary: "Cases by what they are about, in pages: newest, oldest or dearest first, or what is due first.",
  query: casesQuery,
  answer: v.object({ items: v.array(caseRow), next }),
  handle: async ({ query, person }, { records }) => await listCases(records, filterOf(query, person.id)),
});

const upNext = route({
  method: "GET",
  path: "/api/cases/next",
  role: "reviewer",
  summary:
    "The case that you work next: by policy's priority, what is due first, and nothing that is aside or somebody else's.",
  query: nextQuery,
  answer: v.object({ case: v.nullable(caseRow) }),
  handle: async ({ query: { kind }, person }, { records }, { now }) => ({
    case: await nextCase(records, { person: person.id, about: kind, now: now() }),
  }),
});

const search = route({
  method: "GET",
  path: "/api/cases/search",
  role: "viewer",
  summary: "Cases that name an id: their own, of an action, an event, a payment or a customer; fifty at most.",
  query: searchQuery,
  answer: v.object({ items: v.array(caseRow) }),
  handle: async ({ query: { id } }, { records }) => ({ items: await findCases(records, id) }),
});

const groups = route({
  method: "GET",
  path: "/api/cases/groups",
  role: "viewer",
  summary: "What nobody judges one by one: open cases of one kind, rule and circumstance.",
  query: groupsQuery,
  answer: v.object({
    items: v.array(v.object({ key: v.string(), count, worthUsdCents: count, firstAt: at, lastAt: at })),
    next,
  }),
  handle: async ({ query: { limit, cursor = null } }, { records }) =>
    await listGroups(records, { limit, after: cursor }),
});

const anything = v.looseObject({});
const codes = v.pipe(
  v.record(v.string(), v.string()),
  v.description("the reason codes of the policy in force, with their words"),
);
const show = route({
  method: "GET",
  path: "/api/cases/:id",
  role: "viewer",
  summary: "One case with all that its decision needs.",
  answer: v.object({
    case: caseRow,
    trace: v.nullable(trace),
    details: caseDetails,
    notes: v.array(v.looseObject({ event: v.string(), what: v.string(), at, byName: v.string(), text: v.string() })),
    links: v.array(v.looseObject({ other: v.string(), at })),
    similar: v.array(v.looseObject({ id: v.string(), because: v.string(), code: text })),
    history: v.object({ cases: v.array(anything), find: v.array(v.string()) }),
    decide: v.nullable(decideOn),
    codes: v.nullable(v.object({ deny: codes, close: codes })),
  }),
  handle: async ({ params: { id = "" } }, deps, { now }): Promise<CaseAnswer | Response> => {
    const shown = await showCase(id, deps, deciding, now());
    if (shown === null) return missing("case", id);
    const policy = shown.decide === null ? null : await policyNow(deps.gate, now);
    const { given } = shown.details;
    return {
      ...shown,
      details: { ...shown.details, given: given === null ? null : { ...given, overrides: [...given.overrides] } },
      codes: policy === null ? null : { deny: policy.cases.denyReasons, close: policy.cases.closeReasons },
    };
  },
});

export const CASES = [list, upNext, search, groups, ...CASE_DECISIONS, ...CASE_WORK, holdCustomer, show];
