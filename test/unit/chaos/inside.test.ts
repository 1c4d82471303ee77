import { describe, expect, it } from "vitest";
import { readWorkerPlans } from "../../../cli/stack/workers.ts";
import { QUEUES } from "../../../shared/contracts/queues.ts";
import { entryOf } from "../../chaos/bundles.ts";
import { chaosDay } from "../../chaos/day.ts";
import { unit } from "../../chaos/dice.ts";
import { type AlarmStorage, translateAlarms } from "../../chaos/inside/alarms.ts";
import { BETWEEN_MS, createBetween, MOMENTS, type Moment, momentOf, TOLD_AS } from "../../chaos/inside/between.ts";
import { wrapBindings } from "../../chaos/inside/bindings.ts";
import { skewMs } from "../../chaos/inside/clock.ts";
import { createDisturb, identityOf } from "../../chaos/inside/disturb.ts";
import { type ChaosSettings, type Disturbance, RATES } from "../../chaos/inside/settings.ts";
import { planKills, planMoments } from "../../chaos/plan.ts";

const settings: ChaosSettings = {
  seed: 7,
  boot: 1,
  bootAtMs: 0,
  disturbs: true,
  clock: { kind: "jumping", maxSkewMs: 240_000, everyMs: 8_000 },
};
const always = (fault: Disturbance) => (possible: readonly Disturbance[]) => (possible.includes(fault) ? fault : null);

describe("what a seed decides", () => {
  it("is spread evenly, and the same again for the same parts", () => {
    const drawn = Array.from({ length: 4_000 }, (_, nth) => unit(1, "call", nth));
    expect(drawn).toEqual(Array.from({ length: 4_000 }, (_, nth) => unit(1, "call", nth)));
    for (const tenth of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const share = drawn.filter((one) => Math.floor(one * 10) === tenth).length / drawn.length;
      expect(share).toBeGreaterThan(0.08);
      expect(share).toBeLessThan(0.12);
    }
  });

  it("kills in mid-stream, in order, as often as asked, and elsewhere with another seed", () => {
    const kills = planKills(1, 20, 1_000);
    expect(kills).toHaveLength(20);
    const at = kills.map(({ atSettled }) => atSettled);
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(Math.max(...at)).toBeLessThan(900);
    expect(planKills(1, 20, 1_000)).toEqual(kills);
    expect(planKills(2, 20, 1_000)).not.toEqual(kills);
    expect(new Set(kills.flatMap(({ away }) => away ?? []))).toEqual(new Set(QUEUES));
    expect(kills.at(-1)?.away).toBeNull();
    // What people approve must come so far that a kill can fall behind it.
    for (const [nth, { between }] of kills.entries())
      if (between !== null && between !== "fact") expect(["events", "escalate"]).not.toContain(kills[nth - 1]?.away);
    expect(kills.filter(({ losesRecords }) => losesRecords)).toHaveLength(2);
    expect(new Set(kills.map(({ who }) => who)).size).toBe(3);
  });

  it("kills once where each thing is half-done, the commonest first where it kills seldom, and not always there", () => {
    const met = (seed: number, kills: number) => planKills(seed, kills, 200).map(({ between }) => between);
    for (const seed of [1, 2, 3, 4, 5]) {
      expect(new Set(met(seed, 3))).toEqual(new Set(["fact", "approval", "shards"]));
      expect(new Set(met(seed, 20))).toEqual(new Set([...MOMENTS, null]));
    }
    expect(met(1, 1)).toEqual(["fact"]);
    expect(planMoments(1, 20)).toEqual(met(1, 20));
  });

  it("answers late what leaves something half-done where a kill is to fall there, and no other call", async () => {
    const told: string[] = [];
    const waits: number[] = [];
    const between = createBetween(
      (kind) => told.push(kind),
      async (ms) => waits.push(ms),
    );
    const met: Record<Moment, [call: string, answer: unknown, other: unknown]> = {
      fact: ["recordDecisions", [null], [{ decision: "another's" }]],
      yes: ["decideCase", { kind: "approved" }, { kind: "half" }],
      approval: ["approve", { kind: "approved" }, { kind: "not_taken" }],
      shards: ["supersede", { kind: "superseded" }, { kind: "not_taken" }],
    };
    for (const moment of MOMENTS) {
      const [call, answer, other] = met[moment];
      await between.after(call, answer);
      between.arm(moment);
      await between.after("putActions", answer);
      await between.after(call, other);
      await between.after(call, null);
      expect([told, waits], moment).toEqual([[], []]);
      for (const again of [answer, answer]) await between.after(call, again);
      expect([told.splice(0), waits.splice(0)], moment).toEqual([[TOLD_AS[moment]], [BETWEEN_MS]]);
      expect(momentOf(TOLD_AS[moment])).toBe(moment);
    }
    expect(momentOf("queue_dropped")).toBeNull();
  });

  it("disturbs each kind of call about as often as its rate says, a second try by itself, and nothing in the calm", () => {
    const counts = new Map<Disturbance, number>();
    const tell = (kind: Disturbance) => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const disturb = createDisturb(settings, "refund", tell);
    const kinds = ["object_failed_before", "object_failed_after"] as const;
    const answers = Array.from({ length: 10_000 }, (_, nth) => disturb(kinds, "LEDGER.begin", `act_${nth % 100}`));
    for (const kind of kinds) {
      expect(counts.get(kind)).toBeGreaterThan(RATES[kind] * 10_000 * 0.8);
      expect(counts.get(kind)).toBeLessThan(RATES[kind] * 10_000 * 1.2);
    }
    const again = createDisturb(settings, "refund", () => undefined);
    expect(answers).toEqual(Array.from(answers, (_, nth) => again(kinds, "LEDGER.begin", `act_${nth % 100}`)));
    const calm = createDisturb({ ...settings, disturbs: false }, "refund", tell);
    expect(Array.from({ length: 1_000 }, (_, nth) => calm(kinds, "x", String(nth))).every((one) => one === null)).toBe(
      true,
    );
  });

  it("knows a call by the ids in it, not by its times, nonces and signatures", () => {
    const bell = { kind: "action", id: "act_1", subject: "pi_1", nonce: "n1", summary: "refund pi_1" };
    expect(identityOf([bell])).toBe(identityOf([{ ...bell, nonce: "n2", summary: "x" }]));
    expect(identityOf([bell])).not.toBe(identityOf([{ ...bell, id: "act_2" }]));
    expect(identityOf([8, ["stripe:evt_1"]])).toBe("stripe:evt_1");
  });
});

describe("the stream of a chaos run", () => {
  it("has at least one copy in ten, is out of order, and is the same again for the same seed", () => {
    const { stream, objects } = chaosDay({ events: 1_000, seed: 4, hostile: false });
    expect(stream).toHaveLength(1_000);
    expect(stream.filter(({ isCopy }) => isCopy).length).toBeGreaterThanOrEqual(100);
    const bodies = stream.map(({ body }) => body);
    const firstCopies = stream.filter(({ body, isCopy }, at) => isCopy && bodies.indexOf(body) === at);
    expect(firstCopies.length).toBeGreaterThan(20);
    expect(new Set(objects.map(({ id }) => id)).size).toBe(objects.length);
    const requests = (of: string) => of.includes("seats were never delivered");
    expect(bodies.filter(requests).length).toBeGreaterThanOrEqual(50);
    const again = chaosDay({ events: 1_000, seed: 4, hostile: false }).stream;
    expect(again.map(({ label }) => label)).toEqual(stream.map(({ label }) => label));
  });

  it("has a greedy customer only where Claude is hostile", () => {
    const asks = (hostile: boolean) =>
      chaosDay({ events: 400, seed: 4, hostile }).stream.filter(({ body }) => body.includes("INV-7000")).length;
    expect(asks(false)).toBe(0);
    expect(asks(true)).toBeGreaterThan(5);
  });
});

describe("clocks that jump", () => {
  it("stay within their bound, differ from Worker to Worker, and jump while running and at a start", () => {
    const at = (realMs: number, worker = "ledger", boot = 1) => skewMs({ ...settings, boot }, worker, realMs);
    const walk = Array.from({ length: 200 }, (_, turn) => at(turn * 8_000));
    expect(Math.max(...walk.map(Math.abs))).toBeLessThanOrEqual(240_000);
    expect(Math.max(...walk)).toBeGreaterThan(60_000);
    expect(Math.min(...walk)).toBeLessThan(-60_000);
    expect(at(100)).toBe(at(7_999));
    expect(new Set([at(0), at(8_000), at(0, "refund"), at(0, "ledger", 2)]).size).toBe(4);
  });

  it("run ahead by whole jumps in the calm, never beyond the last", () => {
    const clock = {
      kind: "running_ahead",
      baseMs: 10,
      fromMs: 1_000,
      everyMs: 100,
      jumpMs: 60_000,
      jumpsMax: 3,
    } as const;
    const at = (realMs: number) => skewMs({ ...settings, clock }, "ledger", realMs);
    expect([at(0), at(1_000), at(1_001), at(1_101), at(9_999)]).toEqual([10, 10, 60_010, 120_010, 180_010]);
  });
});

describe("alarms by a clock that jumps", () => {
  function storageOf() {
    let row: number | null = null;
    const real: number[] = [];
    const storage: AlarmStorage = {
      sql: {
        exec(query: string, ...bindings: unknown[]) {
          if (query.startsWith("INSERT")) row = Number(bindings[0]);
          if (query.startsWith("DELETE")) row = null;
          return { toArray: () => (query.startsWith("SELECT") && row !== null ? [{ at: row }] : []) };
        },
      },
      getAlarm: async () => null,
      setAlarm: async (at) => void real.push(Number(at)),
      deleteAlarm: async () => undefined,
    };
    return { storage, real };
  }

  it("fire when the object's own clock has come so far, not before, and are used up", async () => {
    const { storage, real } = storageOf();
    let own = 1_000_000;
    const alarms = translateAlarms(
      storage,
      () => own,
      () => 5_000,
    );
    await storage.setAlarm(1_060_000);
    expect(await storage.getAlarm()).toBe(1_060_000);
    expect(real).toEqual([5_250]);
    expect(await alarms.isTime()).toBe(false);
    expect(real).toEqual([5_250, 5_250]);
    own = 1_060_000;
    expect(await alarms.isTime()).toBe(true);
    expect(await storage.getAlarm()).toBe(null);
  });

  it("look at once for what is overdue", async () => {
    const { storage, real } = storageOf();
    translateAlarms(
      storage,
      () => 1_000_000,
      () => 5_000,
    );
    await storage.setAlarm(1);
    expect(real).toEqual([5_000]);
  });
});

describe("bindings that fail", () => {
  const sent: unknown[] = [];
  const env = {
    NAME: "a variable",
    EVENTS: {
      send: async (body: unknown) => void sent.push(body),
      sendBatch: async (messages: Iterable<{ body: unknown }>) =>
        void sent.push(...[...messages].map(({ body }) => body)),
    },
    LEDGER: { getByName: (name: string) => ({ begin: async (id: string) => void sent.push(`${name} ${id}`) }) },
    RECORDS: {
      prepare: (sql: string) => ({ bind: (value: string) => ({ run: async () => void sent.push(`${sql} ${value}`) }) }),
    },
  };
  const under = (fault: Disturbance) => {
    sent.length = 0;
    return wrapBindings(env, always(fault));
  };
  const bell = { kind: "event", id: "stripe:evt_1", nonce: "n" };

  it("drop, double and forge messages, and fail before and after they were taken", async () => {
    await under("queue_dropped").EVENTS.send(bell);
    expect(sent).toEqual([]);
    await under("queue_sent_twice").EVENTS.sendBatch([{ body: bell }]);
    expect(sent).toEqual([bell, bell]);
    await under("queue_forged").EVENTS.send(bell);
    expect(sent).toHaveLength(2);
    expect(sent[0]).toEqual(bell);
    expect(sent[1]).not.toEqual(bell);
    await under("queue_forged").EVENTS.sendBatch([{ body: bell }]);
    expect([sent.length, sent[0]]).toEqual([2, bell]);
    await expect(under("queue_send_failed").EVENTS.send(bell)).rejects.toThrow("Network connection lost");
    expect(sent).toEqual([]);
    await expect(under("queue_send_failed_after").EVENTS.send(bell)).rejects.toThrow("Network connection lost");
    expect(sent).toEqual([bell]);
  });

  it("fail an object's method before and after its effect", async () => {
    await expect(under("object_failed_before").LEDGER.getByName("shard-1").begin("a")).rejects.toThrow("not reached");
    expect(sent).toEqual([]);
    await expect(under("object_failed_after").LEDGER.getByName("shard-1").begin("a")).rejects.toThrow("did not answer");
    expect(sent).toEqual(["shard-1 a"]);
  });

  it("disturb each call of a ledger's shard by the name inside, and by the ids that it is about", async () => {
    const disturbed: string[] = [];
    const ledger = { LEDGER: { getByName: () => ({ call: async () => null }) } };
    const wrapped = wrapBindings(ledger, (_possible, what, identity) => {
      disturbed.push(`${what} ${identity}`);
      return null;
    });
    const shard = wrapped.LEDGER.getByName() as unknown as { call(...args: unknown[]): Promise<unknown> };
    await shard.call(2, "failEvent", ["stripe:evt_1", { reason: "bug", detail: "d" }]);
    await shard.call(2, "begin", [[{ id: "act_1", subject: "pi_1" }]]);
    expect(disturbed).toEqual(["LEDGER.failEvent stripe:evt_1", "LEDGER.begin act_1 pi_1"]);
  });

  it("fail a statement before and after its effect", async () => {
    await expect(under("database_failed_before").RECORDS.prepare("INSERT").bind("1").run()).rejects.toThrow("D1_ERROR");
    expect(sent).toEqual([]);
    await expect(under("database_failed_after").RECORDS.prepare("INSERT").bind("1").run()).rejects.toThrow("D1_ERROR");
    expect(sent).toEqual(["INSERT 1"]);
  });

  it("leave variables, and everything in the calm, as they are", async () => {
    sent.length = 0;
    const calm = wrapBindings(env, () => null);
    expect(calm.NAME).toBe("a variable");
    await calm.EVENTS.send(bell);
    await calm.LEDGER.getByName("shard-1").begin("a");
    expect(sent).toEqual([bell, "shard-1 a"]);
  });
});

describe("the entry of a chaos bundle", () => {
  it("wraps the Worker and the objects that are its own, and no other script's", () => {
    const entries = new Map(readWorkerPlans().map((plan) => [plan.name, entryOf(plan)]));
    expect(entries.get("countersign-ledger")).toContain("export const LedgerShard = chaos.object(worker.LedgerShard);");
    expect(entries.get("countersign-ledger")).toContain("export const Gate = chaos.object(worker.Gate);");
    expect(entries.get("countersign-refund")).not.toContain("LedgerShard");
    expect(entries.get("countersign-refund")).toContain("export default chaos.handler(worker.default);");
  });
});
