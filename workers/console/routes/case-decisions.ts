import * as v from "valibot";
import type { Person } from "../../../shared/contracts/people.ts";
import { problem } from "../../../shared/http/problem.ts";
import { deciding } from "../cases/deciding.ts";
import { decisionDeps } from "../cases/decision-deps.ts";
import { closeGroup } from "../cases/groups.ts";
import { groupCloseBody } from "../cases/queries.ts";
import { approve, approveBody } from "../decisions/approve.ts";
import { close, declineBody, deny } from "../decisions/decline.ts";
import type { DecisionDeps, Refused } from "../decisions/deps.ts";
import { route } from "../route.ts";
import { at, caseDeclined, count, text } from "./answers.ts";

const answerOf = <Done extends { kind: string }>(done: Done | Refused): Done | Response =>
  isRefused(done) ? problem(done.status, done.detail) : done;
const isRefused = (done: { kind: string }): done is Refused => done.kind === "refused";

const approveOne = route({
  method: "POST",
  path: "/api/cases/:id/approve",
  role: "approver",
  summary: "One person's yes to exactly what was shown, or to what the body changes of it.",
  body: approveBody,
  answer: v.object({
    kind: v.picklist(["approved", "half"]),
    event: text,
    approvers: v.array(v.string()),
    needs: v.picklist([1, 2]),
    expiresAt: at,
    says: v.string(),
  }),
  handle: async ({ params: { id: caseId = "" }, body, person, key }, deps, around) => {
    const given = await decisionDeps(deps, around);
    return given instanceof Response ? given : answerOf(await approve({ caseId, person, key }, body, given));
  },
});

const declining = (name: "deny" | "close", summary: string) =>
  route({
    method: "POST",
    path: `/api/cases/:id/${name}`,
    role: "reviewer",
    summary,
    body: declineBody,
    answer: caseDeclined,
    handle: async ({ params: { id: caseId = "" }, body, person, key }, deps, around) => {
      const given = await decisionDeps(deps, around);
      if (given instanceof Response) return given;
      const decline = name === "deny" ? deny : close;
      return answerOf(await decline({ caseId, person, key }, body, given));
    },
  });

const closeMany = route({
  method: "POST",
  path: "/api/cases/groups/close",
  role: "reviewer",
  summary:
    "Closes the next cases of one group, each as a decision of its own; `dryRun` only says which. Nothing is approved by the group.",
  body: groupCloseBody,
  answer: v.object({
    closed: count,
    ids: v.array(v.string()),
    notClosed: v.array(v.object({ id: v.string(), why: v.string() })),
    next: text,
  }),
  handle: async ({ body, person, key }, deps, around) => {
    const { group, code, until, dryRun, cursor: after = null } = body;
    const given = await decisionDeps(deps, around);
    if (given instanceof Response) return given;
    if (!Object.hasOwn(given.policy.cases.closeReasons, code)) {
      const known = Object.keys(given.policy.cases.closeReasons).join(", ");
      return problem(422, `code: ${code} is no reason to close a case. Policy has ${known}.`);
    }
    return await closeGroup({ group, until, dryRun, after }, deps.records, ({ id, actionId, subject }) =>
      closeAsItStands({ id, actionId, subject }, code, { person, key }, given),
    );
  },
});

type By = { person: Person; key: string };

/** As it stands now: whoever closes a group has judged its kind, and not this one. Null: it is closed. */
async function closeAsItStands(
  { id: caseId, actionId, subject }: { id: string; actionId: string; subject: string },
  code: string,
  { person, key }: By,
  given: DecisionDeps,
): Promise<string | null> {
  const [view = null] = await given.ledger.actions([{ id: actionId, subject }]);
  const seen = view === null ? null : deciding(view);
  if (seen === null) return "it is not open any more";
  const done = await close({ caseId, person, key: `${key}:${caseId}` }, { ...seen, code }, given);
  return isRefused(done) ? done.detail : null;
}

export const CASE_DECISIONS = [
  closeMany,
  approveOne,
  declining("deny", "A no: it is never executed, and stands for policy's time."),
  declining("close", "Ends a case without a decision: nothing is left to do."),
];
