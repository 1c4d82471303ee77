import * as v from "valibot";
import { mask } from "../../../shared/agents/text/mask.ts";
import { isExecutable, proposedOfKind } from "../../../shared/contracts/actions.ts";
import {
  APPROVAL_TYPE,
  type ApprovalClaims,
  type CaseApprovals,
  type CaseDecisionAnswer,
  OVERRIDABLE,
  type Overridable,
} from "../../../shared/contracts/case-decision.ts";
import type { AcceptItem } from "../../../shared/contracts/ledger.ts";
import { allOf } from "../../../shared/contracts/list.ts";
import type { Person } from "../../../shared/contracts/people.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { canonicalJson } from "../../../shared/core/json.ts";
import { utc } from "../../../shared/core/time.ts";
import { peopleWanted } from "../../../shared/policy/people-wanted.ts";
import { wantedChange } from "./change.ts";
import { mayNoMore, notCounted, spokenOf, unproven } from "./counted.ts";
import { type Deciding, type DecisionDeps, type Found, findRow, type Refused, refused } from "./deps.ts";
import { notTaken, sayGone, sayHalfNow, sayUnproven } from "./words.ts";

/** What a person saw: `round` and `proposal`, as `cases show` prints them. */
export const seenBody = {
  round: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.description("which opening of the case is meant")),
  proposal: v.pipe(
    v.string(),
    v.regex(/^[0-9a-f]{32}$/, "32 hexadecimal digits"),
    v.description("the hash of what was shown"),
  ),
};
const id = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(255),
  v.regex(/^[\x21-\x7e]+$/, "an id as a text without spaces"),
);
/** `POST /api/cases/:id/approve`. */
export const approveBody = v.strictObject({
  ...seenBody,
  overrides: v.optional(v.array(v.picklist(OVERRIDABLE)), []),
  change: v.optional(
    v.strictObject({
      amountMinor: v.optional(
        v.pipe(
          v.number(),
          v.safeInteger(),
          v.minValue(1),
          v.description("a whole number above 0 in minor units, like 4250 for 42.50 USD"),
        ),
      ),
      currency: v.optional(v.pipe(v.string(), v.toLowerCase(), v.regex(/^[a-z]{3}$/, "three letters like USD"))),
      variant: v.optional(
        v.pipe(v.string(), v.maxLength(100), v.description("another variant, such as capture or release")),
      ),
      payment: v.optional(id),
      invoice: v.optional(id),
      subscription: v.optional(id),
    }),
  ),
  reason: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(500))),
});
export type ApproveBody = v.InferOutput<typeof approveBody>;

/** `event`: of the approval, once all have said yes. `says`: what happens now, for people. */
export type Approved = {
  kind: "approved" | "half";
  event: string | null;
  approvers: string[];
  needs: 1 | 2;
  expiresAt: number;
  says: string;
};

/**
 * One person's yes. The row takes it, and decides races; then the act is recorded. Once as many people as policy wants have said
 * yes, the console signs that, and the classifier decides anew. Each step is repeated safely: the same request continues.
 */
export async function approve(deciding: Deciding, body: ApproveBody, deps: DecisionDeps): Promise<Approved | Refused> {
  const found = await findRow(deciding.caseId, deps);
  if ("kind" in found) return found;
  const { view } = found;
  if (!isExecutable(view.action.kind))
    return refused(
      409,
      `${deciding.caseId} proposes nothing that is executed from here: carry it out, and close the case.`,
    );
  const { approvals } = deps.policy;
  const unknown = body.overrides.filter((rule) => !approvals.mayOverride.includes(rule));
  if (unknown.length > 0)
    return refused(422, `overrides: policy lets nobody override ${allOf(unknown)}. Leave it out, or deny the case.`);
  const change = wantedChange(view.action, body.change ?? {});
  if (!change.ok) return refused(422, change.error);

  const { person, key } = deciding;
  const by = { id: person.id, name: person.name };
  const expiresAt = deps.now + approvals.lifeMs;
  const terms = {
    round: body.round,
    proposal: body.proposal,
    overrides: distinct(body.overrides),
    change: change.value,
  };
  const answer = await deps.ledger.decideCase(found.ref, {
    ...terms,
    kind: "approve",
    key,
    by,
    needs: peopleWanted(view, change.value, deps.policy),
    notWith: await deps.notWith(person),
    without: await notCounted(view, deps),
    proof: await deps.prove(spokenOf(view, terms, { by, key, until: expiresAt })),
    expiresAt,
  });
  const unsent = answer.kind === "not_taken" ? unsentOf(answer, { ...body, change: change.value }, person) : null;
  if (answer.kind === "not_taken" && unsent === null) return notTaken(deciding.caseId, answer, deps.now);
  return await carryOn(deciding, body, found, unsent ?? answer, deps);
}

type Answer = CaseDecisionAnswer;

/** All have said yes, and nobody has sent it on. Whoever is among them repeats it, to the same: that is no other decision. */
function unsentOf(
  { why, stands }: Extract<Answer, { kind: "not_taken" }>,
  { overrides, change }: Pick<ApproveBody, "overrides"> & { change: CaseApprovals["change"] },
  { id }: Person,
): Extract<Answer, { kind: "approved" }> | null {
  const given = stands?.given ?? null;
  if (why !== "approved_before" || given === null) return null;
  const termsOf = (one: Pick<CaseApprovals, "overrides" | "change">): string =>
    canonicalJson({ overrides: [...new Set(one.overrides)].sort(), change: one.change });
  const isSame = termsOf(given) === termsOf({ overrides, change });
  return isSame && given.approvals.some(({ by }) => by.id === id) ? { kind: "approved", given } : null;
}

/** The row has taken it: the act is recorded, and once all have said yes, it is sent on. */
async function carryOn(
  deciding: Deciding,
  body: ApproveBody,
  found: Found,
  answer: Answer,
  deps: DecisionDeps,
): Promise<Approved | Refused> {
  if (answer.kind !== "approved" && answer.kind !== "half")
    throw new Error(`a yes to ${deciding.caseId} was answered as ${answer.kind}`);
  const { given } = answer;
  const planted = await unproven(found.view, given, deps);
  if (planted.length > 0) {
    deps.alarm({ what: "approval.unproven", case: deciding.caseId, names: planted.map((yes) => yes.by.id) });
    return refused(409, sayUnproven(deciding.caseId, planted, given, deps.now));
  }
  await deps.record({
    ...deciding,
    what: "case.approve",
    before: { round: given.round, proposal: given.proposal },
    after: detailOf(given),
    text: body.reason === undefined ? null : mask(body.reason),
  });
  if (answer.kind === "half") return await half(deciding.caseId, given, deps);
  // What was used before stands: then this is only its answer once more.
  const gone = found.view.state === "case_open" ? await mayNoMore(given, deps) : [];
  return gone.length > 0
    ? refused(409, sayGone(deciding.caseId, gone))
    : await complete(deciding.caseId, found, given, deps);
}

const distinct = (overrides: readonly Overridable[]): Overridable[] =>
  OVERRIDABLE.filter((rule) => overrides.includes(rule));

/** Ids, names, numbers and fixed words, for the record. */
const detailOf = ({ approvals, needs, overrides, change, expiresAt }: CaseApprovals) => ({
  approvers: approvals.map(({ by }) => by.id),
  names: approvals.map(({ by }) => by.name),
  needs,
  overrides: [...overrides],
  expiresAt,
  ...(change === null ? {} : Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))),
});

/** What was answered before is answered again; the words say how it stands now, since it may be over. */
async function half(caseId: string, given: CaseApprovals, deps: DecisionDeps): Promise<Approved | Refused> {
  const found = await findRow(caseId, deps);
  if ("kind" in found) return found;
  const until = utc(given.expiresAt);
  return {
    ...said(given),
    kind: "half",
    event: null,
    says:
      sayHalfNow(caseId, given, found.view, deps.now) ??
      `${namesOf(given)} has approved it. Another person must approve it too, until ${until}: \`npx countersign cases show ${caseId}\` says how.`,
  };
}

const said = ({ needs, expiresAt, ...given }: CaseApprovals) => ({ approvers: namesIn(given), needs, expiresAt });
const namesIn = ({ approvals }: Pick<CaseApprovals, "approvals">): string[] => approvals.map(({ by }) => by.name);
const namesOf = (given: CaseApprovals): string => allOf(namesIn(given));

/** All have said yes: the event that carries it is accepted, and rung for. It is the same event whoever repeats this. */
async function complete(
  caseId: string,
  { view }: Found,
  given: CaseApprovals,
  deps: DecisionDeps,
): Promise<Approved | Refused> {
  const item = await eventOf(caseId, view, given, deps);
  const { id: event } = item.event;
  const [acceptance] = await deps.ledger.accept([item]);
  if (acceptance === undefined || acceptance === "unavailable")
    return refused(
      503,
      "Your approval stands, and the ledger did not take its event. Send the request again: repeating it is safe.",
    );
  if (typeof acceptance !== "string" || acceptance === "conflict")
    throw new Error(`${event} is there with another content, though its id is the hash of it`);
  await deps.ring(event, `approval of ${proposedOfKind[view.action.kind]} ${view.action.subject}`);
  return {
    ...said(given),
    kind: "approved",
    event,
    says: `Approved by ${namesOf(given)}. It is checked once more and then executed; \`npx countersign trace ${event}\` shows what became of it.`,
  };
}

async function eventOf(
  caseId: string,
  { action }: ActionView,
  given: CaseApprovals,
  { policy, sign }: DecisionDeps,
): Promise<AcceptItem> {
  const { round, proposal, change, overrides, approvals, expiresAt } = given;
  const { id: actionId, subject, mode } = action;
  const at = Math.max(...approvals.map((one) => one.at));
  const claims: ApprovalClaims = {
    caseId,
    round,
    proposal,
    actionId,
    subject,
    mode,
    change,
    overrides,
    approvers: approvals.map(({ by: { id: person, name } }) => ({ id: person, name })),
    policy: policy.sections.guardrails,
    at,
    expiresAt,
  };
  const { id: eventId, signed } = await sign(claims);
  const named = {
    payment: action.payment,
    invoice: action.invoice,
    customer: action.customer,
    subscription: action.subscription,
  };
  const fields = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== null));
  return {
    event: { ...fields, id: eventId, type: APPROVAL_TYPE, occurredAt: at, mode, lane: "live" },
    raw: JSON.stringify(signed),
    provenance: "own",
  };
}
