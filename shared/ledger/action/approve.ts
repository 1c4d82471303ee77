/**
 * What becomes of an approval once the classifier has verified it: its action may be executed, its fact goes to another target,
 * or its case comes back. The row compares the approval with the yeses that it has; a spent one changes nothing.
 */
import type { Action } from "../../contracts/action.ts";
import { isExecutable } from "../../contracts/actions.ts";
import { isApproved } from "../../contracts/case-decision.ts";
import { ROW_VERSION } from "../../contracts/decision.ts";
import type {
  ApprovalRefusal,
  ApproveAnswer,
  Approving,
  GivenApproval,
  NewAction,
  NotApproved,
  RefusedAnswer,
  SupersedeAnswer,
} from "../../contracts/ledger.ts";
import type { Subject } from "../../core/ids.ts";
import { canonicalJson } from "../../core/json.ts";
import type { Duplicate } from "../../policy/duplicates.ts";
import { NO_FAILURES } from "../failures.ts";
import { append } from "../history.ts";
import { HISTORY_MAX, type LedgerSettings, nextDue } from "../settings.ts";
import { caseOpening } from "./case.ts";
import { standsAs, termsOf, whyUnchangeable } from "./decide.ts";
import type { ActionRow } from "./row.ts";
import { waitsAs } from "./wait.ts";

/** The yeses of the row are those that were signed, all of them. */
function isOf({ caseRound, caseApprovals: given }: ActionRow, approval: GivenApproval): boolean {
  if (given === null || !isApproved({ caseApprovals: given }) || given.round !== caseRound) return false;
  const ids = (people: readonly { id: string }[]): string => canonicalJson(people.map(({ id }) => id));
  return (
    termsOf(given) === termsOf(approval) &&
    ids(given.approvals.map(({ by }) => by)) === ids(approval.approvers) &&
    given.expiresAt === approval.expiresAt
  );
}

function whyNot(row: ActionRow, approval: GivenApproval, now: number): NotApproved | null {
  if (row.state !== "case_open") return "not_open";
  if (approval.round !== row.caseRound) return "other_round";
  if (!isOf(row, approval)) return "not_approved";
  return now < approval.expiresAt ? null : "expired";
}

/** Who is acted on, and for which fact: of another one a yes says nothing. What was not known of it may be known by now. */
const TERMS: readonly (keyof Action)[] = ["amountMinor", "currency", "variant", "extent"];
function isOfSameTarget(row: Action, action: Action): boolean {
  const names = new Set([...Object.keys(row), ...Object.keys(action)] as (keyof Action)[]);
  return [...names].every((name) => {
    const [was, is] = [row[name] ?? null, action[name] ?? null];
    return was === is || TERMS.includes(name) || (was === null && PARTS.includes(name));
  });
}
const PARTS: readonly (keyof Action)[] = ["charge", "invoice", "customer", "subscription", "destination"];

function whyNotThis(row: ActionRow, { action }: Approving): NotApproved | null {
  if (!isExecutable(action.kind)) return "not_executable";
  if (!isOfSameTarget(row.action, action)) return "other_action";
  return canonicalJson(action) === canonicalJson(row.action) ? null : whyUnchangeable(row);
}

/** `duplicate`: what the other actions of the subject say of this one. */
export function approved(
  row: ActionRow,
  given: Approving,
  duplicate: Duplicate | null,
  now: number,
  settings: LedgerSettings,
): { row: ActionRow; answer: ApproveAnswer } {
  const { approval, action, grant, notBefore } = given;
  if (row.approved?.approval === approval.id) return { row, answer: { kind: "approved", state: row.state } };
  const why = whyNot(row, approval, now) ?? whyNotThis(row, given);
  if (why !== null) return { row, answer: { kind: "not_taken", why, stands: standsAs(row) } };
  if (duplicate !== null && !mayPass(duplicate, approval)) {
    const about = duplicate.kind === "case" ? duplicate.about : UNDER_WAY;
    return { row, answer: { kind: "duplicate", reason: duplicate.reason, about } };
  }
  const waits = notBefore !== null && notBefore > now;
  const { round, overrides, approvers, expiresAt: until } = approval;
  const after: ActionRow = {
    ...row,
    action,
    state: waits ? "scheduled" : waitsAs(row),
    version: ROW_VERSION,
    grant,
    grantWanted: null,
    notBefore: waits ? notBefore : null,
    due: waits ? notBefore : nextDue(now, 0, settings),
    caseReason: null,
    caseAbout: null,
    caseStanding: null,
    caseApprovals: null,
    approved: {
      approval: approval.id,
      approvers: approvers.map(({ id }) => id),
      names: approvers.map(({ name }) => name),
      overrides,
      until,
      round,
      at: now,
      reason: row.caseReason,
    },
    // What has failed before is in the history, and was read by who approved.
    failure: null,
    failures: NO_FAILURES,
    tries: 0,
    waitsSince: waits ? notBefore : now,
    rings: 0,
    updatedAt: now,
    history: append(row.history, now, "approval used", approval.id),
  };
  return { row: after, answer: { kind: "approved", state: after.state } };
}

const UNDER_WAY = { rule: "duplicate", refund: null } as const;

/** Two retries at once, or more than the networks allow, pass nobody. */
export const mayPass = (duplicate: Duplicate, { overrides }: Pick<GivenApproval, "overrides">): boolean =>
  duplicate.kind === "case" && duplicate.about.rule === "duplicate" && overrides.includes("duplicate");

/** Before the new row is put, so that no two rows of one fact can be executed. */
export function superseded(
  row: ActionRow,
  approval: GivenApproval,
  to: Subject,
  now: number,
): { row: ActionRow; answer: SupersedeAnswer } {
  if (row.superseded?.approval === approval.id) return { row, answer: { kind: "superseded" } };
  const why = whyNot(row, approval, now) ?? whyUnchangeable(row);
  if (why !== null) return { row, answer: { kind: "not_taken", why, stands: standsAs(row) } };
  const after: ActionRow = {
    ...row,
    state: "superseded",
    due: null,
    superseded: { approval: approval.id, subject: to, at: now },
    updatedAt: now,
    history: append(row.history, now, "superseded", `by ${approval.id}: executed on ${to}`),
  };
  return { row: after, answer: { kind: "superseded" } };
}

/** Whether this new action is the one for which the row of its id was superseded: both targets are in one shard. */
export const movesTo = ({ superseded: to, state }: ActionRow, { action, approved: by }: NewAction): boolean =>
  state === "superseded" && to?.subject === action.subject && to.approval === by?.approval;

/** The id has one row in a shard, so the row of the other target goes on from that of the old one. */
export const moved = (row: ActionRow, put: ActionRow): ActionRow => ({
  ...put,
  // Its rounds go on, also where the caller does not name them.
  caseRound: Math.max(put.caseRound, row.caseRound + (put.caseReason === null ? 0 : 1)),
  caseDecided: row.caseDecided,
  approved: put.approved && { ...put.approved, reason: row.caseReason },
  createdAt: row.createdAt,
  history: [...row.history, ...put.history].slice(-HISTORY_MAX),
});

/** An approval of an earlier round, or one that was used, changes nothing. */
export function refused(
  row: ActionRow,
  approval: GivenApproval,
  { reason, about, seen }: ApprovalRefusal,
  now: number,
  settings: LedgerSettings,
): { row: ActionRow; answer: RefusedAnswer } {
  // Also while the same case goes to D1 once more.
  const isUndecided = row.state === "case_open" || row.state === "case_opening";
  if (!isUndecided || !isOf(row, approval)) return { row, answer: { kind: "as_it_is", state: row.state } };
  const told: ActionRow = {
    ...row,
    updatedAt: now,
    history: append(row.history, now, "approval refused", approval.id),
  };
  const after = caseOpening(told, reason, about, now, settings, seen);
  return { row: after, answer: { kind: "reopened", round: after.caseRound } };
}
