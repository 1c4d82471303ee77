import { expect, it } from "vitest";
import { NOT_SEEN, seenOf } from "../../../shared/contracts/seen.ts";
import { caseRowOf } from "../../../shared/records/case.ts";
import { detailsOf } from "../../../workers/console/cases/details.ts";
import { traceOf } from "../../helpers/chaos-evidence.ts";
import { caseItem, openCaseOf } from "../../helpers/deciding.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { openShard, refund } from "../../helpers/shard.ts";

it.each([
  ["that was not recorded, where it was not", caseItem(), true],
  ["nothing of that, where it was", caseItem(1, { caseSeen: seenOf(paymentOf()) }), false],
  [
    "nothing of that, where a person executes it",
    caseItem(1, { action: { ...refund(1).action, kind: "escalate" } }),
    false,
  ],
])("a case says of what stood at the provider when it became one %s", (_what, item, isSaid) => {
  const open = openShard();
  const view = open.view(openCaseOf(open, item));
  const row = caseRowOf(view);
  if (row === null) throw new Error("no case");
  const { says } = detailsOf({ row, trace: traceOf(view), others: [], overridden: [], now: 5 });
  expect(says.some(({ text }) => text === NOT_SEEN)).toBe(isSaid);
});
