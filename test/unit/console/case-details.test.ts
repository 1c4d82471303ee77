import { describe, expect, test } from "vitest";
import { caseLines, codeLines, commandsOf, folded, type Shown } from "../../../cli/commands/cases/show.ts";
import type { CaseApprovals } from "../../../shared/contracts/case-decision.ts";
import { CASE_KINDS } from "../../../shared/contracts/policy.ts";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import type { ActionView, Trace } from "../../../shared/contracts/views.ts";
import { type CaseDetails, detailsOf } from "../../../workers/console/cases/details.ts";
import { givenYes, sayGiven } from "../../../workers/console/cases/given.ts";
import { createDesk } from "../../helpers/case-desk.ts";
import { caseRow } from "../../helpers/case-rows.ts";
import { refundAction } from "../../helpers/ledger.ts";

async function viewOf(n: number, changes: Partial<ActionView> = {}): Promise<ActionView> {
  const desk = createDesk();
  await desk.open(n);
  const [view] = await desk.ledger.actions([refundAction(n)]);
  if (view === undefined || view === null) throw new Error("no row");
  return { ...view, ...changes };
}
type Said = {
  event?: Partial<Trace["event"]["event"]>;
  verdicts?: { rule: string; verdict: string; reason: string }[];
};
function traceOf(action: ActionView, { event = {}, verdicts = [] }: Said): Trace {
  return {
    id: action.eventId,
    state: action.state,
    terminal: true,
    event: { event: { id: action.eventId, type: "t", occurredAt: 1, mode: "test", lane: "live", ...event } },
    fact: { key: "k", eventId: action.eventId, decidedAt: 1, decision: { record: { by: "agent", verdicts } } },
    action,
  } as unknown as Trace;
}
const lineOf = ({ says }: CaseDetails, label: string): string | undefined =>
  says.find((said) => said.label === label)?.text;
const SEEN = { of: "payment", facts: { currency: "usd", capturedMinor: 10_000, refundedMinor: 2_500 } } as const;

describe("what a case says", () => {
  test("of a refund: what was captured, refunded and is left, by whom, and each verdict to override", async () => {
    const action = await viewOf(1, { caseSeen: SEEN });
    const earlier = await viewOf(2, { state: "succeeded" });
    const verdicts = [
      { rule: "duplicate", verdict: "escalate", reason: "possible duplicate" },
      { rule: "captured", verdict: "escalate", reason: "more than is left" },
      { rule: "window", verdict: "allow", reason: "young enough" },
    ];
    const details = detailsOf({
      row: caseRow(1),
      trace: traceOf(action, { verdicts, event: { requester: "customer", customer: "cus_1" } }),
      others: [earlier],
      overridden: [],
      now: 5,
    });
    expect(lineOf(details, "captured")).toBe("100.00 USD");
    expect(lineOf(details, "refunded")).toBe("25.00 USD");
    expect(lineOf(details, "refundable")).toBe("75.00 USD");
    expect(lineOf(details, "our refunds")).toContain(earlier.action.id);
    expect(lineOf(details, "asked by")).toBe("the customer cus_1");
    expect(details.verdicts).toEqual([
      { rule: "duplicate", reason: "possible duplicate", mayBeOverridden: true },
      { rule: "captured", reason: "more than is left", mayBeOverridden: false },
    ]);
  });

  test("of a refund: the words in which it was asked for, as they are stored", async () => {
    const action = await viewOf(1);
    const text = "Please refund invoice INV-2053.";
    const of = (event: object, about: "refund" | "other" = "refund"): CaseDetails =>
      detailsOf({ row: caseRow(1, { about }), trace: traceOf(action, { event }), others: [], overridden: [], now: 5 });
    expect(lineOf(of({ text }), "words")).toBe(`"${text}"`);
    expect(lineOf(of({ text }, "other"), "words")).toBe(`"${text}"`);
    expect(lineOf(of({}), "words")).toBeUndefined();
    expect(lineOf(of({ text: "x".repeat(9_000) }), "words")).toHaveLength(504);
  });

  test("a denial that stands is to be overridden too, whatever else made it a case, and the command names both", async () => {
    const denied = `act_${"d".repeat(32)}`;
    const action = await viewOf(1, { caseAbout: { rule: "window", refund: null, denied } });
    const row = caseRow(1, { rule: "window", reason: "too old. It was denied before", about: "denied_before" });
    const verdicts = [{ rule: "window", verdict: "escalate", reason: "too old" }];
    const details = detailsOf({ row, trace: traceOf(action, { verdicts }), others: [], overridden: [], now: 5 });
    expect(details.verdicts.map(({ rule, mayBeOverridden }) => [rule, mayBeOverridden])).toEqual([
      ["window", true],
      ["duplicate", true],
    ]);
    expect(details.verdicts[1]?.reason).toContain(denied);
    const shown = { case: row, trace: null, details, decide: { round: 1, proposal: "0".repeat(32) } };
    expect(commandsOf(shown)[0]).toContain("--override window,duplicate");
  });

  test("a rule that came after the decision is to be overridden too, and the command names it", async () => {
    const action = await viewOf(1, { caseSeen: SEEN });
    const row = caseRow(1, { rule: "duplicate", reason: "possible duplicate" });
    const details = detailsOf({ row, trace: traceOf(action, {}), others: [], overridden: [], now: 5 });
    expect(details.verdicts).toEqual([{ rule: "duplicate", reason: "possible duplicate", mayBeOverridden: true }]);
    const shown = { case: row, trace: null, details, decide: { round: 3, proposal: "0".repeat(32) } };
    expect(commandsOf(shown)[0]).toContain("--override duplicate");
    // Where only the amount is refused, another one may be approved.
    const verdicts = [{ rule: "captured", verdict: "escalate", reason: "more than is left" }];
    const tooMuch = detailsOf({
      row: caseRow(1),
      trace: traceOf(action, { verdicts }),
      others: [],
      overridden: [],
      now: 5,
    });
    expect(commandsOf({ ...shown, details: tooMuch })[0]).toContain("--amount-minor MINOR_UNITS --currency usd");
    const refused = detailsOf({
      row: caseRow(1, { rule: "dispute" }),
      trace: traceOf(action, {}),
      others: [],
      overridden: [],
      now: 5,
    });
    expect(commandsOf({ ...shown, details: refused }).some((line) => line.includes("cases approve"))).toBe(false);
    const failed = detailsOf({
      row: caseRow(1, { rule: "provider_refused" }),
      trace: traceOf(action, {}),
      others: [],
      overridden: [],
      now: 5,
    });
    expect(failed.verdicts).toEqual([]);
  });

  test("that was approved otherwise than proposed: what was approved, and on which target it was executed", async () => {
    const action = await viewOf(1, {});
    const changed = {
      ...action,
      action: { ...action.action, amountMinor: 1_200 },
      superseded: { approval: "approval:1", subject: "pi_2", at: 4 } as never,
    };
    const details = (state: CaseRow["state"]) =>
      detailsOf({ row: caseRow(1, { state }), trace: traceOf(changed, {}), others: [], overridden: [], now: 5 });
    expect(lineOf(details("approved"), "approved")).toBe("12.00 USD");
    expect(lineOf(details("approved"), "executed on")).toBe("pi_2");
    expect(details("open").says.some(({ label }) => label === "executed on")).toBe(false);
  });

  test("of what was not read: that it was not read, and no number", async () => {
    const action = await viewOf(1, { caseSeen: null });
    const details = detailsOf({ row: caseRow(1), trace: traceOf(action, {}), others: [], overridden: [], now: 5 });
    expect([lineOf(details, "captured"), lineOf(details, "refundable")]).toEqual(["not read", "not read"]);
    const half = await viewOf(1, {
      caseSeen: { of: "payment", facts: { currency: "usd", capturedMinor: 10_000, refundedMinor: null } },
    });
    expect(
      lineOf(
        detailsOf({ row: caseRow(1), trace: traceOf(half, {}), others: [], overridden: [], now: 5 }),
        "refundable",
      ),
    ).toBe("not read");
  });

  test("of a dispute: reason, amount, deadline, earlier refunds, and that it is answered at the provider", async () => {
    const action = await viewOf(1);
    const row = caseRow(1, { about: "dispute", dueAt: Date.UTC(2026, 11, 1), status: "needs_response" });
    const event = { dispute: "dp_1", disputeReason: "fraudulent", payment: "pi_1" };
    const details = detailsOf({ row, trace: traceOf(action, { event }), others: [], overridden: [], now: 5 });
    expect(lineOf(details, "reason")).toBe("fraudulent");
    expect(lineOf(details, "answer by")).toBe("2026-12-01 00:00:00 UTC");
    expect(lineOf(details, "our refunds")).toBe("none of this payment");
    expect(lineOf(details, "here")).toContain("cannot be answered from here");
    expect(details.desk.page).toBe("https://dashboard.stripe.com/test/disputes/dp_1");
  });

  test("of an unknown outcome: what was sent, when, under which key, and what to look for", async () => {
    const history = [
      { at: 5_000, what: "attempt 1" },
      { at: 6_000, what: "unknown", detail: "the connection was lost" },
    ];
    const action = await viewOf(1, { history, attempts: 1 });
    const details = detailsOf({
      row: caseRow(1, { about: "unknown_outcome" }),
      trace: traceOf(action, {}),
      others: [],
      overridden: [],
      now: 5,
    });
    expect(lineOf(details, "sent")).toContain("refund");
    expect(lineOf(details, "when")).toContain("try 1");
    expect(lineOf(details, "keys")).toContain(`${action.action.id}:0`);
    expect(lineOf(details, "answer")).toBe("the connection was lost");
    expect(lineOf(details, "look for")).toContain(`action_id ${action.action.id}`);
  });

  test("of a failed payment and a defective event: why, what is owed, and which fields", async () => {
    const action = await viewOf(1);
    const failed = detailsOf({
      row: caseRow(1, { about: "failed_payment" }),
      trace: traceOf(action, { event: { declineCode: "stolen_card", invoice: "in_1", subscription: "sub_1" } }),
      others: [],
      overridden: [],
      now: 5,
    });
    expect(lineOf(failed, "declined")).toBe("stolen_card");
    expect(lineOf(failed, "owed")).toBe("42.50 USD");
    expect(lineOf(failed, "subscription")).toContain("sub_1");
    const defects = ["amount: is no integer", "currency: is missing"];
    const broken = detailsOf({
      row: caseRow(1, { about: "defective" }),
      trace: traceOf(action, { event: { defects } }),
      others: [],
      overridden: [],
      now: 5,
    });
    expect(lineOf(broken, "unreadable")).toBe(defects.join("; "));
  });

  test("every kind says something, also without a trace", () => {
    for (const about of CASE_KINDS) {
      const { desk } = detailsOf({ row: caseRow(1, { about }), trace: null, others: [], overridden: [], now: 5 });
      expect(desk.name).not.toBe("");
    }
  });
});

describe("cases show", () => {
  const shown = async (verdicts: { rule: string; verdict: string; reason: string }[]): Promise<Shown> => {
    const action = await viewOf(1);
    const row = caseRow(1, { customer: "cus_1", reason: `a long reason ${"and so on ".repeat(30)}` });
    const trace = traceOf(action, { verdicts });
    const details = detailsOf({ row, trace, others: [], overridden: [], now: 5 });
    const decide = { round: 2, proposal: "0123456789abcdef0123456789abcdef" };
    return { case: row, trace, details, decide, history: { cases: [], find: ["/api/find?id=cus_1"] } };
  };
  const DUPLICATE = { rule: "duplicate", verdict: "escalate", reason: "possible duplicate" };

  test("fits 80 columns", async () => {
    const found = await shown([DUPLICATE]);
    const page = `https://dashboard.stripe.com/test/disputes/du_${"x".repeat(24)}`;
    found.details?.says.push({ label: "provider", text: `see ${page}` });
    const lines = [
      ...caseLines(found),
      ...commandsOf(found)
        .flatMap(folded)
        .map((line) => `  ${line}`),
    ];
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.some((line) => line.endsWith(page))).toBe(true);
  });

  test("ends with the commands that may follow, which name exactly what was shown", async () => {
    const commands = commandsOf(await shown([DUPLICATE]));
    const about = "--round 2 --proposal 0123456789abcdef0123456789abcdef";
    const { id } = caseRow(1);
    expect(commands[0]).toBe(`npx countersign cases approve ${id} ${about} --override duplicate`);
    expect(commands[1]).toBe(`npx countersign cases deny ${id} ${about} --code CODE`);
    expect(commands).toContain("npx countersign trace cus_1");
  });

  test("says what may stand for CODE, and of a case without a proposal only how it is closed", async () => {
    const found = {
      ...(await shown([])),
      codes: { deny: { not_entitled: "x" }, close: { noted: "y", withdrawn: "z" } },
    };
    expect(codeLines(found)).toEqual([
      "",
      "CODE is one of these; what each means: npx countersign policy show",
      "  to deny    not_entitled",
      "  to close   noted, withdrawn",
    ]);
    const escalated = { ...found, case: { ...found.case, kind: "escalate" } };
    expect(codeLines(escalated).join("\n")).not.toContain("to deny");
    expect(codeLines({ ...found, decide: null })).toEqual([]);
  });

  test("after one yes says whose it is, and gives the next person the command on the same terms", async () => {
    const action = await viewOf(1);
    const given: CaseApprovals = {
      round: action.caseRound,
      proposal: "0".repeat(32),
      approvals: [{ by: { id: "person_1", name: "Ana" }, at: 1, key: "k" }],
      overrides: ["duplicate"],
      change: { amountMinor: 1250, currency: "eur" },
      needs: 2,
      expiresAt: Date.UTC(2026, 11, 1),
    };
    const yes = (changed: Partial<CaseApprovals>, state: ActionView["state"] = "case_open") =>
      givenYes({ ...action, state, caseApprovals: { ...given, ...changed } }, 5);
    const half = yes({});
    expect(sayGiven(half)).toEqual([
      {
        label: "approved",
        text: "by Ana, with 12.50 EUR, over duplicate, 1 of 2: another person must approve it too, until 2026-12-01 00:00:00 UTC",
      },
    ]);
    const found = await shown([]);
    const command = commandsOf({ ...found, details: { says: [], verdicts: [], ...found.details, given: half } })[0];
    expect(command).toContain("--amount-minor 1250 --currency eur --override duplicate");
    expect([yes({ expiresAt: 5 }), yes({ round: 9 }), yes({}, "case_closed")]).toEqual([null, null, null]);
    expect(yes({ needs: 1 })).toMatchObject({ isUnsent: true });
  });

  test("says a reason once, where a verdict is the reason of the case", async () => {
    const found = await shown([DUPLICATE]);
    const lines = caseLines({ ...found, case: { ...found.case, reason: DUPLICATE.reason } });
    expect(lines).toContain("to override  duplicate");
    expect(lines.filter((line) => line.includes(DUPLICATE.reason))).toHaveLength(1);
  });

  test("offers no approval where nobody may override a verdict, and no decision where none is open", async () => {
    const refused = await shown([{ rule: "dispute", verdict: "escalate", reason: "more than is left" }]);
    expect(commandsOf(refused).join("\n")).not.toContain("cases approve");
    expect(commandsOf({ ...refused, decide: null }).join("\n")).not.toContain("--proposal");
  });
});
