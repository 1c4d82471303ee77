import { expect, test } from "vitest";
import { csvOf } from "../../../cli/commands/cases/export.ts";
import { workOf } from "../../../cli/commands/cases/list.ts";
import { caseLines } from "../../../cli/commands/cases/show.ts";
import { applyCaseAct, type CaseActEvent } from "../../../shared/records/case-work.ts";
import { getCase, openCase } from "../../../shared/records/cases.ts";
import { caseRow } from "../../helpers/case-rows.ts";
import { createRecords } from "../../helpers/d1.ts";

const { state: _, ...opening } = caseRow(1);
const approval = (after: CaseActEvent["act"]["after"]): CaseActEvent =>
  ({
    id: `act:${opening.id}:1`,
    type: "countersign.act",
    occurredAt: 5_000,
    mode: "test",
    lane: "live",
    act: {
      what: "case.approve",
      by: { id: "person_ben", name: "Ben" },
      about: opening.id,
      key: "k",
      before: { round: 1 },
      after: { approvers: ["person_ann", "person_ben"], needs: 2, ...after },
      textHash: null,
    },
  }) as CaseActEvent;

async function approvedAs(event: CaseActEvent) {
  const { database } = createRecords();
  await openCase(database, opening);
  await applyCaseAct(database, event, 1);
  const row = await getCase(database, opening.id);
  if (row === null) throw new Error("no case");
  return row;
}

test("a case that two people approved names both: in the list, when it is shown, and in an export", async () => {
  const row = await approvedAs(approval({ names: ["Ann", "Ben"] }));
  expect(row).toMatchObject({ state: "approved", decidedBy: "Ann and Ben" });
  expect(workOf(row)).toContain("approved by Ann and Ben");
  expect(caseLines({ case: row, trace: null }).join("\n")).toContain("approved by Ann and Ben");
  expect(csvOf(row)).toContain("Ann and Ben");
});

test("an approval that was recorded before it had names says who completed it", async () => {
  expect(await approvedAs(approval({}))).toMatchObject({ decidedBy: "Ben" });
});
