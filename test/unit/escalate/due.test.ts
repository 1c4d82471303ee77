import { beforeEach, describe, expect, test } from "vitest";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { DAY_MS } from "../../../shared/core/time.ts";
import {
  approvedAfterAll,
  bringBack,
  casesToLookAt,
  casesToPlace,
  closeByPolicy,
  lookedAt,
  placeCase,
} from "../../../shared/records/case-due.ts";
import { nextCase } from "../../../shared/records/case-next.ts";
import { UNUSED_MS } from "../../../shared/records/case-work.ts";
import { getCase, type NewCase, openCase } from "../../../shared/records/cases.ts";
import type { PlacingPolicy } from "../../../shared/records/place.ts";
import { type ApprovalStands, type DueDeps, lookAtCases } from "../../../workers/escalate/due.ts";
import { casesPolicy, placingPolicy } from "../../helpers/case-policy.ts";
import { caseRow } from "../../helpers/case-rows.ts";
import { createRecords } from "../../helpers/d1.ts";

let { database, sqlite } = createRecords();
let alarms: Record<string, unknown>[] = [];
let closings: [string, string][] = [];
let policy: PlacingPolicy = placingPolicy();
let canClose = true;
const stands = new Map<string, ApprovalStands>();
beforeEach(() => {
  ({ database, sqlite } = createRecords());
  [alarms, closings, policy, canClose] = [[], [], placingPolicy(), true];
  stands.clear();
});

const depsAt = (now: number): DueDeps => ({
  policy,
  toPlace: (version, limit) => casesToPlace(database, version, limit),
  place: (row, placing) => placeCase(database, row, placing),
  eventOf: async () => ({ declineCode: "stolen_card" }) as unknown as PaymentEvent,
  toLookAt: (limit) => casesToLookAt(database, now, limit),
  lookedAt: (row, change) => lookedAt(database, row, change),
  approvalOf: async ({ id }) => stands.get(id) ?? "none",
  bringBack: (row, lookAt) => bringBack(database, row, lookAt),
  approvedAfterAll: (row) => approvedAfterAll(database, row, now),
  close: async (row, code) => {
    if (!canClose) return "not_now";
    closings.push([row.id, code]);
    await closeByPolicy(database, row.id, { code, round: row.version }, now);
    return "closed";
  },
  alarm: (line) => alarms.push(line),
  log: () => undefined,
  now,
});
const look = (now: number) => lookAtCases(depsAt(now));
const opened = async (n: number, changes: Partial<NewCase> = {}): Promise<string> => {
  const { state: _state, ...row } = caseRow(n, { openedAt: 0, ...changes } as never);
  await openCase(database, row);
  return row.id;
};

describe("an approved case", () => {
  const approved = async (): Promise<string> => {
    const id = await opened(1, { openedAt: 10 });
    await look(10);
    sqlite.exec(`UPDATE cases SET state = 'approved', closedAt = 20, decidedBy = 'Ann', lookAt = ${20 + UNUSED_MS}`);
    stands.set(id, "unused");
    return id;
  };
  const upNext = async () => (await nextCase(database, { person: "p", now: 30 }))?.id;

  test("whose approval nobody has sent on comes back to people, before all others, and somebody is told", async () => {
    const id = await approved();
    await opened(2);
    await look(19 + UNUSED_MS);
    expect((await getCase(database, id))?.state).toBe("approved");
    await look(20 + UNUSED_MS);
    expect(alarms).toMatchObject([{ what: "approval.unused", case: id, by: "Ann" }]);
    expect(await getCase(database, id)).toMatchObject({ state: "open", closedAt: null, decidedBy: null });
    expect(await upNext()).toBe(id);
    await look(21 + 2 * UNUSED_MS);
    expect(alarms).toHaveLength(1);
  });

  test("that came back leaves people when its approval is used after all", async () => {
    const id = await approved();
    await look(20 + UNUSED_MS);
    stands.set(id, "used");
    await look(21 + 2 * UNUSED_MS);
    expect(await getCase(database, id)).toMatchObject({ state: "approved", closedAt: 21 + 2 * UNUSED_MS });
    expect(await upNext()).toBeUndefined();
  });

  test("whose approval was used is not looked at again", async () => {
    const id = await approved();
    stands.set(id, "used");
    await look(20 + UNUSED_MS);
    expect(await getCase(database, id)).toMatchObject({ state: "approved", lookAt: null });
    expect(alarms).toEqual([]);
  });
});

describe("a case whose time has passed", () => {
  test("is told of once, and comes next", async () => {
    const late = await opened(1, { about: "subscription" });
    await opened(2, { about: "refund", openedAt: 90 * DAY_MS });
    const dueMs = policy.cases.kinds.subscription.dueMs ?? 0;
    expect(await look(dueMs - 1)).toMatchObject({ placed: 2, alarms: 0 });
    await look(dueMs);
    await look(dueMs + 60_000);
    expect(alarms.filter((line) => line.case === late)).toEqual([
      expect.objectContaining({ what: "case.overdue", case: late, about: "subscription", decideBy: dueMs }),
    ]);
    expect((await nextCase(database, { person: "p", now: dueMs }))?.id).toBe(late);
    expect((await getCase(database, late))?.state).toBe("open");
  });

  test("is closed with the code overdue where policy says so, and never approved", async () => {
    const cases = casesPolicy();
    policy = placingPolicy({ kinds: { ...cases.kinds, refund: { priority: 1, dueMs: 10, whenDue: "close" } } });
    const id = await opened(1);
    await look(5);
    expect(closings).toEqual([]);
    canClose = false;
    expect(await look(10)).toMatchObject({ closed: 0, left: 1 });
    expect((await getCase(database, id))?.state).toBe("open");
    canClose = true;
    await look(11);
    expect(closings).toEqual([[id, "overdue"]]);
    expect(await getCase(database, id)).toMatchObject({ state: "closed", code: "overdue", decidedBy: null });
  });

  test("a snooze does not pass it: the case is awake at its time", async () => {
    const id = await opened(1);
    await look(1);
    const dueMs = policy.cases.kinds.refund.dueMs ?? 0;
    sqlite.exec(`UPDATE cases SET snoozedUntil = ${dueMs + 5}`);
    await look(dueMs);
    expect(alarms).toHaveLength(1);
    await look(dueMs + 5);
    expect((await getCase(database, id))?.snoozedUntil).toBeNull();
  });
});

describe("a dispute", () => {
  test("is told of before its deadline, by as much as policy says, and once more when it passes", async () => {
    const dueAt = 9 * DAY_MS;
    const cases = casesPolicy();
    policy = placingPolicy({ kinds: { ...cases.kinds, dispute: { priority: 1, dueMs: null, whenDue: "alarm" } } });
    await opened(1, { about: "dispute", dueAt });
    await look(0);
    await look(7 * DAY_MS - 1);
    expect(alarms).toEqual([]);
    await look(7 * DAY_MS);
    await look(8 * DAY_MS);
    expect(alarms.map(({ what }) => what)).toEqual(["case.deadline_near"]);
    await look(dueAt);
    await look(dueAt + DAY_MS);
    expect(alarms.map(({ what }) => what)).toEqual(["case.deadline_near", "case.overdue"]);
  });
});

describe("what nobody judges one by one", () => {
  test("is grouped out of the queue, or closed as recorded, as policy says", async () => {
    const grouped = await opened(1, { about: "failed_payment", rule: null });
    const recorded = await opened(2, { about: "failed_payment", rule: "retries_left" });
    await look(1);
    expect((await getCase(database, grouped))?.groupKey).toBe("failed_payment/none/stolen_card");
    expect(await nextCase(database, { person: "p", now: 1 })).toBeNull();
    expect(closings).toEqual([[recorded, "recorded"]]);
  });

  test("is judged again one by one as soon as policy says so: the next look places it anew", async () => {
    const id = await opened(1, { about: "failed_payment", rule: null });
    await look(1);
    policy = placingPolicy({ noise: [] }, "policy_2");
    await look(2);
    expect((await nextCase(database, { person: "p", now: 2 }))?.id).toBe(id);
  });
});

test("what was told of is not told again when another policy places it, unless its time has moved", async () => {
  await opened(1);
  await look(1);
  const dueMs = policy.cases.kinds.refund.dueMs ?? 0;
  await look(dueMs);
  policy = placingPolicy({ snoozeMaxMs: 1 }, "policy_2");
  await look(dueMs + 1);
  expect(alarms).toHaveLength(1);
  const { kinds } = casesPolicy();
  policy = placingPolicy({ kinds: { ...kinds, refund: { ...kinds.refund, dueMs: dueMs - 5 } } }, "policy_3");
  await look(dueMs + 2);
  expect(alarms).toHaveLength(2);
});
