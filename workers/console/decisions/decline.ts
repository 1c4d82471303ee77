import * as v from "valibot";
import { mask } from "../../../shared/agents/text/mask.ts";
import { allOf } from "../../../shared/contracts/list.ts";
import { seenBody } from "./approve.ts";
import { notCounted } from "./counted.ts";
import { type Deciding, type DecisionDeps, findRow, type Refused, refused } from "./deps.ts";
import { notTaken } from "./words.ts";

/** `POST /api/cases/:id/deny` and `/close`. `code`: one of policy's. */
export const declineBody = v.strictObject({
  ...seenBody,
  code: v.pipe(v.string(), v.regex(/^\w{1,40}$/, "a reason code of policy, such as not_entitled or nothing_to_do")),
  reason: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(500))),
});
export type DeclineBody = v.InferOutput<typeof declineBody>;
export type Declined = { kind: "denied" | "closed"; code: string; says: string };

/** Nothing is executed, and a denial stands for its payment and kind for policy's time. */
export const deny = (deciding: Deciding, body: DeclineBody, deps: DecisionDeps): Promise<Declined | Refused> =>
  decline("deny", deciding, body, deps);

/** Nothing is left to decide, or it is done elsewhere. It says nothing about another request. */
export const close = (deciding: Deciding, body: DeclineBody, deps: DecisionDeps): Promise<Declined | Refused> =>
  decline("close", deciding, body, deps);

async function decline(
  kind: "deny" | "close",
  deciding: Deciding,
  { code, round, proposal, reason }: DeclineBody,
  deps: DecisionDeps,
): Promise<Declined | Refused> {
  const { cases } = deps.policy;
  const codes = kind === "deny" ? cases.denyReasons : cases.closeReasons;
  if (!Object.hasOwn(codes, code))
    return refused(422, `code: ${code} is no reason to ${kind} a case. Policy has ${allOf(Object.keys(codes))}.`);
  const found = await findRow(deciding.caseId, deps);
  if ("kind" in found) return found;
  const { person, key } = deciding;
  const by = { id: person.id, name: person.name };
  const answer = await deps.ledger.decideCase(found.ref, {
    ...{ kind, round, proposal, key, by, code },
    without: await notCounted(found.view, deps),
  });
  if (answer.kind === "not_taken") return notTaken(deciding.caseId, answer, deps.now);
  if (answer.kind !== "denied" && answer.kind !== "closed")
    throw new Error(`a ${kind} of ${deciding.caseId} was answered as ${answer.kind}`);
  await deps.record({
    ...deciding,
    what: kind === "deny" ? "case.deny" : "case.close",
    before: { round, proposal },
    after: { state: answer.kind, code },
    text: reason === undefined ? null : mask(reason),
  });
  return { kind: answer.kind, code, says: `${deciding.caseId} is ${answer.kind}: ${codes[code]}.` };
}
