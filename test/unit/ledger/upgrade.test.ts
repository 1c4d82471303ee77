import { expect, it } from "vitest";
import type { DecisionRecord } from "../../../shared/contracts/decision.ts";
import { keep, openCaseOf } from "../../helpers/deciding.ts";
import { storedEvents } from "../../helpers/rows.ts";
import { event, openShard, refund } from "../../helpers/shard.ts";

const record = { by: "rule", reason: "because" } as DecisionRecord;
const KEY = "-/test/failed_renewal/in_1:1";

/** Puts a name that today's code does not write into the stored JSON, as the code of that time did. */
function renameIn(sql: ReturnType<typeof openShard>["sql"], table: string, column: string): void {
  sql.exec(`UPDATE ${table} SET ${column} = replace(${column}, '"factRowKey"', '"factKey"') WHERE ? = 1`, 1);
}

it("an event row that was written before the key of its fact's row was renamed is read, and written anew", () => {
  const old = openShard();
  old.accept(event({ amountMinor: 1 }));
  old.shard.close([{ id: event().id, outcome: { kind: "none", reason: "r" }, factRowKey: KEY }], old.clock.now);
  for (const table of ["event", "event_state"]) renameIn(old.sql, table, "row");
  const { shard, accept, sql } = openShard(old.sql);
  expect(shard.eventView(event().id)).toMatchObject({ state: "decided", factRowKey: KEY });
  expect(shard.eventView(event().id)).not.toHaveProperty("factKey");
  expect(accept(event({ amountMinor: 7 }))).toEqual(["conflict"]);
  const [written] = sql.exec<{ row: string }>("SELECT row FROM event_state").toArray();
  expect(written?.row).toContain(`"factRowKey":"${KEY}"`);
  expect(storedEvents(sql)[0]).not.toHaveProperty("factKey");
});

it("an event that was kept before events said what they tell is no other one when it comes again", () => {
  const { accept, shard, clock } = openShard();
  const { tells, ...kept } = event();
  expect(tells).toEqual({ fact: "failed_renewal" });
  shard.accept([{ event: kept, raw: "{}", provenance: "signed" }], clock.now);
  expect(accept(event())).toEqual(["duplicate"]);
  expect(accept(event({ mode: "live" }))).toEqual(["conflict"]);
});

it("a decision that was recorded before that is the fact's decision", () => {
  const { shard, sql, clock } = openShard();
  const mine = { factRowKey: KEY, eventId: "stripe:evt_1", decision: { kind: "none", record }, grant: null } as const;
  shard.recordDecisions([mine], clock.now);
  renameIn(sql, "fact", "standing");
  expect(shard.decisionsOf([KEY])).toEqual([{ ...mine, decidedAt: clock.now, version: 1 }]);
  expect(shard.recordDecisions([mine], clock.now)).toEqual([null]);
  expect(shard.recordDecisions([{ ...mine, eventId: "stripe:evt_2" }], clock.now)).toMatchObject([
    { eventId: "stripe:evt_1" },
  ]);
});

it("a case that was opened before rounds were counted is in the round that D1 has it in, and goes on from there", () => {
  const old = openShard();
  const item = openCaseOf(old);
  const news = (at: number) => ({ status: `news ${at}`, dueAt: null, isOver: false, text: `news ${at}`, at });
  old.shard.caseNews([{ ref: old.refOf(item), standing: news(1) }], old.clock.now);
  keep(old, item);
  const rounds = ["caseRound", "caseApprovals", "caseAnswers", "caseDecided", "caseSeen", "approved", "superseded"];
  for (const table of ["action", "action_state"])
    for (const column of rounds)
      old.sql.exec(`UPDATE ${table} SET row = json_remove(row, '$.${column}') WHERE ? = 1`, 1);
  const open = openShard(old.sql);
  expect(open.view(item)).toMatchObject({ caseRound: 2, caseSeen: null, state: "case_open" });
  open.shard.caseNews([{ ref: open.refOf(item), standing: news(2) }], open.clock.now);
  expect(open.view(item)).toMatchObject({ caseRound: 3, state: "case_opening" });
});

it("an action row that is older than some of its columns has nothing in them, and keeps the key of its fact", () => {
  const old = openShard();
  old.put(refund(1));
  for (const column of ["held", "reported", "caseAbout"])
    old.sql.exec(`UPDATE action SET row = json_remove(row, '$.${column}') WHERE ? = 1`, 1);
  const { view, lease } = openShard(old.sql);
  expect(view(refund(1))).toMatchObject({
    held: null,
    caseAbout: null,
    action: { factKey: "outside_decision/outside:1" },
  });
  expect(lease(refund(1))).toMatchObject({ readOnly: false });
});
