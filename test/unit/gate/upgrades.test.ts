/** What an earlier release has published, read by one that has another form of the document; the steps are made up. */
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { Sql } from "../../../shared/core/sql.ts";
import { createGate } from "../../../shared/gate/gate.ts";
import { upgradePublished } from "../../../shared/gate/upgrade.ts";
import { createHandling } from "../../../shared/ledger/shard/handling.ts";
import { DEFAULT_DOCUMENT, policyOf, versionOf } from "../../../shared/policy/document.ts";
import { readStoredDocument, UPGRADES, type UpgradeStep, upgraded } from "../../../shared/policy/upgrades.ts";
import { editedDocument, FIRST_POLICY } from "../../helpers/gate.ts";
import { sqlOf } from "../../helpers/ledger.ts";

const ADA = { id: "person_ada", name: "Ada" };
const BOB = { id: "person_bob", name: "Bob" };
const FIRST = FIRST_POLICY.policy.version;
const NOW = 1_000_000;
const STEPS: readonly UpgradeStep[] = [
  { name: "payments have an envelope", path: "envelopes.payment", value: 77_000 },
  { name: "no limit a day", path: "envelopes.day", gone: true },
];

/** People's own document, as a release had it that knew no envelope of a payment and one of a day. */
function olderDocument(): unknown {
  const { payment: _, ...envelopes } = editedDocument(
    (one) => void Object.assign(one.envelopes, { all: 6_000_000 }),
  ).envelopes;
  return { ...DEFAULT_DOCUMENT, envelopes: { ...envelopes, day: 1 } };
}
const OLD = await versionOf(olderDocument());
const TODAYS = editedDocument((one) => void Object.assign(one.envelopes, { all: 6_000_000, payment: 77_000 }));

/** A gate in which Bob has published what Ada drafted, under an earlier release. */
function store(document: unknown): Sql {
  const sql = sqlOf(new DatabaseSync(":memory:"));
  createGate(sql, FIRST_POLICY);
  sql.exec(
    "INSERT INTO policy_document (version, guardrails, document) VALUES (?, ?, ?)",
    ...[OLD, FIRST_POLICY.policy.sections.guardrails, JSON.stringify(document)],
  );
  const [by, drafted] = [JSON.stringify(BOB), JSON.stringify(ADA)];
  sql.exec(
    "INSERT INTO publication (n, version, act, at, by, drafted_by) VALUES (2, ?, 2, 5, ?, ?)",
    ...[OLD, by, drafted],
  );
  return sql;
}
async function start(sql: Sql, steps: readonly UpgradeStep[] = STEPS) {
  const said: Record<string, unknown>[] = [];
  const alarms: Record<string, unknown>[] = [];
  const gate = createGate(sql, FIRST_POLICY, steps);
  await upgradePublished(gate, NOW, { log: (line) => void said.push(line), alarm: (line) => void alarms.push(line) });
  return { gate, said, alarms };
}

describe("a release with another form of the document", () => {
  it("publishes what is in force again in its own form, by itself, in sight of everybody, and decides under it", async () => {
    const { gate, said, alarms } = await start(store(olderDocument()));
    const { version } = await policyOf(TODAYS);
    expect(gate.policy(null)).toMatchObject({ n: 3, version, document: TODAYS });
    expect(gate.history(10, null).map(({ n, by, draftedBy, at }) => [n, by?.name, draftedBy?.name, at])).toEqual([
      [3, "the release (payments have an envelope, no limit a day)", "Ada", NOW],
      [2, "Bob", "Ada", 5],
      [1, undefined, undefined, 1],
    ]);
    expect(alarms).toEqual([]);
    expect(said).toEqual([{ what: "policy.upgraded", from: OLD, version, steps: STEPS.map(({ name }) => name) }]);
    expect(gate.admit([], NOW)).toEqual([]);
  });

  it("does so once, also after a restart, and changes nothing where the form is its own", async () => {
    const sql = store(olderDocument());
    await start(sql);
    const { gate, said } = await start(sql);
    expect([gate.policy(null).n, said]).toEqual([3, []]);
    const own = await start(store(TODAYS));
    expect([own.gate.policy(null).n, own.said]).toEqual([2, []]);
  });

  it("has nothing in force before that: neither the old form under its hash, nor the default", () => {
    const gate = createGate(store(olderDocument()), FIRST_POLICY, STEPS);
    expect(() => gate.policy(null)).toThrow("has the form of an earlier release");
    expect(() => gate.admit([], NOW)).toThrow();
  });

  it("shows what was published before in its own form, and never puts that in force again under the old hash", async () => {
    const { gate } = await start(store(olderDocument()));
    expect(gate.publicationOf(OLD)).toMatchObject({ n: 2, document: TODAYS, ofEarlierRelease: true });
    const { version: over } = gate.policy(null);
    const wanted = { act: 4, version: OLD, over, at: NOW, by: BOB };
    expect(gate.publish(wanted)).toEqual({ kind: "unknown_version" });
    expect(gate.policy(null).n).toBe(3);
    expect(gate.publish({ ...wanted, act: 5, version: FIRST })).toMatchObject({ kind: "published" });
  });
});

describe("a document that is not what its hash says", () => {
  it("is not brought up to date: the gate says so when it starts, and nothing is published", async () => {
    const altered = { ...(olderDocument() as object), envelopes: { ...TODAYS.envelopes, all: 9_000_000, day: 1 } };
    const { gate, said, alarms } = await start(store(altered));
    expect(alarms).toMatchObject([{ what: "policy.altered", error: expect.stringContaining(OLD) }]);
    expect([gate.history(10, null).length, said]).toEqual([2, []]);
  });
});

describe("a document that a release cannot read", () => {
  it("with a field that it does not know is refused with an alarm that names the field and says what to do", async () => {
    const newer = { ...TODAYS, envelopes: { ...TODAYS.envelopes, week: 1 } };
    const { gate, alarms } = await start(store(newer));
    expect(alarms).toMatchObject([{ what: "policy.unreadable" }]);
    expect(alarms[0]?.error).toMatch(/envelopes\.week: there is no such field.*deploy that one again/);
    expect(() => gate.policy(null)).toThrow("envelopes.week");
    expect(() => gate.admit([], NOW)).toThrow();
    expect(
      gate.history(10, null).map(({ n }) => n),
      "what was published stays in sight",
    ).toEqual([2, 1]);
    expect(gate.hold("all", "stop", "person", NOW)).toMatchObject({ isNew: true });
  });

  it("without a field for which there is no step is refused the same way", async () => {
    const { gate, alarms } = await start(store(olderDocument()), []);
    expect(alarms[0]?.error).toMatch(/envelopes.*payment/);
    expect(alarms[0]?.error).toContain("shared/policy/upgrades.ts");
    expect(() => gate.policy(null)).toThrow();
  });
});

describe("a step", () => {
  it("changes only what lacks its field, and keeps what people have set", () => {
    const mine = { envelopes: { payment: 5 } };
    expect(upgraded(mine, STEPS)).toEqual({ document: mine, steps: [] });
    expect(upgraded({ envelopes: {} }, STEPS)).toEqual({
      document: { envelopes: { payment: 77_000 } },
      steps: ["payments have an envelope"],
    });
    expect(upgraded({ handling: {} }, STEPS), "a part of a document has no other parts").toEqual({
      document: { handling: {} },
      steps: [],
    });
    expect(upgraded(null, STEPS).steps).toEqual([]);
  });

  it("is not taken for a document that can be read as it is", () => {
    const step: UpgradeStep = { name: "later", path: "envelopes.all", value: 1 };
    expect(readStoredDocument(TODAYS, [step])).toEqual({ ok: true, value: { document: TODAYS, steps: [] } });
  });

  it("of this release has a name and a path of its own, and leaves the default document as it is", () => {
    expect(new Set(UPGRADES.map(({ name }) => name)).size).toBe(UPGRADES.length);
    expect(upgraded(DEFAULT_DOCUMENT, UPGRADES).steps).toEqual([]);
  });

  it("is taken by a shard for its own copy too", () => {
    const { patienceMs, dispositions } = DEFAULT_DOCUMENT.handling;
    const stored = JSON.stringify({ n: 2, handling: { dispositions } });
    const step: UpgradeStep = { name: "patience", path: "handling.patienceMs", value: patienceMs };
    const handling = createHandling({ setting: () => stored, saveSetting: () => undefined }, [step]);
    expect(handling.current()).toEqual({ patienceMs, dispositions });
  });
});
