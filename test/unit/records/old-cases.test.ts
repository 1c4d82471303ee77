import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { casesToPlace, placeCase } from "../../../shared/records/case-due.ts";
import { listCases } from "../../../shared/records/case-list.ts";
import { nextCase } from "../../../shared/records/case-next.ts";
import { getCase } from "../../../shared/records/cases.ts";
import { placingOf } from "../../../shared/records/place.ts";
import { placingPolicy } from "../../helpers/case-policy.ts";
import { databaseOf } from "../../helpers/d1.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../shared/records/migrations/", import.meta.url));
const INSERT = `INSERT INTO cases (id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, state, version,
  openedAt, status, dueAt, isInformation, closedAt) VALUES (?, 'act_1', ?, 'stripe:evt_1', ?, 4250, 'usd', 'why', 'what', ?, 1, ?, ?, ?, ?, NULL)`;

/** A database as version 0002 left it, with cases in it, and then migrated. */
function migrated() {
  const sqlite = new DatabaseSync(":memory:");
  const names = readdirSync(MIGRATIONS).sort();
  const apply = (name: string): void => sqlite.exec(readFileSync(MIGRATIONS + name, "utf8"));
  const isOld = (name: string): boolean => name < "0003";
  names.filter(isOld).forEach(apply);
  const insert = sqlite.prepare(INSERT);
  insert.run("case_refund", "pi_1", "refund", "open", 1, null, null, 0);
  insert.run("case_retry", "in_2", "retryPayment", "open", 2, null, null, 0);
  insert.run("case_dispute", "pi_3", "escalate", "open", 3, "needs_response", 9_000, 0);
  insert.run("case_closed", "pi_4", "cancel", "closed", 4, null, null, 0);
  insert.run("wait_5", "pi_5", "refund", "open", 5, null, null, 1);
  names.filter((name) => !isOld(name)).forEach(apply);
  return databaseOf(sqlite);
}

test("cases of before people could work them are listed, found and worked as any other", async () => {
  const database = migrated();
  const { items } = await listCases(database, { order: "oldest", limit: 10, after: null });
  expect(items.map(({ id, about, payment, decideBy, owner }) => [id, about, payment, decideBy, owner])).toEqual([
    ["case_refund", "refund", "pi_1", null, null],
    ["case_retry", "failed_payment", null, null, null],
    ["case_dispute", "other", "pi_3", 9_000, null],
    ["case_closed", "subscription", "pi_4", null, null],
    ["wait_5", "information", "pi_5", null, null],
  ]);
  const upNext = await nextCase(database, { person: "person_1", now: 10 });
  // Of one priority, what is due first.
  expect(upNext?.id).toBe("case_dispute");
});

test("and the next look places them by policy, each once", async () => {
  const database = migrated();
  const policy = placingPolicy();
  const rows = await casesToPlace(database, policy.version, 10);
  expect(rows.map(({ id }) => id).sort()).toEqual(["case_dispute", "case_refund", "case_retry", "wait_5"]);
  for (const row of rows) await placeCase(database, row, placingOf({ ...row, circumstance: null }, policy));
  expect(await casesToPlace(database, policy.version, 10)).toEqual([]);
  expect(await casesToPlace(database, "policy_2", 10)).toHaveLength(4);
  expect(await getCase(database, "case_refund")).toMatchObject({
    placedBy: "policy_1",
    priority: policy.cases.kinds.refund.priority,
    worthUsdCents: 4_250,
  });
});
