import { beforeEach, describe, expect, it } from "vitest";
import { type NewCase, openCase } from "../../../shared/records/cases.ts";
import { openInformation } from "../../../shared/records/information.ts";
import { OPEN_SUMS, sumOpenCases } from "../../../shared/records/open-sums.ts";
import { createRecords } from "../../helpers/d1.ts";

let { database, sqlite } = createRecords();
beforeEach(() => {
  ({ database, sqlite } = createRecords());
});

let made = 0;
const opening = (amountMinor: number | null, currency: string | null, changes: Partial<NewCase> = {}): NewCase => ({
  id: `case_${++made}`,
  actionId: `act_${made}`,
  subject: "pi_1",
  eventId: "stripe:evt_1",
  kind: "refund",
  amountMinor,
  currency,
  reason: "why",
  summary: "",
  version: 1,
  openedAt: 1,
  status: null,
  dueAt: null,
  isInformation: 0,
  ...changes,
});

describe("the money of open cases", () => {
  it("is summed by currency in minor units, with those apart that name no amount", async () => {
    for (const amount of [4_250, 1]) await openCase(database, opening(amount, "usd"));
    await openCase(database, opening(500, "jpy"));
    await openCase(database, opening(1_234, "kwd"));
    await openCase(database, opening(null, "usd"));
    await openCase(database, opening(null, null));
    expect(await sumOpenCases(database)).toEqual({
      toDecide: [
        { currency: null, count: 2, amountMinor: null },
        { currency: "jpy", count: 1, amountMinor: 500 },
        { currency: "kwd", count: 1, amountMinor: 1_234 },
        { currency: "usd", count: 2, amountMinor: 4_251 },
      ],
      information: [],
    });
  });

  it("counts cases for information apart, and closed ones not at all", async () => {
    const { status: _status, dueAt: _dueAt, isInformation: _isInformation, ...information } = opening(700, "eur");
    await openInformation(database, information);
    await openCase(database, opening(900, "eur", { closedAt: 5 }));
    expect(await sumOpenCases(database)).toEqual({
      toDecide: [],
      information: [{ currency: "eur", count: 1, amountMinor: 700 }],
    });
  });

  it("is exact to the last minor unit, and null where a number cannot hold it", async () => {
    await openCase(database, opening(Number.MAX_SAFE_INTEGER - 1, "usd"));
    await openCase(database, opening(1, "usd"));
    const sums = async () => (await sumOpenCases(database)).toDecide;
    expect(await sums()).toEqual([{ currency: "usd", count: 2, amountMinor: Number.MAX_SAFE_INTEGER }]);
    for (let n = 0; n < 1_100; n++) await openCase(database, opening(Number.MAX_SAFE_INTEGER, "usd"));
    expect(await sums()).toEqual([{ currency: "usd", count: 1_102, amountMinor: null }]);
  });

  it("is read from the open cases alone, by the index of their state", async () => {
    const plan = sqlite
      .prepare(`EXPLAIN QUERY PLAN ${OPEN_SUMS}`)
      .all()
      .map(({ detail }) => String(detail));
    expect(plan.filter((step) => step.includes("cases"))).toEqual([
      "SEARCH cases USING COVERING INDEX cases_by_state (state=?)",
    ]);
  });
});
