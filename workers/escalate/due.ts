import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { CasePlacing, CaseRow } from "../../shared/contracts/records.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import { UNUSED_MS } from "../../shared/records/case-work.ts";
import { lateness, nextLook, OVERDUE, type PlacingPolicy, placeOf, RECORDED } from "../../shared/records/place.ts";

/** How D1 and the ledger are reached. Each write names the row as it was read, so that a change meanwhile stands. */
export type DueDeps = {
  policy: PlacingPolicy;
  toPlace(version: string, limit: number): Promise<CaseRow[]>;
  place(row: CaseRow, placing: CasePlacing): Promise<void>;
  eventOf(row: CaseRow): Promise<PaymentEvent | null>;
  toLookAt(limit: number): Promise<CaseRow[]>;
  lookedAt(row: CaseRow, change: { next: number | null; isFront: boolean; isAwake: boolean }): Promise<void>;
  /** What became of the approval of this round, as the action's row has it. */
  approvalOf(row: CaseRow): Promise<ApprovalStands>;
  bringBack(row: CaseRow, lookAt: number): Promise<void>;
  approvedAfterAll(row: CaseRow): Promise<void>;
  /** Closes the action's row and then the case, with this code. Policy closes; it never approves. */
  close(row: CaseRow, code: string): Promise<"closed" | "not_now">;
  alarm(line: Record<string, unknown>): void;
  log(line: Record<string, unknown>): void;
  now: number;
};

/** `unused`: all have said yes, and its case is still open: nobody sent it on, or it could not be carried out. */
export type ApprovalStands = "unused" | "used" | "none";

export type Looked = { placed: number; alarms: number; closed: number; awake: number; left: number };

/** Of each work in one run, oldest first. What one run does not reach is for the next, a minute later. */
export const AT_MOST = 200;

/** Puts cases where policy says, and does what it says of those whose time has passed. Safe to repeat, and to cut short. */
export async function lookAtCases(deps: DueDeps): Promise<Looked> {
  const looked: Looked = { placed: 0, alarms: 0, closed: 0, awake: 0, left: 0 };
  const { policy } = deps;
  async function each(rows: CaseRow[], work: (row: CaseRow) => Promise<void>): Promise<void> {
    await mapLimit(rows, OUTSIDE_CALLS_AT_ONCE, async (row) => {
      try {
        await work(row);
      } catch (error) {
        looked.left += 1;
        deps.log({ what: "case.not_looked_at", case: row.id, error: String(error) });
      }
    });
  }
  await each(await deps.toPlace(policy.version, AT_MOST), async (row) => {
    await deps.place(row, await placedAgain(row, policy, deps));
    looked.placed += 1;
  });
  await each(await deps.toLookAt(AT_MOST), async (row) => await look(row, policy, looked, deps));
  return looked;
}

async function placedAgain(row: CaseRow, policy: PlacingPolicy, deps: DueDeps): Promise<CasePlacing> {
  const placing = placeOf(row, await deps.eventOf(row), policy);
  const isTold = row.placedBy !== null && (row.lookAt === null || row.lookAt > deps.now);
  // What was told of under the policy of before is not told again, unless its time has moved.
  if (!isTold || placing.decideBy !== row.decideBy || placing.whenDue !== row.whenDue) return placing;
  return { ...placing, lookAt: nextLook({ ...row, decideBy: placing.decideBy }, policy, deps.now) };
}

async function look(row: CaseRow, policy: PlacingPolicy, looked: Looked, deps: DueDeps): Promise<void> {
  const { now } = deps;
  if (row.isInformation === 0 && (row.state === "open" || row.state === "approved")) {
    const stands = await deps.approvalOf(row);
    if (row.state === "approved" && stands === "unused") return await bringBack(row, looked, deps);
    if (row.state === "open" && stands === "used") return await deps.approvedAfterAll(row);
    // Nobody closes what people have approved; it is looked at until they have heard, or it was used.
    if (row.state === "open" && stands === "unused")
      return await deps.lookedAt(row, { next: now + UNUSED_MS, isFront: true, isAwake: true });
  }
  const isOver = row.state !== "open" || row.isInformation === 1;
  if (isOver) return await deps.lookedAt(row, { next: null, isFront: false, isAwake: false });
  if (row.whenDue === "record") return await close(row, RECORDED, looked, deps);
  const late = lateness(row, policy, now);
  if (late === "overdue" && row.whenDue === "close") return await close(row, OVERDUE, looked, deps);
  if (late !== null) {
    const { id, about, subject, decideBy, dueAt } = row;
    deps.alarm({ what: `case.${late}`, case: id, about, subject, decideBy, dueAt });
    looked.alarms += 1;
  }
  const isAwake = row.snoozedUntil !== null && row.snoozedUntil <= now;
  if (isAwake) looked.awake += 1;
  await deps.lookedAt(row, { next: nextLook(row, policy, now), isFront: late !== null, isAwake });
}

async function bringBack(row: CaseRow, looked: Looked, deps: DueDeps): Promise<void> {
  const { id, about, subject, decidedBy } = row;
  await deps.bringBack(row, deps.now + UNUSED_MS);
  deps.alarm({ what: "approval.unused", case: id, about, subject, by: decidedBy });
  looked.alarms += 1;
}

/** Where the row cannot be closed now it stays where it is, and is looked at again. */
async function close(row: CaseRow, code: string, looked: Looked, deps: DueDeps): Promise<void> {
  if ((await deps.close(row, code)) === "closed") looked.closed += 1;
  else looked.left += 1;
}
