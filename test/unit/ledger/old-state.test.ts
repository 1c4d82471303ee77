/**
 * The tables of a deployment of b8fe3b2, opened by the code at hand. The dumps were made by driving the shard, the gate and
 * the public door of b8fe3b2 with a clock set by hand; each line of expected.ndjson is what b8fe3b2 then answered.
 */

import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../shared/contracts/action.ts";
import { proposalOf } from "../../../shared/contracts/case-proposal.ts";
import type { EnvelopeUse } from "../../../shared/contracts/gate.ts";
import type { ShardRpc } from "../../../shared/contracts/ledger.ts";
import type { ActionRef } from "../../../shared/contracts/views.ts";
import { createVerifier } from "../../../shared/grant/verify.ts";
import { createLedger } from "../../../shared/ledger/client/client.ts";
import { runCall } from "../../../shared/ledger/shard/run.ts";
import { createShard } from "../../../shared/ledger/shard/shard.ts";
import { createIngest } from "../../../workers/ingest/handle.ts";
import { ANN } from "../../helpers/deciding.ts";
import { openGate as openGateOn } from "../../helpers/gate.ts";
import { GRANT_KEY, POLICY_VERSION, readFixture } from "../../helpers/identities.ts";
import { sqlOf } from "../../helpers/ledger.ts";
import { policy } from "../../helpers/policy.ts";
import { storedActions, storedEvents } from "../../helpers/rows.ts";

/** When the dumps were made. */
const NOW = Date.parse("2026-10-23T09:00:00Z");
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const SETTINGS = { sweepMs: 30_000, handling: policy.handling };
const SHARD = readFixture("old-state/shard.sql");
const GATE = readFixture("old-state/gate.sql");
const GATE_OF_THE_FIRST_VERSION = readFixture("old-state/gate-first.sql");

const expected = new Map(
  readFixture("old-state/expected.ndjson")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { name: string; value: unknown })
    .map(({ name, value }) => [name, value]),
);

function isAsRecorded(name: string, value: unknown): void {
  expect(expected.has(name), `${name} is recorded`).toBe(true);
  expect(JSON.parse(JSON.stringify(value), inOldWords), name).toEqual(expected.get(name));
}

function undecided(value: object): Record<string, unknown> {
  const { caseRound: _round, ...rest } = value as Record<string, unknown>;
  const news = ["caseApprovals", "caseDecided", "caseSeen", "approved", "superseded"];
  return Object.fromEntries(Object.entries(rest).filter(([name, told]) => told !== null || !news.includes(name)));
}

/**
 * What is told has seven changes since b8fe3b2, and this undoes them, no more: the key of a fact's row was told as `factKey`,
 * an action did not say what its case is about, which no row of then knows, a begun one not since when it may have acted,
 * a row not which form it has, for which grant it waits and when it first began, an event not who vouches for it, a case
 * not how its matter stands, and totals not how full the fullest shard is; no row of then knows any of it. A trace did not
 * show what else came under the event's id. Nobody had decided about a case: the round that it is in comes from its history.
 */
function inOldWords(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("conflicts" in value && Array.isArray(value.conflicts)) {
    const { conflicts: _conflicts, ...rest } = value;
    return rest;
  }
  if ("provenance" in value) {
    const { provenance, ...rest } = value as Record<string, unknown>;
    return provenance === null ? inOldWords(_key, rest) : value;
  }
  if ("factRowKey" in value) {
    const { factRowKey, ...rest } = value;
    return { ...rest, factKey: factRowKey };
  }
  if ("firstBeginAt" in value) {
    const { version: _v, grantWanted: _w, firstBeginAt: _b, caseStanding, ...rest } = undecided(value);
    return inOldWords(_key, caseStanding === null ? rest : { ...rest, caseStanding });
  }
  if ("fullestShard" in value) {
    const { fullestShard: _share, ...rest } = value;
    return rest;
  }
  if ("mayHaveActedSince" in value) {
    const { mayHaveActedSince: _since, ...rest } = value;
    return rest;
  }
  if ("caseAbout" in value && value.caseAbout === null) {
    const { caseAbout: _unknown, ...rest } = value;
    return rest;
  }
  return value;
}

function load(dump: string): DatabaseSync {
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(dump);
  return sqlite;
}

type Stored = { id: string; subject: string; due: number | null };

function open() {
  const sqlite = load(SHARD);
  const sql = sqlOf(sqlite);
  const shard = createShard(sql, SETTINGS);
  const stored = (table: "event" | "action"): Stored[] =>
    (table === "event" ? storedEvents(sql).map((row) => ({ ...row, subject: row.id })) : storedActions(sql))
      .map(({ id, subject, due }) => ({ id, subject, due }))
      .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  /** The action of the payment that it was made for; `nth` where its payment has several. */
  const ref = (name: string, nth = 0) => {
    const { id, subject } = stored("action").filter((row) => row.subject === `pi_${name}`)[nth] ?? {};
    if (id === undefined || subject === undefined) throw new Error(`the dump has no action of pi_${name}`);
    return { id, subject };
  };
  const begin = (name: string, now: number, nth = 0) => {
    const [begun] = shard.begin([ref(name, nth)], now);
    if (begun === undefined) throw new Error(`nothing was said of ${name}`);
    return begun;
  };
  const lease = (name: string, now: number, nth = 0) => {
    const begun = begin(name, now, nth);
    if (begun.kind !== "granted") throw new Error(`${name} was not granted: ${JSON.stringify(begun)}`);
    return begun;
  };
  const settle = (ref: ActionRef, fence: number, outcome: Outcome, now: number) =>
    shard.settle([{ ref, fence, outcome }], now)[0];
  const claim = (ids: string[], now: number) => shard.claim(ids, now).filter((claimed) => claimed !== null);
  const view = (name: string, nth = 0) => shard.actions([ref(name, nth)])[0];
  return { sqlite, shard, stored, ref, begin, lease, settle, claim, view };
}

/** The ledger's client over this one shard. */
function ledgerOver({ shard }: ReturnType<typeof open>, clock: { now: number }) {
  const rpc: ShardRpc = {
    call: async (shards, name, args) => {
      shard.requireShards(shards);
      return structuredClone(runCall(shard, name, structuredClone(args), clock.now)) as never;
    },
  };
  return createLedger({ getByName: () => rpc }, 1);
}

const done = (providerObject: string) =>
  ({ kind: "succeeded", providerObject, amountMinor: 4_250, note: "refunded" }) as const;
const unclear = { kind: "unknown", note: "timeout", evidence: { readNoEffectAt: null, storedErrorAt: null } } as const;
const HOLD = { scope: "customer:cus_held", at: NOW - 35 * MINUTE_MS } as const;
const event = (name: string) => ({ kind: "event", id: `stripe:evt_old_${name}` }) as const;

describe("a shard whose tables an older deployment wrote", () => {
  it("has the columns and indexes that a new shard has", () => {
    const fresh = new DatabaseSync(":memory:");
    createShard(sqlOf(fresh), SETTINGS);
    expect(tablesOf(open().sqlite)).toEqual(tablesOf(fresh));
  });

  it("refuses a call that states another number of shards", () => {
    const { shard } = open();
    expect(() => shard.requireShards(1)).not.toThrow();
    expect(() => shard.requireShards(2)).toThrow();
  });

  it("tells of every event, fact and action what it told before", async () => {
    const old = open();
    const ledger = ledgerOver(old, { now: NOW });
    for (const { id } of old.stored("event")) isAsRecorded(`trace ${id}`, await ledger.trace(id));
    const { id: secondStep } = old.stored("action").find(({ due }) => due === NOW + 12 * HOUR_MS) ?? { id: "none" };
    isAsRecorded("trace of a second step", await ledger.trace(secondStep));
    isAsRecorded("actions of a payment", await ledger.actionsOf("pi_ready"));
    isAsRecorded("totals", await ledger.totals());
    isAsRecorded("recent", await ledger.recent({ limit: 100 }));
    isAsRecorded("raw", old.shard.rawOf("stripe:evt_old_received"));
  });

  it("rings at once for what is overdue, and moves each due out as it did", () => {
    const { shard, stored } = open();
    const { events, actions } = shard.overdue(NOW, 1_000);
    isAsRecorded("rung now", [...events, ...actions].map(({ id }) => id).sort());
    isAsRecorded("dues after the rings", [...stored("event"), ...stored("action")]);
  });

  it("rings for every row that waits as soon as it is due, and not before", () => {
    const waiting = [...open().stored("event"), ...open().stored("action")].filter(({ due }) => due !== null);
    expect(waiting.length).toBeGreaterThan(25);
    for (const { id, due } of waiting) {
      const rungAt = (now: number): boolean => {
        const { events, actions } = open().shard.overdue(now, 1_000);
        return [...events, ...actions].some((row) => row.id === id);
      };
      expect([rungAt((due ?? 0) - 1), rungAt(due ?? 0)], id).toEqual([false, true]);
    }
  });

  it("gives out every event that waits, with its event and its failures", () => {
    const { claim, stored } = open();
    const ids = stored("event").map(({ id }) => id);
    const claimed = claim(ids, NOW);
    expect(claimed.length).toBeGreaterThan(6);
    isAsRecorded("claimed", claimed);
    expect(claim(ids, NOW)).toEqual([]);
  });

  it("says of every row that it is older, and for which grant one waits that has none", () => {
    const { shard, stored } = open();
    const views = shard.actions(stored("action")).flatMap((view) => view ?? []);
    expect(new Set(views.map(({ version }) => version))).toEqual(new Set([0]));
    const waiting = views.filter(({ state }) => state === "scheduled");
    expect(waiting.map(({ grant, grantWanted }) => [grant, grantWanted])).toEqual(Array(4).fill([null, "first"]));
    const withGrant = views.filter(({ grant }) => grant !== null);
    expect(withGrant.every(({ grantWanted }) => grantWanted === null)).toBe(true);
    for (const { attempts, firstBeginAt, createdAt } of views)
      expect(firstBeginAt).toBe(attempts === 0 ? null : createdAt);
  });

  it("writes a row as one of today's once it is granted, and not before", () => {
    const { shard, ref, view } = open();
    const now = NOW + 12 * HOUR_MS;
    shard.failAction(ref("scheduled"), null, { reason: "provider_unavailable", detail: "" }, null, now);
    expect(view("scheduled")?.version).toBe(0);
    shard.regrant([{ ref: ref("scheduled"), grant: { kid: "k", claims: "{}", signature: "" }, notBefore: null }], now);
    expect(view("scheduled")).toMatchObject({ version: 1, state: "ready", grantWanted: null });
  });

  it("begins each action as it did, under the same provider key, with a grant that verifies", async () => {
    const verify = await createVerifier([{ kid: GRANT_KEY.kid, publicKey: GRANT_KEY.publicKey }]);
    let granted = 0;
    for (const { id, subject } of open().stored("action")) {
      const [begun] = open().shard.begin([{ id, subject }], NOW);
      isAsRecorded(`begin ${id}`, begun);
      if (begun?.kind !== "granted") continue;
      granted++;
      expect(await verify(begun.grant, begun.action, POLICY_VERSION, NOW), subject).toEqual({ kind: "good" });
    }
    expect(granted).toBeGreaterThan(10);
  });

  it("begins a row whose lease is over again with the generation it had, and leaves a live lease alone", () => {
    const { begin, lease, ref } = open();
    expect(lease("lease_over", NOW)).toMatchObject({ key: `${ref("lease_over").id}:0`, fence: 2, attempt: 2 });
    expect(lease("lease_over_raised", NOW).key).toBe(`${ref("lease_over_raised").id}:1`);
    expect(begin("lease_live", NOW)).toEqual({ kind: "in_flight" });
    expect(begin("lease_live", NOW + 50_000 - 1)).toEqual({ kind: "in_flight" });
    expect(lease("lease_live", NOW + 50_000).key).toBe(`${ref("lease_live").id}:0`);
  });

  it("takes the word of who holds the lease of before, and of nobody with an older fence", () => {
    const { settle, ref } = open();
    expect(settle(ref("lease_live"), 0, done("re_live"), NOW)).toEqual({ kind: "stale_fence" });
    expect(settle(ref("lease_live"), 1, done("re_live"), NOW)).toEqual({ kind: "settled", state: "succeeded" });
  });

  it("knows that a key is spent, and takes a new one only where the stored error was read over", () => {
    const { lease, ref } = open();
    expect(lease("unknown_spent", NOW)).toMatchObject({ keySpent: true, key: `${ref("unknown_spent").id}:0` });
    expect(lease("unknown_raisable", NOW)).toMatchObject({ keySpent: false, key: `${ref("unknown_raisable").id}:1` });
    const dayLater = NOW + 24 * HOUR_MS;
    const timeout = lease("unknown_timeout", dayLater, indexOfDoubt());
    expect(timeout).toMatchObject({ keySpent: false, key: `${timeout.action.id}:0` });
  });

  it("lets nothing else of a payment go before its doubtful row was read", () => {
    const { settle, begin, lease } = open();
    const doubt = indexOfDoubt();
    expect(begin("unknown_timeout", NOW, 1 - doubt)).toEqual({ kind: "in_flight" });
    const { action, fence } = lease("unknown_timeout", NOW, doubt);
    settle(action, fence, done("re_found"), NOW);
    expect(begin("unknown_timeout", NOW, 1 - doubt).kind).toBe("granted");
  });

  it("settles a pending refund, which is read and not sent again, and counts its money once", () => {
    const { shard, settle, lease, view } = open();
    const { action, fence, providerObject } = lease("pending", NOW + 2 * HOUR_MS);
    expect(providerObject).toBe("re_pending");
    const before = shard.totals().buckets.find(({ bucket }) => bucket === "action:refund:succeeded:usd");
    settle(action, fence, done("re_pending"), NOW + 2 * HOUR_MS);
    expect(view("pending")?.state).toBe("succeeded");
    const after = shard.totals().buckets.find(({ bucket }) => bucket === "action:refund:succeeded:usd");
    expect(after).toEqual({ ...before, count: (before?.count ?? 0) + 1, amount: (before?.amount ?? 0) + 4_250 });
  });

  it("only reads where an event had reported something", () => {
    const { lease } = open();
    expect(lease("reported", NOW)).toMatchObject({ readOnly: true, providerObject: null });
    expect(lease("reopened", NOW)).toMatchObject({ readOnly: true, providerObject: "re_reopened" });
  });

  it("wakes what waits because of a hold, once, and begins it", () => {
    const { shard, view, lease } = open();
    expect(view("held")?.held).toMatchObject(HOLD);
    expect(shard.wake(HOLD, NOW)).toBe(2);
    expect(shard.wake(HOLD, NOW)).toBe(0);
    expect(view("held")?.held).toBeNull();
    expect(lease("held", NOW).keySpent).toBe(false);
    expect(lease("held_unknown", NOW).attempt).toBe(2);
  });

  it("lets people decide about a case of then: it is in the round that its history tells, and nothing was seen", () => {
    const { shard, view, ref } = open();
    const deciding = (name: string) => {
      const then = view(name);
      if (then === null || then === undefined) throw new Error(`${name} has no row`);
      return { key: name, by: ANN, round: then.caseRound, proposal: proposalOf(then) };
    };
    expect(view("case_open")).toMatchObject({ caseRound: 1, caseApprovals: null, caseDecided: null, caseSeen: null });
    expect(view("held")).toMatchObject({ caseRound: 0, approved: null, superseded: null });
    const no = { ...deciding("case_open"), kind: "deny", code: "not_owed" } as const;
    expect(shard.decideCase(ref("case_open"), no, NOW)).toEqual({ kind: "denied" });
    expect(view("case_open")).toMatchObject({ state: "denied", caseDecided: { by: ANN, round: 1 } });
    const terms = { overrides: [], change: null, needs: 1, notWith: [], expiresAt: NOW + HOUR_MS } as const;
    const yes = { ...deciding("case_in_doubt"), ...terms, kind: "approve" } as const;
    expect(shard.decideCase(ref("case_in_doubt"), yes, NOW)).toMatchObject({ kind: "approved" });
    const { round, proposal, overrides, change, expiresAt } = yes;
    const approval = { id: "approval:1", round, proposal, overrides, change, expiresAt, approvers: [ANN] };
    const action = view("case_in_doubt")?.action;
    if (action === undefined) throw new Error("no action");
    const given = { approval, action, grant: { kid: "k", claims: "{}", signature: "" }, notBefore: null };
    expect(shard.approve(ref("case_in_doubt"), given, NOW)).toEqual({ kind: "approved", state: "unknown" });
  });

  it("waits with a decision until a case of then is with people", () => {
    const { shard, view, ref } = open();
    const then = view("case_opening");
    expect(then?.caseRound).toBe(1);
    const no = { key: "k", by: ANN, round: 1, proposal: "", kind: "deny", code: "not_owed" } as const;
    expect(shard.decideCase(ref("case_opening"), no, NOW)).toMatchObject({
      why: "not_open",
      stands: { isComing: true },
    });
  });

  it("reads a row from before holds and reports, which can be held as well", () => {
    const { shard, view, ref, lease } = open();
    expect(view("older_row")?.held).toBeNull();
    shard.held([{ ...ref("older_row"), hold: HOLD, reason: "on hold", fence: null }], NOW);
    expect(view("older_row")?.held).toMatchObject(HOLD);
    expect(shard.wake(HOLD, NOW)).toBe(3);
    expect(lease("older_row", NOW)).toMatchObject({ readOnly: false });
  });

  it("keeps the dead as they were, and redrives each once for a nonce", () => {
    const { shard, claim, ref, view, lease } = open();
    const rows = [
      { ...ref("dead_action"), kind: "action" as const },
      { ...ref("dead_in_doubt"), kind: "action" as const },
      { ...ref("dead_lettered_action"), kind: "action" as const },
      event("dead"),
      event("dead_lettered"),
    ];
    for (const row of rows) isAsRecorded(`dead ${row.id}`, shard.deadRow(row));
    for (const row of rows) expect(shard.redrive(row, "nonce-now", NOW), row.id).toBe("redriven");
    for (const row of rows) expect(shard.redrive(row, "nonce-now", NOW), row.id).toBe("already");
    expect(shard.redrive(event("redriven"), "nonce-before", NOW)).toBe("already");
    expect(shard.redrive(event("redriven"), "nonce-other", NOW)).toBe("not_dead");
    expect(view("dead_action")?.state).toBe("ready");
    expect(view("dead_in_doubt")?.state).toBe("unknown");
    expect(lease("dead_in_doubt", NOW).key).toBe(`${ref("dead_in_doubt").id}:0`);
    expect(claim([event("dead").id, event("dead_lettered").id], NOW).length).toBe(2);
    isAsRecorded("totals after the redrives", sorted(shard.totals().buckets));
  });

  it("recognises what it was sent before, and what differs from that", () => {
    const { shard, claim } = open();
    const [first] = claim([event("conflict").id], NOW);
    if (first === undefined) throw new Error("it cannot be claimed");
    const accept = (changes: object) =>
      shard.accept([{ event: { ...first.event, ...changes }, raw: "{}", provenance: "signed" }], NOW);
    expect(accept({})).toEqual(["duplicate"]);
    expect(accept({ lane: "batch" })).toEqual(["duplicate"]);
    expect(accept({ amountMinor: 98 })).toEqual(["conflict"]);
    expect(shard.eventView(event("conflict").id)?.conflicts).toBe(2);
  });

  it("lets the decision that stands for a fact stand, and puts its action no second time", () => {
    const { shard, ref, view } = open();
    const before = view("scheduled");
    if (before === undefined || before === null) throw new Error("it has no view");
    const factRowKey = `-/test/${before.action.factKey}`;
    const [recorded] = shard.decisionsOf([factRowKey]);
    if (recorded === undefined || recorded === null) throw new Error(`nothing is recorded for ${factRowKey}`);
    expect(shard.recordDecisions([recorded], NOW)).toEqual([null]);
    expect(shard.recordDecisions([{ ...recorded, eventId: "stripe:evt_other" }], NOW)).toEqual([recorded]);
    const again = { action: before.action, eventId: before.eventId, causedAt: NOW, grant: null, notBefore: NOW };
    expect(shard.putActions([{ ...again, caseReason: null, caseAbout: null }], NOW)).toEqual(["scheduled"]);
    expect(view("scheduled")).toEqual(before);
    expect(shard.begin([ref("scheduled")], NOW)).toEqual([{ kind: "not_yet", notBefore: NOW + 6 * HOUR_MS }]);
  });

  it("finds the slot of a used key through the public door, and the next one a day later", async () => {
    const clock = { now: NOW };
    const ledger = ledgerOver(open(), clock);
    const answer = createIngest({
      secrets: {
        webhooks: {
          STRIPE_WEBHOOK_SECRET: "whsec_fixture_not_a_secret",
          STANDARD_WEBHOOK_SECRET: "whsec_Zml4dHVyZQ==",
          ADYEN_HMAC_KEY: "00112233445566778899aabbccddeeff",
        },
        ingestKeys: [["ingest_fixture_not_a_secret"]],
        readKeys: ["read_fixture_not_a_secret"],
        contentHashKeys: ["content-hash-key-one"],
      },
      mode: "test",
      shards: 1,
      subrequests: 10_000,
      now: () => clock.now,
      sleep: async () => undefined,
      log: () => undefined,
    });
    const ask = async (): Promise<unknown> => {
      const request = new Request("http://door/v1/requests", {
        method: "POST",
        body: JSON.stringify({ message: "Refund my payment, please.", payment: "pi_slot" }),
        headers: {
          authorization: "Bearer ingest_fixture_not_a_secret",
          "content-type": "application/json",
          "idempotency-key": "one key",
        },
      });
      return await (
        await answer(request, {
          ledger,
          gate: { heard: async () => [], spoilt: async () => null },
          ring: async () => undefined,
        })
      ).json();
    };
    const base = "request:fa590d33e70d37df002029c7692d6686";
    expect(await ask()).toMatchObject({ id: `${base}-2`, accepted: 0, duplicates: 1 });
    clock.now += 24 * HOUR_MS;
    // A new slot is under the keyed hash.
    const next = { id: expect.stringMatching(/^request:[0-9a-f]{32}$/), accepted: 1, duplicates: 0 };
    const first = await ask();
    expect(first).toMatchObject(next);
    expect(first).not.toMatchObject({ id: base });
  });

  it("comes to its end: once the hold is lifted and everybody works, nothing waits and nothing was lost", () => {
    const { shard, settle, stored } = open();
    const keys: string[] = [];
    shard.wake(HOLD, NOW);
    let now = NOW;
    for (let turn = 0; turn < 2_000 && waitingIn(shard) > 0; turn++) {
      now += MINUTE_MS;
      const { events, actions } = shard.overdue(now, 1_000);
      const outcome = { kind: "none", reason: "nothing is to be done" } as const;
      for (const { id, state } of events) {
        if (state === "dead") shard.deadLettered({ kind: "event", id }, now);
        else shard.close([{ id, outcome, factRowKey: null }], now);
      }
      for (const { id, subject, state, notBefore } of actions) {
        const ref = { id, subject };
        if (state === "dead") shard.deadLettered({ kind: "action", ...ref }, now);
        else if (state === "case_opening") shard.caseOpened([ref], now);
        else if (state === "scheduled" && (notBefore ?? 0) <= now)
          shard.regrant([{ ref, grant: { kid: "fixture", claims: "{}", signature: "00" }, notBefore: null }], now);
        const [begun] = shard.begin([ref], now);
        if (begun?.kind !== "granted") continue;
        keys.push(begun.key);
        // Whose key is spent is read, and told that it had no effect; it comes again.
        const outcome = begun.keySpent
          ? { ...unclear, evidence: { readNoEffectAt: now, storedErrorAt: null } }
          : done(begun.providerObject ?? `re_${subject}`);
        settle(ref, begun.fence, outcome, now);
      }
    }
    expect(waitingIn(shard)).toBe(0);
    isAsRecorded("keys on the way to the end", keys.sort());
    isAsRecorded("totals at the end", sorted(shard.totals().buckets));
    const states = stored("action").map(({ id, subject }) => [id, shard.actions([{ id, subject }])[0]?.state]);
    isAsRecorded("states at the end", states);
  });
});

describe("a gate whose tables an older deployment wrote", () => {
  const openGate = (dump = GATE) => openGateOn(sqlOf(load(dump)));
  const asked = (changes: object = {}) => ({
    actionId: `act_${"0".repeat(32)}`,
    provider: "stripe",
    kind: "refund" as const,
    account: null,
    customer: "cus_new",
    subscription: null,
    invoice: null,
    payment: "pi_new",
    charge: null,
    amountMinor: 4_250,
    currency: "usd",
    ...changes,
  });

  it("has the columns that a new gate has, from whichever version it comes", () => {
    const columns = [null, GATE, GATE_OF_THE_FIRST_VERSION].map((dump) => {
      const sqlite = dump === null ? new DatabaseSync(":memory:") : load(dump);
      openGateOn(sqlOf(sqlite));
      return tablesOf(sqlite);
    });
    expect(columns[1]).toEqual(columns[0]);
    expect(columns[2]).toEqual(columns[0]);
  });

  it("holds what stood on hold, and tells which hold it is", () => {
    const gate = openGate();
    isAsRecorded("holds", gate.holds());
    isAsRecorded(
      "admissions",
      gate
        .admit(
          [
            asked(),
            asked({ customer: "cus_held" }),
            asked({ payment: "pi_forged", readsOnly: true }),
            asked({ account: "acct_held" }),
            asked({ account: "acct_lifted" }),
            asked({ customer: "cus_limit", amountMinor: 10_001 }),
            asked({ customer: "cus_limit", amountMinor: 10_000 }),
          ],
          NOW,
        )
        // What an answer says of the policy is new.
        .map(({ guardrails: _guardrails, ...answer }) => answer),
    );
  });

  it("lifts what stands, and answers a lift of before again", () => {
    const gate = openGate();
    isAsRecorded("lifted now", gate.lift("customer:cus_held", "looked into", NOW));
    isAsRecorded("lifted before", gate.lift("all", "another reason", NOW));
    isAsRecorded("never held", gate.lift("customer:cus_never", null, NOW));
    expect(gate.admit([asked({ customer: "cus_held" })], NOW)).toMatchObject([{ kind: "admitted" }]);
    isAsRecorded("held once more", gate.hold("all", "once more", "person", NOW));
  });

  it("counts what was at risk within the hour, each action once, and forgets it when the hour is over", () => {
    const gate = openGate();
    isAsRecorded("envelopes", gate.totals(NOW));
    const { id } = open().ref("pending");
    expect(gate.admit([asked({ actionId: id, customer: "cus_pending", payment: "pi_pending" })], NOW)).toMatchObject([
      { kind: "admitted" },
    ]);
    expect(gate.totals(NOW).envelopes[0]).toEqual(openGate().totals(NOW).envelopes[0]);
    const later = gate.totals(NOW + 30 * MINUTE_MS);
    // What was reserved before payments had an envelope counts in none; the one that asked again does.
    const isOfPayment = ({ scope }: EnvelopeUse): boolean => scope.startsWith("payment:");
    expect(later.envelopes.filter(isOfPayment)).toMatchObject([{ scope: "payment:pi_pending", usedCents: 4_250 }]);
    isAsRecorded("envelopes later", { ...later, envelopes: later.envelopes.filter((one) => !isOfPayment(one)) });
    expect(gate.totals(NOW + 61 * MINUTE_MS).envelopes).toEqual([]);
  });

  it("has the deployment's own policy as its first publication, until another one is published", () => {
    expect(openGate().policy(null)).toMatchObject({ n: 1, version: policy.version, act: 0 });
  });

  it("of the first version has its holds by a person, and its reservations in whole cents", () => {
    const gate = openGate(GATE_OF_THE_FIRST_VERSION);
    isAsRecorded("first version: totals", gate.totals(NOW));
    isAsRecorded("first version: lift", gate.lift("customer:cus_first", "over", NOW));
  });
});

/** Of the two actions of pi_unknown_timeout, the one that a call of ours left in doubt. */
const indexOfDoubt = (): number => (open().view("unknown_timeout", 0)?.state === "unknown" ? 0 : 1);

const waitingIn = (shard: ReturnType<typeof createShard>): number => {
  const { events, actions } = shard.totals().waiting;
  return events + actions;
};

const sorted = <Bucket extends { bucket: string }>(buckets: Bucket[]): Bucket[] =>
  buckets.toSorted((a, b) => (a.bucket < b.bucket ? -1 : 1));

/** By name, the columns and indexes of every table, as SQLite tells them: comments and spaces do not count. */
function tablesOf(sqlite: DatabaseSync): unknown {
  const tables = sqlite.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
  return tables.map(({ name }) => ({
    name,
    columns: sqlite.prepare(`SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('${name}')`).all(),
    indexes: sqlite.prepare(`SELECT name, "unique", partial FROM pragma_index_list('${name}') ORDER BY name`).all(),
  }));
}
