import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AdmitRequest } from "../../../shared/contracts/gate.ts";
import { migrate, type Sql, type SqlValue } from "../../../shared/core/sql.ts";
import { createEnvelopes } from "../../../shared/gate/envelopes.ts";
import { GATE_MIGRATIONS } from "../../../shared/gate/schema.ts";
import { openGate } from "../../helpers/gate.ts";
import { sqlOf } from "../../helpers/ledger.ts";
import { policy } from "../../helpers/policy.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const NOW = 100 * HOUR_MS;
const { envelopes: LIMITS } = policy;
const open = (): Sql => sqlOf(new DatabaseSync(":memory:"));

const asked = (actionId: string, changes: Partial<AdmitRequest> = {}): AdmitRequest => ({
  actionId,
  provider: null,
  kind: "refund",
  account: null,
  customer: "cus_1",
  subscription: null,
  invoice: null,
  payment: "pi_1",
  charge: null,
  amountMinor: 100,
  currency: "usd",
  ...changes,
});
const kindOf = (gate: ReturnType<typeof openGate>, request: AdmitRequest, now: number) =>
  gate.admit([request], now)[0]?.kind;
const usedOf = (gate: ReturnType<typeof openGate>, now: number) =>
  Object.fromEntries(gate.totals(now).envelopes.map(({ scope, usedCents }) => [scope, usedCents]));

type Ask = { id: string; account: string | null; customer: string | null; payment: string; cents: number; at: number };

/** The specification: every reservation that was last asked for within the hour, added up anew at each question. */
function slowGate() {
  const asks = new Map<string, Ask>();
  const limitOf = (scope: string): number =>
    scope === "all"
      ? LIMITS.all
      : scope.startsWith("kind:")
        ? LIMITS.kind
        : scope.startsWith("account:")
          ? LIMITS.account
          : scope.startsWith("payment:")
            ? LIMITS.payment
            : LIMITS.customer;
  const scopesOf = ({ account, customer, payment }: Ask): string[] => [
    "all",
    "kind:refund",
    `account:${account ?? "-"}`,
    ...(customer === null ? [] : [`customer:${customer}`]),
    `payment:${payment}`,
  ];
  const live = (now: number): Ask[] => Array.from(asks.values()).filter(({ at }) => now - at < HOUR_MS);
  return {
    admit(ask: Ask): "admitted" | "over" {
      const others = live(ask.at).filter(({ id }) => id !== ask.id);
      const fits = scopesOf(ask).every(
        (scope) =>
          others.filter((one) => scopesOf(one).includes(scope)).reduce((sum, { cents }) => sum + cents, 0) +
            ask.cents <=
          limitOf(scope),
      );
      if (fits) asks.set(ask.id, ask);
      return fits ? "admitted" : "over";
    },
    used(now: number): Record<string, number> {
      const sums: Record<string, number> = {};
      for (const one of live(now)) for (const scope of scopesOf(one)) sums[scope] = (sums[scope] ?? 0) + one.cents;
      return sums;
    },
  };
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant("ask" as const),
      id: fc.nat(14),
      account: fc.nat(2),
      customer: fc.nat(4),
      payment: fc.nat(3),
      cents: fc.oneof(
        fc.integer({ min: 1, max: 60_000 }),
        fc.constantFrom(LIMITS.customer, LIMITS.account, LIMITS.account + 1),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant("wait" as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 40 * MINUTE_MS }), fc.constantFrom(1, HOUR_MS - 1, HOUR_MS)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("restart" as const) }) },
);

describe("the sliding hour", () => {
  it("answers and adds up as if every reservation were counted anew each time, over restarts and whatever is asked again", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), (steps) => {
        const sql = open();
        let gate = openGate(sql);
        const slow = slowGate();
        let now = NOW;
        for (const one of steps) {
          if (one.what === "wait") now += one.ms;
          else if (one.what === "restart") gate = openGate(sql);
          else {
            const account = one.account === 0 ? null : `acct_${one.account}`;
            const customer = one.customer === 0 ? null : `cus_${one.customer}`;
            const payment = `pi_${one.payment}`;
            const request = asked(`act_${one.id}`, { account, customer, payment, amountMinor: one.cents });
            expect(kindOf(gate, request, now)).toBe(
              slow.admit({ id: request.actionId, account, customer, payment, cents: one.cents, at: now }),
            );
          }
          expect(usedOf(gate, now)).toEqual(slow.used(now));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("never holds more than its limit at once, whoever asks what in which order", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ id: fc.nat(200), customer: fc.nat(3), cents: fc.nat(90_000), waitMs: fc.nat(10 * MINUTE_MS) }),
          { maxLength: 120 },
        ),
        (asks) => {
          const gate = openGate();
          let now = NOW;
          for (const { id, customer, cents, waitMs } of asks) {
            now += waitMs;
            gate.admit([asked(`act_${id}`, { customer: `cus_${customer}`, amountMinor: cents })], now);
            for (const { usedCents, limitCents } of gate.totals(now).envelopes)
              expect(usedCents).toBeLessThanOrEqual(limitCents);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("an action that asks again and again within its own room is never refused, and counts once", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 * HOUR_MS), { maxLength: 30 }), (waits) => {
        const gate = openGate();
        let now = NOW;
        for (const waitMs of waits) {
          now += waitMs;
          expect(kindOf(gate, asked("a", { amountMinor: LIMITS.customer }), now)).toBe("admitted");
          expect(usedOf(gate, now)["customer:cus_1"]).toBe(LIMITS.customer);
        }
      }),
    );
  });

  it("a refusal takes nothing and gives nothing back", () => {
    const gate = openGate();
    gate.admit([asked("a", { amountMinor: 60_000 }), asked("b", { amountMinor: 40_000 })], NOW);
    expect(kindOf(gate, asked("a", { amountMinor: 60_001 }), NOW + 1)).toBe("over");
    expect(usedOf(gate, NOW + 1)["customer:cus_1"]).toBe(100_000);
  });

  it("a clock that is set back neither frees nor holds for longer than an hour from then", () => {
    const gate = openGate();
    gate.admit([asked("a", { amountMinor: LIMITS.customer })], NOW);
    expect(kindOf(gate, asked("b"), NOW - 24 * HOUR_MS)).toBe("over");
    expect(kindOf(gate, asked("b"), NOW - 24 * HOUR_MS + HOUR_MS - 1)).toBe("over");
    expect(kindOf(gate, asked("b"), NOW - 24 * HOUR_MS + HOUR_MS)).toBe("admitted");
  });
});

describe("what is counted", () => {
  it("small refunds in a weak currency count as whole cents: thousands of them are not free", () => {
    const gate = openGate();
    const many = Array.from({ length: 1_000 }, (_, n) => asked(`act_${n}`, { amountMinor: 1, currency: "vnd" }));
    gate.admit(many, NOW);
    expect(usedOf(gate, NOW)["customer:cus_1"]).toBe(1_000);
  });

  it("a refund without an amount or a currency is not let through uncounted", () => {
    const gate = openGate();
    expect(kindOf(gate, asked("a", { amountMinor: null }), NOW)).toBe("over");
    expect(kindOf(gate, asked("a", { currency: null }), NOW)).toBe("over");
  });

  it("the limits are dollars of the policy, and a refusal says which one and how full it is", () => {
    const gate = openGate();
    gate.admit([asked("a", { amountMinor: 90_000 })], NOW);
    expect(gate.admit([asked("b", { amountMinor: 10_001 })], NOW)).toMatchObject([
      {
        kind: "over",
        reason:
          "the hourly envelope of customer:cus_1 has no room for this: about 900.00 of 1000.00 USD are at risk, this would add 100.01",
      },
    ]);
  });
});

describe("however much is at risk", () => {
  /** Counts what is asked of SQLite, by its first word. */
  function counted(sql: Sql) {
    const counts: Record<string, number> = {};
    const spy: Sql = {
      exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]) {
        const word = query.trim().split(/\s/)[0] ?? "";
        counts[word] = (counts[word] ?? 0) + 1;
        return sql.exec<Row>(query, ...bindings);
      },
    };
    return { spy, counts };
  }

  it("a question reads nothing and writes one row", () => {
    const { spy, counts } = counted(open());
    const gate = openGate(spy);
    const small = (n: number) => asked(`act_${n}`, { customer: `cus_${n}`, amountMinor: 1 });
    for (let n = 0; n < 2_000; n++) gate.admit([small(n)], NOW + n);
    const { SELECT = 0, INSERT = 0, DELETE = 0 } = counts;
    gate.admit([small(2_000)], NOW + 2_000);
    expect([counts.SELECT, counts.INSERT, counts.DELETE]).toEqual([SELECT, INSERT + 1, DELETE]);
  });

  it("what has expired is removed from disk together, a few times an hour", () => {
    const { spy, counts } = counted(open());
    const gate = openGate(spy);
    const rows = () => spy.exec<{ n: number }>("SELECT count(*) AS n FROM reservation").toArray()[0]?.n;
    for (let n = 0; n < 600; n++) gate.admit([asked(`act_${n}`, { customer: null, amountMinor: 1 })], NOW + n * 6_000);
    expect(counts.DELETE).toBeLessThanOrEqual(13);
    gate.admit([], NOW + 2 * HOUR_MS);
    expect(rows()).toBe(0);
    expect(gate.totals(NOW + 2 * HOUR_MS).envelopes).toEqual([]);
  });

  it("there is a number of actions beyond which a person decides, and an action that is counted already stays admitted", () => {
    const sql = open();
    migrate(sql, GATE_MIGRATIONS);
    const envelopes = createEnvelopes(sql, () => policy, 3);
    const small = (n: number) => asked(`act_${n}`, { amountMinor: 1 });
    expect([0, 1, 2, 3, 0].map((n) => envelopes.reserve(small(n), null, NOW) === null)).toEqual([
      true,
      true,
      true,
      false,
      true,
    ]);
  });

  it("the totals name the ten fullest accounts, customers and payments, not all of them", () => {
    const gate = openGate();
    for (let n = 1; n <= 50; n++)
      gate.admit(
        [asked(`act_${n}`, { customer: `cus_${n}`, account: `acct_${n}`, payment: `pi_${n}`, amountMinor: n })],
        NOW,
      );
    const { envelopes } = gate.totals(NOW);
    expect(envelopes.map(({ scope }) => scope.split(":")[0])).toEqual([
      "all",
      "kind",
      ...Array(10).fill("account"),
      ...Array(10).fill("customer"),
      ...Array(10).fill("payment"),
    ]);
    expect(envelopes[2]).toEqual({ scope: "account:acct_50", usedCents: 50, limitCents: LIMITS.account });
    expect(envelopes[0]?.usedCents).toBe((50 * 51) / 2);
  });

  it("the totals name ten holds and count all, one on everything first", () => {
    const gate = openGate();
    for (let n = 0; n < 30; n++) gate.hold(`payment:pi_${n}`, "odd", "rule", NOW + n);
    gate.hold("all", "stop", "person", NOW);
    const { holds } = gate.totals(NOW);
    expect([holds.count, holds.newest.length, holds.newest[0]?.scope, holds.newest[1]?.scope]).toEqual([
      31,
      10,
      "all",
      "payment:pi_29",
    ]);
  });
});

it("a gate of an older version keeps its holds and reservations", () => {
  const sql = open();
  sql.exec("CREATE TABLE hold (scope TEXT PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID");
  sql.exec(
    "CREATE TABLE reservation (action_id TEXT PRIMARY KEY, at INTEGER NOT NULL, cents REAL NOT NULL, scopes TEXT NOT NULL) WITHOUT ROWID",
  );
  sql.exec("INSERT INTO hold VALUES (?, ?, ?)", "payment:pi_9", "old", NOW);
  sql.exec(
    "INSERT INTO reservation VALUES (?, ?, ?, ?)",
    "act_1",
    NOW,
    99_999.5,
    JSON.stringify(["all", "account:-", "kind:refund", "customer:cus_1"]),
  );
  const gate = openGate(sql);
  expect(gate.holds()).toEqual([{ scope: "payment:pi_9", reason: "old", at: NOW, by: "person" }]);
  expect(kindOf(gate, asked("b", { amountMinor: 1 }), NOW + 1)).toBe("over");
});

describe("what is above a limit", () => {
  it("is all of it, counted, with the ten fullest named, however many are fuller elsewhere", () => {
    const gate = openGate();
    for (let n = 1; n <= 25; n++) {
      const own = { customer: `cus_${n}`, payment: `pi_${n}`, amountMinor: n * 100 };
      expect(kindOf(gate, asked(`act_${n}`, own), NOW)).toBe("admitted");
    }
    const above = gate.above({ ...LIMITS, customer: 500, all: 1 }, NOW);
    expect(above.map(({ name, count }) => [name, count])).toEqual([
      ["all", 1],
      ["customer", 20],
    ]);
    const fullest = above.find(({ name }) => name === "customer")?.fullest ?? [];
    expect(fullest.map(({ scope, usedCents }) => [scope, usedCents]).slice(0, 2)).toEqual([
      ["customer:cus_25", 2_500],
      ["customer:cus_24", 2_400],
    ]);
    expect(fullest).toHaveLength(10);
    expect(gate.above({ ...LIMITS, customer: 500 }, NOW + HOUR_MS), "an hour later nothing is at risk").toEqual([]);
  });
});
