import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTerminal, isUnderWay } from "../../../shared/contracts/action.ts";
import type { BeginAnswer, GivenApproval, NewAction } from "../../../shared/contracts/ledger.ts";
import { ABOUT_NOTHING } from "../../../shared/contracts/rules.ts";
import type { NoticeView, RowRef } from "../../../shared/contracts/views.ts";
import type { ActionRow } from "../../../shared/ledger/action/row.ts";
import { sumTotals } from "../../../shared/ledger/client/totals.ts";
import { LEASE_MS } from "../../../shared/ledger/settings.ts";
import { ANN, BEN, no, refuse, signedOf, use, yes } from "../../helpers/deciding.ts";
import { storedActions } from "../../helpers/rows.ts";
import { event, failure, type OpenShard, openShard, refund, START, succeeded, unknown } from "../../helpers/shard.ts";

/**
 * Random interleavings over the real shard. The model knows only what executors were told and when: which attempts hold
 * a live lease, and which actions have ended. Everything else is read back from the rows.
 */
type Held = { item: NewAction; fence: number; until: number };
type Model = {
  signed: Map<string, GivenApproval[]>;
  held: Held[];
  puts: Set<number>;
  ended: Map<string, string>;
  named: Set<string>;
  reported: Set<string>;
};
type World = OpenShard & { model: Model };

/** Six actions on two payments; their amounts differ, so that they are no duplicates of each other. */
const ITEMS = Array.from({ length: 6 }, (_, n) =>
  refund(
    n + 1,
    { subject: `pi_${n % 2}`, payment: `pi_${n % 2}`, amountMinor: 1_000 + n },
    n === 5 ? { grant: null } : n === 4 ? { notBefore: START + 60_000 } : {},
  ),
);
const GRANT = { kid: "k", claims: "{}", signature: "s" };
const itemOf = (n: number): NewAction => {
  const item = ITEMS[n % ITEMS.length];
  if (item === undefined) throw new Error("no such item");
  return item;
};

type Act = (world: World) => void;
const acts: Record<string, (n: number, m: number) => Act> = {
  accept: (n) => (world) => world.accept(event({ id: `stripe:evt_${n % 3}`, amountMinor: n % 2 })) && undefined,
  claim: (n) => (world) => world.shard.claim([`stripe:evt_${n % 3}`], world.clock.now) && undefined,
  close: (n) => (world) =>
    world.shard.close(
      [{ id: `stripe:evt_${n % 3}`, outcome: { kind: "none", reason: "" }, factRowKey: null }],
      world.clock.now,
    ),
  failEvent: (n) => (world) =>
    world.shard.failEvent(`stripe:evt_${n % 3}`, failure(n % 2 ? "bug" : "queue_exhausted"), world.clock.now) &&
    undefined,
  buryEvent: (n) => (world) => world.shard.deadLettered({ kind: "event", id: `stripe:evt_${n % 3}` }, world.clock.now),
  redriveEvent: (n, m) => (world) =>
    world.shard.redrive({ kind: "event", id: `stripe:evt_${n % 3}` }, `n${m}`, world.clock.now) && undefined,
  put: (n) => (world) => {
    world.put(itemOf(n));
    world.model.puts.add(n % ITEMS.length);
  },
  begin: (n) => (world) => {
    if (world.model.puts.has(n % ITEMS.length)) told(world, itemOf(n), world.begin(itemOf(n)));
  },
  settle: (n, m) => (world) => {
    const held = world.model.held[n % Math.max(1, world.model.held.length)];
    if (held === undefined) return;
    const outcomes = [
      succeeded(),
      { kind: "skipped", note: "" } as const,
      { kind: "declined", note: "", declineCode: null, next: null } as const,
      unknown(world.clock.now, m % 2 ? world.clock.now : null),
      { kind: "pending", providerObject: "re", amountMinor: 1, note: "", checkAfterMs: 1_000 } as const,
    ];
    const before = rowOf(world, held.item);
    const answer = world.settle(held.item, held.fence, outcomes[m % outcomes.length] ?? succeeded());
    const stale = before.fence !== held.fence || before.state !== "in_flight";
    expect(answer.kind).toBe(stale ? "stale_fence" : "settled");
    if (!stale) noteNamed(world, held.item, outcomes[m % outcomes.length]?.kind);
    drop(world, held);
  },
  fail: (n, m) => (world) => {
    const held = world.model.held[n % Math.max(1, world.model.held.length)];
    if (held === undefined) return;
    const reasons = ["provider_rate_limited", "bug", "guardrail", "provider_unauthorized"] as const;
    world.fail(held.item, held.fence, failure(reasons[m % reasons.length] ?? "bug"));
    drop(world, held);
  },
  failFromOutside: (n) => (world) => void world.fail(itemOf(n), null, failure("queue_exhausted")),
  requestGrant: (n) => (world) => {
    const held = world.model.held[n % Math.max(1, world.model.held.length)];
    if (held === undefined) return;
    world.shard.requestGrant(world.refOf(held.item), held.fence, "expired", world.clock.now);
    drop(world, held);
  },
  report: (n, m) => (world) => {
    // Every other report is on what has succeeded, where there is any.
    const item =
      (n % 2 ? ITEMS.find(({ action: { id } }) => world.model.ended.get(id) === "succeeded") : null) ?? itemOf(n);
    const ref = world.refOf(item);
    const says = (["failed", "done", "failed", "pending"] as const)[m % 4] ?? "failed";
    const about = m % 5 === 0 ? "re_other" : null;
    const before = rowsOf(world).find(({ id }) => id === ref.id);
    const [answer] = world.shard.recheck([{ ref, says, refund: about }], world.clock.now);
    if (before === undefined) expect(answer).toEqual({ kind: "not_ours" });
    else if (about !== null && world.model.named.has(ref.id)) expect(answer).toEqual({ kind: "not_ours" });
    // A case in doubt is told of it, and goes to D1 once more.
    if (isKept(before) && before?.uncertain) world.model.ended.delete(ref.id);
    if (answer?.kind !== "due" || before === undefined) return;
    expect(["pending", "unknown", "in_flight", "succeeded"]).toContain(before.state);
    if (before.state === "succeeded") expect([says, rowOf(world, item).state]).toEqual(["failed", "pending"]);
    world.model.ended.delete(ref.id);
    world.model.reported.add(ref.id);
  },
  hold: (n, m) => (world) => {
    const held = m % 2 ? world.model.held[n % Math.max(1, world.model.held.length)] : undefined;
    const ref = world.refOf(held?.item ?? itemOf(n));
    world.shard.held(
      [{ ...ref, hold: { scope: "all", at: m }, reason: "stop", fence: held?.fence ?? null }],
      world.clock.now,
    );
    if (held !== undefined) drop(world, held);
  },
  lift: (_n, m) => (world) => void world.shard.wake({ scope: "all", at: m }, world.clock.now),
  regrant: (n) => (world) =>
    world.shard.regrant([{ ref: world.refOf(itemOf(n)), grant: GRANT, notBefore: null }], world.clock.now),
  refuseGrant: (n) => (world) =>
    world.shard.openCase(world.refOf(itemOf(n)), "no", ABOUT_NOTHING, null, world.clock.now),
  leave: (n) => (world) => world.shard.leave(world.refOf(itemOf(n)), "nothing is owed", world.clock.now),
  caseOpened: (n, m) => (world) => keepCase(world, itemOf(n), m % 5 === 0),
  sayYes: (n, m) => (world) => {
    const item = itemOf(n);
    if (!world.model.puts.has(n % ITEMS.length)) return;
    const by = m % 2 ? ANN : BEN;
    const changes = { needs: m % 3 ? 1 : 2, key: `y${m}`, change: m % 7 ? null : { amountMinor: 1 } } as const;
    const before = rowOf(world, item);
    const answer = yes(world, item, by, { ...changes, expiresAt: world.clock.now + 3_600_000 });
    if (answer.kind === "not_taken") expect(rowOf(world, item)).toEqual(before);
    if (answer.kind !== "approved") return;
    const { id } = item.action;
    const signed = world.model.signed.get(id) ?? [];
    const approval = signedOf(answer, `approval:${id}:${before.caseRound}:${m}`);
    world.model.signed.set(id, [...signed.filter((one) => one.id !== approval.id), approval]);
  },
  sayNo: (n, m) => (world) => {
    const item = itemOf(n);
    if (!world.model.puts.has(n % ITEMS.length)) return;
    const before = rowOf(world, item).state;
    const answer = no(world, item, m % 2 ? ANN : BEN, { kind: m % 3 ? "close" : "deny", key: `n${m}` });
    if (answer.kind !== "not_taken" && before === "case_open") world.model.ended.delete(item.action.id);
  },
  approve: (n, m) => (world) => withSigned(world, n, m, (item, approval) => use(world, item, approval)),
  supersede: (n, m) => (world) =>
    withSigned(world, n, m, (item, approval) =>
      world.shard.supersede(world.refOf(item), approval, "pi_other", world.clock.now),
    ),
  refuseApproval: (n, m) => (world) => withSigned(world, n, m, (item, approval) => refuse(world, item, approval)),
  bury: (n) => (world) => world.shard.deadLettered({ kind: "action", ...world.refOf(itemOf(n)) }, world.clock.now),
  redrive: (n, m) => (world) => {
    const { id } = world.refOf(itemOf(n));
    const answer = world.shard.redrive({ kind: "action", ...world.refOf(itemOf(n)) }, `n${m % 5}`, world.clock.now);
    if (answer === "redriven") world.model.ended.delete(id);
  },
  pump: () => (world) => void world.shard.overdue(world.clock.now, 3),
  keepNotice: (n, m) => (world) => keepNotice(world, m % 3 ? actionRef(world, itemOf(n)) : eventRef(n)),
  wait: (n) => (world) => world.pass([1, 5_000, LEASE_MS, 16 * LEASE_MS, 3_600_000][n % 5] ?? 1),
};

/** With one of the approvals that were ever signed for it: the newest, or an older one. It ends a case that is open, or nothing. */
function withSigned(
  world: World,
  n: number,
  m: number,
  act: (item: NewAction, approval: GivenApproval) => unknown,
): void {
  const item = itemOf(n);
  const signed = world.model.signed.get(item.action.id) ?? [];
  const approval = m % 3 ? signed.at(-1) : signed[m % Math.max(1, signed.length)];
  if (approval === undefined) return;
  const before = rowOf(world, item);
  act(item, approval);
  const after = rowOf(world, item);
  if (after.updatedAt === before.updatedAt && after.state === before.state) return;
  expect(before.state, "an approval changes an open case alone").toBe("case_open");
  expect(before.caseRound, "an approval is of one round").toBe(approval.round);
  if (after.state === "superseded") expect([before.attempts, before.uncertain]).toEqual([0, false]);
  if (after.state === "ready") expect(before.uncertain, "what is in doubt is read first").toBe(false);
  world.model.ended.delete(item.action.id);
}

const eventRef = (n: number): RowRef => ({ kind: "event", id: `stripe:evt_${n % 3}` });
const actionRef = (world: World, item: NewAction): RowRef => ({ kind: "action", ...world.refOf(item) });
const noticeOf = ({ shard }: World, ref: RowRef): NoticeView | null => shard.notices([ref])[0] ?? null;

/** The case of its notice is written: open, or closed. */
function keepNotice(world: World, row: RowRef): void {
  const notice = noticeOf(world, row);
  if (notice === null || notice.state === "open") return;
  expect(world.shard.noticeKept([{ row, state: notice.state, at: notice.at }], world.clock.now)).toEqual(["kept"]);
}

function told(world: World, item: NewAction, answer: BeginAnswer): void {
  if (answer.kind !== "granted") return;
  const { id } = item.action;
  expect(answer.providerObject !== null, "what the provider has named is known to every later attempt").toBe(
    world.model.named.has(id),
  );
  if (world.model.reported.delete(id)) expect(answer.readOnly, "an attempt that a report brought about").toBe(true);
  const live = world.model.held.filter(({ until }) => until > world.clock.now);
  expect(live.filter((held) => held.item.action.subject === item.action.subject)).toEqual([]);
  world.model.held.push({ item, fence: answer.fence, until: answer.leaseEndsAt });
}

/** What has been named stays so until the provider's own word takes its place. */
function noteNamed({ model }: World, { action: { id } }: NewAction, outcome: string | undefined): void {
  if (outcome === "succeeded" || outcome === "pending") model.named.add(id);
  else if (outcome !== "unknown") model.named.delete(id);
}

const drop = (world: World, held: Held): void => {
  world.model.held = world.model.held.filter((one) => one !== held);
};

const rowsOf = ({ sql }: World): ActionRow[] => storedActions(sql);

function rowOf(world: World, { action }: NewAction): ActionRow {
  const row = rowsOf(world).find(({ id }) => id === action.id);
  if (row === undefined) throw new Error(`${action.id} has no row`);
  return row;
}

function check(world: World): void {
  const { clock, model, shard } = world;
  const rows = rowsOf(world);
  const notices = world.sql.exec<{ id: string }>("SELECT id FROM notice WHERE state <> 'closing'").toArray();
  const told = new Set(notices.map(({ id }) => id));
  for (const row of rows) {
    if (isTerminal(row.state)) expect(row.due, `${row.state} is terminal and waits for nothing`).toBeNull();
    else expect(row.due, `${row.state} waits and must be due some time`).not.toBeNull();
    if (row.state === "ready") expect(model.named.has(row.id), "what was named is never sent as new").toBe(false);
    if (["ready", "in_flight", "unknown", "pending"].includes(row.state)) expect(row.grant, row.state).not.toBeNull();
    // A scheduled row is kept waiting by a hold only where its executor could begin it.
    else if (row.state !== "scheduled" || row.grantWanted !== null)
      expect(row.held, `${row.state} is not kept waiting by a hold`).toBeNull();
    if (row.state === "scheduled" && row.grantWanted === null)
      expect(row.grant, "a row has a grant or wants one").not.toBeNull();
    if (row.grant === null && row.caseReason === null) expect(row.grantWanted, row.state).toBe("first");
    expect(told.has(row.id), "a row knows whether a person is told of it").toBe(row.toldSince !== null);
    if (row.toldSince !== null) {
      expect([row.toldSince, row.held], "it has had no news since").toEqual([row.waitsSince, null]);
      expect(isUnderWay(row.state), `${row.state} waits`).toBe(true);
    }
    if (row.state === "denied" || row.state === "superseded") expect(row.caseApprovals, row.state).toBeNull();
    if (row.caseReason !== null) expect(row.caseRound, "what is a case is in a round").toBeGreaterThan(0);
    const uses = row.history.flatMap(({ what, detail }) => (what === "approval used" ? [detail] : []));
    expect(new Set(uses).size, "an approval is used once").toBe(uses.length);
    const before = model.ended.get(row.id);
    if (before !== undefined)
      expect(
        row.state,
        "a terminal state is left by a redrive, a failed refund, news of a case or a decision about it",
      ).toBe(before);
    if (isTerminal(row.state)) model.ended.set(row.id, row.state);
  }
  for (const subject of ["pi_0", "pi_1"]) {
    const leased = rows.filter(
      (row) => row.subject === subject && row.state === "in_flight" && (row.leaseEndsAt ?? 0) > clock.now,
    );
    expect(leased.length, `live leases of ${subject}`).toBeLessThanOrEqual(1);
  }
  const recount = new Map<string, number>();
  for (const { state } of rows.filter((row) => isTerminal(row.state)))
    recount.set(state, (recount.get(state) ?? 0) + 1);
  const totals = sumTotals([shard.totals()]);
  expect(Object.fromEntries(totals.actions.map(({ state, count }) => [state, count]))).toEqual(
    Object.fromEntries(recount),
  );
  const events = ["stripe:evt_0", "stripe:evt_1", "stripe:evt_2"].flatMap((id) => shard.eventView(id) ?? []);
  expect(totals.accepted).toBe(events.length);
  expect(totals.none).toBe(events.filter(({ state }) => state === "decided").length);
  expect(totals.deadLetteredEvents).toBe(events.filter(({ state }) => state === "dead_lettered").length);
  expect(totals.waiting.events).toBe(
    events.filter(({ state }) => state !== "decided" && state !== "dead_lettered").length,
  );
  expect(totals.waiting.actions).toBe(rows.filter((row) => !isTerminal(row.state)).length);
}

const isKept = (row: ActionRow | undefined): boolean => row?.state === "case_open" || row?.state === "case_closed";

/** The case is in D1 as the row has it, or as it had it before some news of it. */
function keepCase(world: World, item: NewAction, isOld = false): void {
  const row = rowsOf(world).find(({ id }) => id === item.action.id);
  const standingAt = isOld ? 1 : (row?.caseStanding?.at ?? null);
  // An older standing may have been written over the one that is kept.
  if (isOld && isKept(row)) world.model.ended.delete(item.action.id);
  world.shard.caseOpened([{ ...world.refOf(item), standingAt }], world.clock.now);
}

/** What a patient operator does: lets every lease end and every row be tried, until nothing waits any more. */
function drain(world: World): void {
  for (let round = 0; round < 60 && world.shard.earliestDue() !== null; round++) {
    world.pass(3_600_000);
    for (const item of ITEMS.filter((_, n) => world.model.puts.has(n))) {
      keepNotice(world, actionRef(world, item));
      const { state } = rowOf(world, item);
      const ref = world.refOf(item);
      world.shard.wake({ scope: "all", at: 99 }, world.clock.now);
      if (state === "scheduled") world.shard.regrant([{ ref, grant: GRANT, notBefore: null }], world.clock.now);
      if (state === "case_opening") keepCase(world, item);
      if (state === "dead") world.shard.deadLettered({ kind: "action", ...ref }, world.clock.now);
      const begun = world.begin(item);
      if (begun.kind === "granted") {
        world.settle(item, begun.fence, succeeded());
        noteNamed(world, item, "succeeded");
      }
    }
    for (const n of [0, 1, 2]) {
      const id = `stripe:evt_${n}`;
      world.shard.close([{ id, outcome: { kind: "none", reason: "" }, factRowKey: null }], world.clock.now);
      world.shard.deadLettered({ kind: "event", id }, world.clock.now);
      keepNotice(world, eventRef(n));
    }
  }
}

const names = Object.keys(acts);
const EVERYTHING = [...names, "put", "begin", "begin", "begin", "settle", "settle", "report", "wait"];
/** What people decide about the cases of two actions, and what becomes of it. */
const DECIDED = ["put", "begin", "settle", "fail", "fail", "caseOpened", "caseOpened", "caseOpened", "wait", "report"];
const DECISIONS = [
  ...DECIDED,
  "sayYes",
  "sayYes",
  "sayYes",
  "sayNo",
  "approve",
  "approve",
  "supersede",
  "refuseApproval",
];
/** What becomes of two actions after they were executed: deeper than steps of every kind on six would reach. */
const LATER_LIFE = [
  "put",
  "begin",
  "begin",
  "settle",
  "settle",
  "fail",
  "fail",
  "report",
  "report",
  "bury",
  "redrive",
  "wait",
];
const stepsOf = (kinds: string[], most: number) =>
  fc.array(fc.tuple(fc.constantFrom(...kinds), fc.nat(most), fc.nat(30)), { minLength: 5, maxLength: 60, size: "max" });

describe("the ledger under any interleaving", () => {
  it.each([
    ["everything", EVERYTHING, 30, 300],
    ["what is executed, reported on and redriven", LATER_LIFE, 1, 300],
    ["what people decide about", DECISIONS, 1, 100],
  ])(
    "of %s leases a payment once, believes no stale fence, leaves terminal states by redrive, a failed refund, news of a case or a decision alone, and always ends",
    (_what, kinds, most, numRuns) => {
      fc.assert(
        fc.property(stepsOf(kinds, most), (steps) => {
          const world: World = {
            ...openShard(),
            model: {
              signed: new Map(),
              held: [],
              puts: new Set(),
              ended: new Map(),
              named: new Set(),
              reported: new Set(),
            },
          };
          for (const [name, n, m] of steps) {
            acts[name]?.(n, m)(world);
            check(world);
          }
          drain(world);
          check(world);
          expect(world.shard.earliestDue(), "nothing waits when everything was tried").toBeNull();
          for (const ref of [...ITEMS.map((item) => actionRef(world, item)), ...[0, 1, 2].map(eventRef)]) {
            keepNotice(world, ref);
            expect(noticeOf(world, ref), "nobody is told of what has ended").toBeNull();
          }
        }),
        { numRuns },
      );
    },
    60_000,
  );
});
