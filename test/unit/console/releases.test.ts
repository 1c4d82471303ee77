import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { createGate, type Gate } from "../../../shared/gate/gate.ts";
import { upgradePublished } from "../../../shared/gate/upgrade.ts";
import { DEFAULT_DOCUMENT, versionOf } from "../../../shared/policy/document.ts";
import type { UpgradeStep } from "../../../shared/policy/upgrades.ts";
import { appendToAudit } from "../../../shared/records/acts/audit.ts";
import { listAudit } from "../../../shared/records/audit.ts";
import type { Database } from "../../../shared/records/database.ts";
import { verifyAudit } from "../../../workers/console/audit.ts";
import { type ReleaseDeps, recordReleases, releaseEventId } from "../../../workers/console/policy/releases.ts";
import { createLocalAudit } from "../../helpers/audit.ts";
import { createRecords } from "../../helpers/d1.ts";
import { FIRST_POLICY } from "../../helpers/gate.ts";
import { createLocalLedger, sqlOf } from "../../helpers/ledger.ts";

const { payment: _, ...FEWER } = DEFAULT_DOCUMENT.envelopes;
const OLD_DOCUMENT = { ...DEFAULT_DOCUMENT, envelopes: FEWER };
const OLD = await versionOf(OLD_DOCUMENT);
const NOW = 1_000_000;
const STEP: UpgradeStep = { name: "payments have an envelope", path: "envelopes.payment", value: 77_000 };

let gate: Gate;
let local = createLocalLedger();
let audit = createLocalAudit();
let { database } = createRecords();
let isD1Away = false;
beforeEach(async () => {
  gate = await upgradedGate();
  local = createLocalLedger();
  audit = createLocalAudit();
  ({ database } = createRecords());
  isD1Away = false;
});

/** Publication 2 is a person's of an earlier release, publication 3 this release's. */
async function upgradedGate(): Promise<Gate> {
  const sql = sqlOf(new DatabaseSync(":memory:"));
  createGate(sql, FIRST_POLICY);
  sql.exec(
    "INSERT INTO policy_document (version, guardrails, document) VALUES (?, ?, ?)",
    ...[OLD, FIRST_POLICY.policy.sections.guardrails, JSON.stringify(OLD_DOCUMENT)],
  );
  sql.exec(
    "INSERT INTO publication (n, version, act, at, by) VALUES (2, ?, 2, 5, ?)",
    OLD,
    '{"id":"person_b","name":"Bob"}',
  );
  const made = createGate(sql, FIRST_POLICY, [STEP]);
  await upgradePublished(made, NOW, { log: () => undefined, alarm: () => undefined });
  return made;
}

const deps = (): ReleaseDeps => ({
  ledger: local.ledger,
  mode: "test",
  gate: { history: async (limit, before) => gate.history(limit, before) },
  audited: async (acts) => {
    const records: Database = {
      prepare: (sql) => {
        if (isD1Away) throw new Error("D1 is away");
        return database.prepare(sql);
      },
    };
    await appendToAudit({ audit, records }, acts);
  },
});
const entries = async () => (await listAudit(database, { limit: 10, after: null })).items;
const findings = async () => (await verifyAudit(null, { audit, records: database }, audit.keys)).findings;

describe("what a release publishes by itself", () => {
  it("is an event of the ledger and an entry of the audit, in the name of the release", async () => {
    expect(await recordReleases(0, deps())).toBe(3);
    const [inForce] = gate.history(1, null);
    const act = {
      what: "policy.publish",
      by: { id: "release", name: "the release (payments have an envelope)" },
      about: "policy",
      before: { version: OLD },
      after: { version: inForce?.version, publication: 3 },
    };
    const view = await local.ledger.eventView("act:policy:release:3");
    expect(view).toMatchObject({ provenance: "own", event: { type: "countersign.act", occurredAt: NOW, act } });
    expect(await entries()).toMatchObject([{ n: 1, event: releaseEventId(3), at: NOW, ...act }]);
    expect(await findings()).toEqual([]);
  });

  it("is recorded once, however often somebody comes by", async () => {
    for (const known of [0, 0, 2, 3]) expect(await recordReleases(known, deps())).toBe(3);
    expect(await entries()).toHaveLength(1);
    expect(await local.ledger.conflictsOf(releaseEventId(3))).toEqual([]);
  });

  it.each([
    ["the ledger", () => local.broken.add("accept"), () => local.broken.clear()],
    ["the audit", () => audit.broken.add("append"), () => audit.broken.clear()],
    [
      "D1",
      () => {
        isD1Away = true;
      },
      () => {
        isD1Away = false;
      },
    ],
  ])("is recorded by the next one where %s was away", async (_what, breaks, repairs) => {
    breaks();
    await expect(recordReleases(0, deps())).rejects.toThrow();
    repairs();
    expect(await recordReleases(0, deps())).toBe(3);
    expect(await entries()).toHaveLength(1);
    expect(await findings()).toEqual([]);
  });

  it("leaves what people and the deployment have published as it is", async () => {
    gate = createGate(sqlOf(new DatabaseSync(":memory:")), FIRST_POLICY);
    expect(await recordReleases(0, deps())).toBe(1);
    expect(await entries()).toEqual([]);
  });
});
