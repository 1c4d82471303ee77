import { describe, expect, test } from "vitest";
import { historyOfCase, lifeOfCase } from "../../../shared/contracts/case-life.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { caseRowOf } from "../../../shared/records/case.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";

/** A refund's row as the ledger shows it, with what happened to it: a word and, where it matters, a detail. */
async function viewOf(state: ActionView["state"], happened: [what: string, detail?: string][]): Promise<ActionView> {
  const { ledger } = createLocalLedger();
  await ledger.putActions([newAction(refundAction(1), { caseReason: "the reason" })]);
  const [view] = await ledger.actions([refundAction(1)]);
  if (!view) throw new Error("no row");
  const history = happened.map(([what, detail = ""], index) => ({ at: 1_000 * (index + 1), what, detail }));
  const told = { ...view, state, history };
  return { ...told, caseRound: lifeOfCase(historyOfCase(told)).version };
}

const opening = (reason: string): [string, string] => ["case_opening", reason];

describe("the case of an action, from its history", () => {
  test("is none where none was opened", async () => {
    expect(caseRowOf(await viewOf("succeeded", [["granted"], ["settled"]]))).toBeNull();
  });

  test("is open in its first version, since its row asked for it", async () => {
    const view = await viewOf("case_open", [opening("a"), ["case_open"]]);
    expect(caseRowOf(view)).toMatchObject({ state: "open", version: 1, openedAt: 1_000, closedAt: null });
  });

  test("has a new version where it was opened for another reason, and none where for the same", async () => {
    const other = [opening("a"), ["case_open"], opening("b"), ["case_open"]] satisfies [string, string?][];
    expect(caseRowOf(await viewOf("case_open", other))).toMatchObject({ version: 2, openedAt: 3_000 });
    const same = [opening("a"), ["case_open"], opening("a"), ["case_open"]] satisfies [string, string?][];
    expect(caseRowOf(await viewOf("case_open", same))).toMatchObject({ version: 1 });
  });

  test("is closed when its matter is over, also where it was over at first sight", async () => {
    const closed = await viewOf("skipped", [opening("a"), ["case_open"], ["case_news", "won"], ["case_closed"]]);
    expect(caseRowOf(closed)).toMatchObject({ state: "closed", version: 2, openedAt: 1_000, closedAt: 3_000 });
    const atOnce = await viewOf("skipped", [opening("won"), ["case_closed"]]);
    expect(caseRowOf(atOnce)).toMatchObject({ state: "closed", version: 1, closedAt: 1_000 });
  });

  test("is open again, in the next version, when what was over is not", async () => {
    const view = await viewOf("case_open", [opening("a"), ["case_closed"], ["case_news", "b"], ["case_open"]]);
    expect(caseRowOf(view)).toMatchObject({ state: "open", version: 2, closedAt: null });
  });

  test("has a new version with each news of its matter, also where the words are those of before", async () => {
    const news = [opening("a"), ["case_open"], ["case_news", "a"], ["case_open"]] satisfies [string, string?][];
    expect(caseRowOf(await viewOf("case_open", news))).toMatchObject({ version: 2, openedAt: 3_000 });
    const later = [...news, ["case_news", "b"], ["case_closed"], ["case_news", "c"], ["case_closed"]];
    const view = await viewOf("case_closed", later as [string, string?][]);
    expect(caseRowOf(view)).toMatchObject({ version: 4, openedAt: 3_000, closedAt: 7_000 });
  });

  test("that is being opened stands as it will", async () => {
    expect(caseRowOf(await viewOf("case_opening", [opening("a")]))).toMatchObject({ state: "open", version: 1 });
  });
});
