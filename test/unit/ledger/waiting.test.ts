import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WaitingItem, WaitingPlace } from "../../../shared/contracts/waiting.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../shared/core/time.ts";
import { COUNTED_AT_ONCE, TOLD_AT_ONCE } from "../../../shared/ledger/shard/waiting.ts";
import { PASSED_AT_ONCE } from "../../../shared/ledger/shard/waiting-index.ts";
import { startCountedShards } from "../../helpers/counted-shard.ts";
import { createLocalLedger } from "../../helpers/ledger.ts";
import { event, failure, first, openShard, refund, START, SWEEP_MS, succeeded, unknown } from "../../helpers/shard.ts";

const ALL = { queue: null, after: null, limit: 50 };

function open() {
  const one = openShard();
  const page = (asked: Partial<typeof ALL> = {}) => one.shard.waiting({ ...ALL, ...asked, now: one.clock.now });
  const items = () => page().rows.map(({ item }) => item);
  return { ...one, page, items, item: () => first(items()) };
}
const short = ({ waitsFor, reason }: WaitingItem) => [waitsFor, reason];

describe("what waits is listed with its reason", () => {
  it("an event for its decision, with what it is about, since when and until when", () => {
    const { accept, item } = open();
    accept(event({ payment: "pi_7", type: "invoice.payment_failed" }));
    expect(item()).toEqual({
      row: "event",
      id: "stripe:evt_1",
      kind: "invoice.payment_failed",
      subject: "pi_7",
      state: "received",
      since: START,
      due: START + 2 * SWEEP_MS,
      queue: "events",
      waitsFor: "decision",
      reason: "waits for its decision",
    });
  });

  it("an event that failed, with how often and the last reason", () => {
    const { accept, shard, clock, item } = open();
    accept(event());
    for (let n = 0; n < 2; n++) shard.failEvent("stripe:evt_1", failure("claude_unavailable"), clock.now);
    expect(short(item())).toEqual([
      "retry",
      "failed 2 times, last: claude_unavailable (claude_unavailable happened); its decision is tried again when it is due",
    ]);
  });

  it("an event that was given up, while its dead letter is being written", () => {
    const { accept, shard, clock, item, items } = open();
    accept(event());
    for (let n = 0; n < 20 && shard.eventView("stripe:evt_1")?.state !== "dead"; n++)
      shard.failEvent("stripe:evt_1", failure("bug"), clock.now);
    expect(item()).toMatchObject({ state: "dead", queue: "events", waitsFor: "dead_letter" });
    expect(item().reason).toBe("given up, its dead letter is being written; bug (bug happened)");
    shard.deadLettered({ kind: "event", id: "stripe:evt_1" }, clock.now);
    expect(items()).toEqual([]);
  });

  it("an action for its executor, and then under way with the end of its lease", () => {
    const { put, lease, item, pass } = open();
    put(refund(1));
    expect([item().subject, item().kind, item().state]).toEqual(["pi_1", "refund", "ready"]);
    expect(short(item())).toEqual(["executor", "waits for its executor"]);
    lease(refund(1));
    expect(short(item())).toEqual([
      "attempt",
      "attempt 1 is under way: leased by its executor until 2026-10-23 09:01:00 UTC",
    ]);
    pass(2 * MINUTE_MS);
    expect(short(item())).toEqual([
      "retry",
      "attempt 1 was lost, its lease ended 2026-10-23 09:01:00 UTC: the provider is read before anything is sent again",
    ]);
  });

  it("an action for its time", () => {
    const { put, item } = open();
    put(refund(1, {}, { notBefore: START + 3 * DAY_MS }));
    expect(item()).toMatchObject({ state: "scheduled", since: START, due: START + 3 * DAY_MS, waitsFor: "schedule" });
    expect(item().reason).toBe("waits for its time, 2026-10-26 09:00:00 UTC");
  });

  it("an action on hold, with which hold and its reason", () => {
    const { put, shard, clock, pass, item, refOf } = open();
    put(refund(1));
    pass(HOUR_MS);
    const hold = { scope: "payment:pi_1", at: START } as const;
    const reason = "on hold (payment:pi_1): fraud is looked into";
    shard.held([{ ...refOf(refund(1)), hold, reason, fence: null }], clock.now);
    expect(item()).toMatchObject({ waitsFor: "lift", since: START + HOUR_MS });
    expect(item().reason).toBe(`${reason}, since 2026-10-23 10:00:00 UTC`);
  });

  it("an action for a new grant, an unclear answer, the provider's final answer, and a failure", () => {
    const { put, lease, settle, fail, shard, clock, refOf, items } = open();
    for (const n of [1, 2, 3, 4]) put(refund(n));
    shard.requestGrant(refOf(refund(1)), lease(refund(1)).fence, "it expired", clock.now);
    settle(refund(2), lease(refund(2)).fence, unknown());
    settle(refund(3), lease(refund(3)).fence, { ...succeeded(), kind: "pending", checkAfterMs: HOUR_MS } as never);
    fail(refund(4), lease(refund(4)).fence, failure("provider_rate_limited"));
    const byId = new Map(items().map((item) => [item.subject, short(item)]));
    expect(byId.get("pi_1")).toEqual(["grant", "waits for a new grant: the one that it has is no longer good"]);
    expect(byId.get("pi_2")?.[0]).toBe("provider");
    expect(byId.get("pi_2")?.[1]).toMatch(/^its last call had no clear answer, and the provider is read before/);
    expect(byId.get("pi_3")).toEqual(["provider", "waits for the provider's final answer"]);
    expect(byId.get("pi_4")?.[1]).toMatch(
      /failed once, last: provider_rate_limited \(provider_rate_limited happened\)/,
    );
  });

  it("an action on its way to people, until its case is there", () => {
    const { put, shard, clock, refOf, item, items } = open();
    put(refund(1, {}, { caseReason: "the amount is\nnot known", caseAbout: null, grant: null }));
    expect(item()).toMatchObject({ waitsFor: "person", queue: "escalate", state: "case_opening" });
    expect(item().reason).toBe("on its way to people: the amount is not known");
    shard.caseOpened([refOf(refund(1))], clock.now);
    expect(items()).toEqual([]);
  });
});

describe("the list of what waits", () => {
  it("has nothing that is over", () => {
    const { accept, put, lease, settle, page } = open();
    accept(event({ type: "customer.created" }));
    put(refund(1));
    settle(refund(1), lease(refund(1)).fence, succeeded());
    expect(page()).toEqual({ rows: [], upTo: null, counts: { waitsFor: {}, due: 0, isAll: true } });
  });

  it("has what waits behind thousands of rows that are settled, a bounded number of them a page", () => {
    const {
      accept,
      shard,
      clock,
      put,
      page,
      shard: { waiting },
    } = open();
    put(refund(1, {}, { notBefore: START + DAY_MS }));
    const settled = Array.from({ length: PASSED_AT_ONCE + 1_000 }, (_, n) => `stripe:evt_${n}`);
    accept(...settled.map((id) => event({ id })));
    shard.close(
      settled.map((id) => ({ id, outcome: { kind: "none" as const, reason: "x" }, factRowKey: null })),
      clock.now,
    );
    accept(event({ id: "stripe:evt_last" }));
    const one = page();
    expect(one).toMatchObject({ rows: [], counts: { waitsFor: {}, isAll: false } });
    const two = waiting({ ...ALL, after: one.upTo, now: clock.now });
    expect(two.rows.map(({ item }) => item.id)).toEqual(["stripe:evt_last", refund(1).action.id]);
    expect(two.upTo).toBeNull();
  });

  it("counts by reason, and what is due", () => {
    const { accept, put, pass, page } = open();
    accept(event());
    put(refund(1), refund(2), refund(3, {}, { notBefore: START + DAY_MS }));
    pass(HOUR_MS);
    expect(page({ limit: 1 }).counts).toEqual({
      waitsFor: { decision: 1, executor: 2, schedule: 1 },
      due: 3,
      isAll: true,
    });
  });

  const idsOf = ({ items }: { items: WaitingItem[] }) => items.map(({ id }) => id);

  /** A day of three shards: rows of all kinds, rung for at some times, some of them settled. */
  async function busyDay(count: number) {
    const local = createLocalLedger(3);
    const { ledger, clock } = local;
    const open = new Set<string>();
    for (let n = 1; n <= count; n++) {
      const notBefore = n % 3 === 0 ? clock.now + ((n * 7_919) % 50) * HOUR_MS : null;
      const item = refund(n, {}, n % 10 === 0 ? { caseReason: "why", grant: null } : { notBefore });
      await ledger.putActions([item]);
      await ledger.accept([{ event: event({ id: `stripe:evt_${n}` }), raw: "{}", provenance: "signed" }]);
      open.add(item.action.id).add(`stripe:evt_${n}`);
      if (n % 4 === 0) {
        await ledger.close([{ id: `stripe:evt_${n}`, outcome: { kind: "none", reason: "x" }, factRowKey: null }]);
        open.delete(`stripe:evt_${n}`);
      }
      if (n % 7 === 0) await ledger.failEvent(`stripe:evt_${n - 1}`, failure("claude_unavailable", 2 * HOUR_MS));
      clock.now += 20_000;
      if (n % 25 === 0) local.pump();
    }
    return { ...local, open };
  }

  it.each([
    [1, 40],
    [7, 120],
    [50, 120],
    [200, 120],
  ])("has each row once over all shards, in pages of %i", async (limit, count) => {
    const { ledger, clock, open } = await busyDay(count);
    const found: string[] = [];
    let after: WaitingPlace | null = null;
    do {
      const page = await ledger.waiting({ queue: null, after, limit, now: clock.now });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      expect(page.counts === null).toBe(after !== null);
      const dues = page.items.map(({ due }) => due);
      expect(dues).toEqual(dues.toSorted((one, other) => one - other));
      found.push(...idsOf(page));
      after = page.next;
    } while (after !== null);
    expect(found.toSorted()).toEqual([...open].toSorted());
  });

  it("leaves out no row of a shard that has more than it tells at once", async () => {
    const { ledger, clock } = createLocalLedger(2);
    const one = Array.from({ length: 150 }, (_, n) =>
      refund(n, { subject: "pi_here" }, { notBefore: START + (n + 1) * 1_000 }),
    );
    const other = Array.from({ length: 150 }, (_, n) => refund(1_000 + n, {}, { notBefore: START + (n + 1) * 60_000 }));
    await ledger.putActions([...one, ...other]);
    const found: string[] = [];
    let after: WaitingPlace | null = null;
    do {
      const page = await ledger.waiting({ queue: null, after, limit: 200, now: clock.now });
      found.push(...idsOf(page));
      after = page.next;
    } while (after !== null);
    expect(found.toSorted()).toEqual([...one, ...other].map(({ action }) => action.id).toSorted());
  });

  it("is in the order of dues over all shards and pages, once the pump has looked", async () => {
    const local = createLocalLedger(3);
    const { ledger, clock } = local;
    const hours = Array.from({ length: 40 }, (_, n) => ((n * 17) % 40) + 1);
    await ledger.putActions(hours.map((hour) => refund(hour, {}, { notBefore: START + hour * HOUR_MS })));
    const subjects: string[] = [];
    let after: WaitingPlace | null = null;
    do {
      const page = await ledger.waiting({ queue: null, after, limit: 6, now: clock.now });
      subjects.push(...page.items.map(({ subject }) => subject));
      after = page.next;
    } while (after !== null);
    expect(subjects).toEqual(hours.toSorted((one, other) => one - other).map((hour) => `pi_${hour}`));
  });

  it("is in the order of dues also before the pump has looked, where a row was to be looked at before it is due", async () => {
    const { ledger, clock } = createLocalLedger(2);
    for (const n of [1, 2, 3, 4]) {
      await ledger.accept([{ event: event({ id: `stripe:evt_${n}` }), raw: "{}", provenance: "signed" }]);
      // The later it was accepted, the earlier it is tried again.
      await ledger.failEvent(`stripe:evt_${n}`, failure("claude_unavailable", (10 - n) * MINUTE_MS));
      clock.now += 1_000;
    }
    const found: string[] = [];
    let after: WaitingPlace | null = null;
    do {
      const page = await ledger.waiting({ queue: null, after, limit: 1, now: clock.now });
      found.push(...idsOf(page));
      after = page.next;
    } while (after !== null);
    expect(found).toEqual([4, 3, 2, 1].map((n) => `stripe:evt_${n}`));
  });

  it("goes on behind its cursor while rows before it end and new ones come", async () => {
    const { ledger, clock } = createLocalLedger(3);
    const scheduled = (n: number) => refund(n, {}, { notBefore: START + n * HOUR_MS });
    await ledger.putActions([1, 2, 3, 4, 5, 6].map(scheduled));
    const query = { queue: null, limit: 3, now: clock.now };
    const one = await ledger.waiting({ ...query, after: null });
    await ledger.leave({ id: refund(1).action.id, subject: "pi_1" }, "over");
    await ledger.putActions([scheduled(8)]);
    const two = await ledger.waiting({ ...query, limit: 50, after: one.next });
    expect(two.items.map(({ subject }) => subject)).toEqual(["pi_4", "pi_5", "pi_6", "pi_8"]);
  });

  it("of one queue has what waits in it, before and after the pump's first look", async () => {
    const local = createLocalLedger(2);
    const { ledger, clock } = local;
    await ledger.putActions([refund(1), refund(2, {}, { caseReason: "why", grant: null })]);
    await ledger.accept([{ event: event(), raw: "{}", provenance: "signed" }]);
    const idsIn = async (queue: "refund" | "escalate" | "events" | "retry") =>
      idsOf(await ledger.waiting({ queue, after: null, limit: 50, now: clock.now }));
    for (let look = 0; look < 2; look++) {
      expect(await idsIn("refund")).toEqual([refund(1).action.id]);
      expect(await idsIn("escalate")).toEqual([refund(2).action.id]);
      expect(await idsIn("events")).toEqual(["stripe:evt_1"]);
      expect(await idsIn("retry")).toEqual([]);
      clock.now += HOUR_MS;
      local.pump();
    }
  });

  it("is not answered where a shard is away", async () => {
    const { ledger, broken, clock } = createLocalLedger(2);
    broken.add("waiting");
    await expect(ledger.waiting({ ...ALL, now: clock.now })).rejects.toThrow("did not answer waiting");
  });
});

describe("a page of a shard with 10,000 waiting rows", () => {
  let shards: Awaited<ReturnType<typeof startCountedShards>>;
  beforeAll(async () => {
    shards = await startCountedShards();
  }, 60_000);
  afterAll(async () => await shards.stop());

  it("reads a bounded number of rows and writes none, wherever it is and however many are due at one time", async () => {
    const now = START + 10 * SWEEP_MS;
    const page = (after: WaitingPlace | null, as: string) => ({
      call: "waiting" as const,
      args: [{ queue: null, after, limit: 50, now }],
      as,
    });
    await shards.run("waiting", [
      { call: "putActions", args: [[refund(1)], START] },
      { copy: "action", count: 10_000 },
    ]);
    const pump = Array.from({ length: 20 }, (_, n) => ({
      call: "overdue" as const,
      args: [now, 100],
      as: `pump ${n}`,
    }));
    for (const when of ["before the pump's first look", "while the pump looks", "when the pump has looked at all"]) {
      let after: WaitingPlace | null = null;
      for (let n = 0; n < 4; n++) {
        const { answers, counts } = await shards.run("waiting", [page(after, "page")]);
        const part = answers[0] as { rows: { place: WaitingPlace }[]; upTo: WaitingPlace | null };
        expect(part.rows.length, when).toBe(50);
        const most = 8 * (COUNTED_AT_ONCE + TOLD_AT_ONCE);
        expect(counts.page?.rowsRead ?? 0, `${when}, page ${n}`).toBeLessThan(most);
        expect(counts.page?.rowsWritten, when).toBe(0);
        after = n === 2 ? { due: START + 2 * SWEEP_MS, id: `${refund(1).action.id}_9000` } : part.upTo;
      }
      if (when !== "while the pump looks")
        await shards.run("waiting", pump.slice(0, when.startsWith("before") ? 3 : 20));
      else await shards.run("waiting", pump);
    }
  }, 120_000);
});
