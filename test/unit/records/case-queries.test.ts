import { beforeAll, describe, expect, test } from "vitest";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { TO_LOOK_AT, TO_PLACE } from "../../../shared/records/case-due.ts";
import { GROUP_MEMBERS, GROUPS, groupMembers, listGroups } from "../../../shared/records/case-groups.ts";
import { findCases, findStatement } from "../../../shared/records/case-list.ts";
import { NEXT, nextCase, WAKE } from "../../../shared/records/case-next.ts";
import { similarStatement } from "../../../shared/records/case-similar.ts";
import { OPEN_SUMS } from "../../../shared/records/open-sums.ts";
import { createRecords } from "../../helpers/d1.ts";
import { CASES, createReading, fillWithMany, nthOfMany, type Planned } from "../../helpers/many-cases.ts";

const { database, sqlite } = createRecords();
const { run, planOf, stepsOf, msOf } = createReading(sqlite);
let wholeMs = 0;
beforeAll(() => {
  fillWithMany(sqlite);
  const walk = "SELECT count(*) FROM cases INDEXED BY cases_by_state WHERE state > '' AND askedAt = 1";
  wholeMs = Math.max(
    msOf(() => run({ sql: walk, values: [] })),
    1,
  );
}, 120_000);

const page = { limit: 50, after: null };
/** Of a rule with very many cases that are over, in a kind that has few. */
const common: CaseRow = { ...nthOfMany(2), rule: "window", about: "denied_before", customer: "cus_giant" };
const BY_THE_WAY: Record<string, Planned> = {
  "the next case of anybody": { sql: NEXT, values: ['["refund","dispute","denied_before"]', null] },
  "the next case of a person": { sql: NEXT, values: ['["refund"]', "person_busy"] },
  "what wakes": { sql: WAKE, values: [1] },
  "a group's cases": { sql: GROUP_MEMBERS, values: ["failed_payment/rule/0", 9e9, 1, "", 50] },
  "what is to be looked at": { sql: TO_LOOK_AT, values: [9e9, 10] },
  "what is not placed": { sql: TO_PLACE[0] ?? "", values: [10] },
  "what another policy placed before": { sql: TO_PLACE[1] ?? "", values: ["v", 10] },
  "what another policy placed behind": { sql: TO_PLACE[2] ?? "", values: ["v", 10] },
  "a case by its id": findStatement(`case_${"0".repeat(32)}`),
  "a customer's": findStatement("cus_giant"),
  "similar cases": similarStatement(common),
  "the sums of what is open": { sql: OPEN_SUMS, values: [] },
};
const readsOf = (planned: Planned): string[] =>
  planOf(planned).filter((line) => /\b(?:SCAN|SEARCH) cases\b/.test(line));

describe("among 100,000 cases", () => {
  test.each(Object.entries(BY_THE_WAY))("%s: read by an index, in no more time than one walk", (name, planned) => {
    const reads = readsOf(planned);
    expect(reads.length).toBeGreaterThan(0);
    // WAKE is written: its plan names the index alone.
    expect(reads.filter((line) => !line.includes("SEARCH"))).toEqual([]);
    const ms = msOf(() => run(planned));
    if (process.env.FIGURES !== undefined) process.stdout.write(`${ms.toFixed(1).padStart(7)} ms  ${name}\n`);
    expect(ms).toBeLessThan(wholeMs * 4);
  });

  test("next reads a row of each kind, however many wait, and a rare kind is no search", () => {
    for (const kinds of ['["denied_before"]', '["refund","dispute","other"]'])
      for (const owner of [null, "person_busy", "person_nobody"])
        expect(stepsOf({ sql: NEXT, values: [kinds, owner] })).toBeLessThanOrEqual(JSON.parse(kinds).length);
  });

  test("what is sorted is little", () => {
    const { "the next case of anybody": first, "similar cases": _, "the sums of what is open": sums } = BY_THE_WAY;
    for (const planned of Object.values(BY_THE_WAY).slice(2, 8))
      expect(planOf(planned).filter((line) => line.includes("TEMP B-TREE"))).toEqual([]);
    expect(readsOf(first ?? { sql: "", values: [] })).toContainEqual(
      "SEARCH cases USING INDEX cases_by_place (about=? AND place=? AND owner=?)",
    );
    expect(readsOf(sums ?? { sql: "", values: [] })).toEqual([
      "SEARCH cases USING COVERING INDEX cases_by_state (state=?)",
    ]);
  });

  test("the groups are counted from their index alone", async () => {
    expect(planOf({ sql: GROUPS, values: ["", 50] })).toEqual([
      expect.stringContaining("SEARCH cases USING COVERING INDEX cases_by_group"),
    ]);
    const { items } = await listGroups(database, page);
    expect(items.reduce((sum, { count }) => sum + count, 0)).toBe(CASES / 10);
    const key = items[0]?.key ?? "";
    expect((await groupMembers(database, { key, until: 9e9, ...page })).items).toHaveLength(50);
  });

  test("next is what policy puts first, whatever the kind, and of one kind where one is asked for", async () => {
    const first = await nextCase(database, { person: "person_nobody", now: 1 });
    const all = sqlite.prepare(
      "SELECT id, about FROM cases WHERE place = 'queue' AND state = 'open' AND owner IS NULL ORDER BY priority, dueOrder, openedAt, id",
    );
    const queue = all.all() as { id: string; about: CaseRow["about"] }[];
    expect(first?.id).toBe(queue[0]?.id);
    const rare = await nextCase(database, { person: "person_nobody", about: "denied_before", now: 1 });
    expect(rare?.id).toBe(queue.find(({ about }) => about === "denied_before")?.id);
    expect(await findCases(database, "cus_giant")).toHaveLength(50);
  });
});
