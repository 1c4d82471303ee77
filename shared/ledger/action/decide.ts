/** A person decides about a case: yes, no, or that nothing is to be done. The first that the row takes stands. */
import { type Action, providerObjectOf } from "../../contracts/action.ts";
import {
  type Approval,
  type CaseApprovals,
  type CaseDecision,
  type CaseDecisionAnswer,
  type CaseStands,
  isApproved,
  type NotTaken,
} from "../../contracts/case-decision.ts";
import { proposalOf } from "../../contracts/case-proposal.ts";
import { canonicalJson } from "../../core/json.ts";
import { append } from "../history.ts";
import type { ActionRow } from "./row.ts";

type Yes = Extract<CaseDecision, { kind: "approve" }>;
type No = Exclude<CaseDecision, { kind: "approve" }>;
type Taken = { row: ActionRow; answer: CaseDecisionAnswer };

/** The same row where the decision changes nothing. */
export function decidedBy(row: ActionRow, decision: CaseDecision, now: number): Taken {
  const before = answerBefore(row, decision);
  if (before !== null) return { row, answer: before };
  const why = whyNot(row, decision, now);
  if (why !== null) return { row, answer: { kind: "not_taken", why, stands: standsAs(row) } };
  return decision.kind === "approve" ? withYes(row, decision, now) : withNo(row, decision, now);
}

/** How the case stands, for whoever comes later. */
export const standsAs = (row: ActionRow): CaseStands => ({
  state: row.state,
  round: row.caseRound,
  proposal: proposalOf(row),
  isComing: row.state === "case_opening",
  decided: row.caseDecided,
  given: row.caseApprovals,
});

/**
 * What this request was answered before: whoever sent it may not have heard it. Null: it is new. The row keeps who decided, about
 * which round and under which key, so anything else under that key is no repetition.
 */
function answerBefore(row: ActionRow, decision: CaseDecision): CaseDecisionAnswer | null {
  const { key, by, round } = decision;
  const { caseDecided: no } = row;
  const yes = row.caseAnswers.find((one) => one.key === key && one.by === by.id && one.given.round === round);
  const isNo = no !== null && no.key === key && no.by.id === by.id && no.round === round;
  if (decision.kind === "approve" && yes !== undefined && isSame(yes.given, wantedBy(decision)))
    return { kind: yes.kind, given: yes.given };
  if (decision.kind !== "approve" && isNo && no.kind === kindOf(decision) && no.code === decision.code)
    return { kind: no.kind };
  return yes === undefined && !isNo ? null : { kind: "not_taken", why: "other_request", stands: standsAs(row) };
}

function whyNot(row: ActionRow, decision: CaseDecision, now: number): NotTaken | null {
  if (row.state !== "case_open") return "not_open";
  if (decision.round !== row.caseRound) return "other_round";
  if (decision.proposal !== proposalOf(row)) return "other_proposal";
  if (isApproved(row) && counts(row.caseApprovals, decision, now)) return "approved_before";
  return decision.kind === "approve" && changes(row.action, changeOf(decision)) ? whyUnchangeable(row) : null;
}

/** What may have been sent is never sent as something else. */
export function whyUnchangeable(row: ActionRow): "begun" | "uncertain" | null {
  if (row.uncertain) return "uncertain";
  return row.attempts > 0 || providerObjectOf(row.outcome) !== null ? "begun" : null;
}

/** Whether the yeses that are there count: they are good still, and each is one that counts. */
const counts = (given: CaseApprovals | null, { without = [] }: CaseDecision, now: number): given is CaseApprovals =>
  given !== null && now < given.expiresAt && !given.approvals.some(({ by }) => without.includes(by.id));

function withYes(row: ActionRow, decision: Yes, now: number): Taken {
  const { by, key, expiresAt, notWith, proof } = decision;
  const yes: Approval = { by, at: now, key, until: expiresAt, ...(proof === undefined ? {} : { proof }) };
  const wanted = wantedBy(decision);
  const { caseApprovals } = row;
  const half = counts(caseApprovals, decision, now) && isSame(caseApprovals, wanted) ? caseApprovals : null;
  if (half?.approvals.some(({ by: { id } }) => id === by.id || notWith.includes(id)))
    return { row, answer: { kind: "not_taken", why: "same_person", stands: standsAs(row) } };
  const given: CaseApprovals =
    half === null
      ? { ...wanted, approvals: [yes], expiresAt }
      : {
          ...half,
          approvals: [...half.approvals, yes],
          needs: half.needs > wanted.needs ? half.needs : wanted.needs,
          // Nobody's yes is good for longer than they gave it.
          expiresAt: Math.min(half.expiresAt, expiresAt),
        };
  const kind = isApproved({ caseApprovals: given }) ? "approved" : "half";
  const after: ActionRow = {
    ...row,
    caseApprovals: given,
    caseAnswers: [...row.caseAnswers.slice(1 - ANSWERS_MAX), { key, by: by.id, kind, given }],
    updatedAt: now,
    history: append(row.history, now, kind === "half" ? "half approved" : "approved", saidOf(given)),
  };
  return { row: after, answer: { kind, given } };
}

/** The most answers of one round that a row keeps. */
const ANSWERS_MAX = 20;

type Wanted = Omit<CaseApprovals, "approvals" | "expiresAt">;
const wantedBy = (decision: Yes): Wanted => ({
  round: decision.round,
  proposal: decision.proposal,
  overrides: [...new Set(decision.overrides)].sort(),
  change: changeOf(decision),
  needs: decision.needs,
});
/** A change that names nothing is none. */
const changeOf = ({ change }: Yes): Yes["change"] =>
  change === null || canonicalJson(change) === "{}" ? null : change;

/** Naming what is proposed changes nothing. */
const changes = (action: Action, change: Yes["change"]): boolean =>
  Object.entries(change ?? {}).some(([name, value]) => action[name as keyof Yes["change"] & keyof Action] !== value);

const isSame = (one: Wanted, other: Wanted): boolean => termsOf(one) === termsOf(other);
export const termsOf = ({ round, proposal, overrides, change }: Omit<Wanted, "needs">): string =>
  canonicalJson({ round, proposal, overrides: [...overrides].sort(), change });

function saidOf({ approvals, overrides, change, needs }: CaseApprovals): string {
  const by = approvals.map(({ by: { id, name } }) => `${name} (${id})`).join(" and ");
  const changed = change === null ? "as proposed" : `changed: ${canonicalJson(change)}`;
  const over = overrides.length === 0 ? "" : `, over ${overrides.join(", ")}`;
  return `${approvals.length} of ${needs}: by ${by}, ${changed}${over}`;
}

const kindOf = ({ kind }: No): "denied" | "closed" => (kind === "deny" ? "denied" : "closed");

/** A no is one person's, also after a half-given yes, which is void then. */
function withNo(row: ActionRow, decision: No, now: number): Taken {
  const { code, by, key, round } = decision;
  const decided = kindOf(decision);
  const after: ActionRow = {
    ...row,
    state: decided === "denied" ? "denied" : "case_closed",
    due: null,
    caseApprovals: null,
    caseDecided: { kind: decided, code, by, at: now, round, key },
    updatedAt: now,
    history: append(row.history, now, decided, `${code}, by ${by.name} (${by.id})`),
  };
  return { row: after, answer: { kind: decided } };
}
