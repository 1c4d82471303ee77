import { describe, expect, it } from "vitest";
import { scopeOf } from "../../../cli/commands/holds.ts";
import { describeTotals } from "../../../cli/commands/totals.ts";
import type { Totals } from "../../../shared/contracts/views.ts";

const totals = (changes: Partial<Totals> = {}): Totals => ({
  accepted: 1,
  duplicates: 0,
  conflicts: 0,
  waiting: { events: 0, actions: 0 },
  actions: [],
  none: 1,
  deadLetteredEvents: 0,
  fullestShard: null,
  envelopes: [],
  holds: { count: 0, newest: [] },
  openCases: { toDecide: [], information: [] },
  ...changes,
});

describe("what is put on hold or lifted", () => {
  it("is exactly one thing", () => {
    expect(scopeOf({ all: true })).toBe("all");
    expect(scopeOf({ account: "acct_1" })).toBe("account:acct_1");
    expect(scopeOf({ customer: "cus_1" })).toBe("customer:cus_1");
    expect(scopeOf({ payment: "pi_1" })).toBe("payment:pi_1");
    expect(scopeOf({ account: "-" })).toBe("account:-");
    expect(scopeOf({ kind: "refund" })).toBe("kind:refund");
    expect(scopeOf({ provider: "stripe" })).toBe("provider:stripe");
    expect(scopeOf({ subscription: "sub_1" })).toBe("subscription:sub_1");
    expect(scopeOf({ invoice: "in_1" })).toBe("invoice:in_1");
    expect(scopeOf({ charge: "ch_1" })).toBe("charge:ch_1");
    for (const options of [{}, { all: true as const, payment: "pi_1" }, { customer: "cus_1", payment: "pi_1" }])
      expect(() => scopeOf(options)).toThrow("name one thing");
  });
});

describe("the totals", () => {
  it("say nothing of envelopes and holds while there is nothing in them", () => {
    expect(describeTotals(totals()).join("\n")).not.toMatch(/at risk|on hold/);
  });

  it("show how much of each envelope is used", () => {
    const text = describeTotals(
      totals({
        envelopes: [
          { scope: "all", usedCents: 123_456, limitCents: 5_000_000 },
          { scope: "account:-", usedCents: 123_456, limitCents: 2_000_000 },
          { scope: "customer:cus_1", usedCents: 100_000, limitCents: 100_000 },
          { scope: "payment:pi_1", usedCents: 50_000, limitCents: 100_000 },
        ],
      }),
    ).join("\n");
    expect(text).toMatch(/everything +1234\.56 +50000\.00 +2%/);
    expect(text).toMatch(/own account +1234\.56 +20000\.00 +6%/);
    expect(text).toMatch(/payment pi_1 +500\.00 +1000\.00 +50%/);
    expect(text).toMatch(/customer cus_1 +1000\.00 +1000\.00 +100%/);
  });

  it("show what is on hold and why, and say when there is more", () => {
    const newest = [{ scope: "all", at: 0, reason: "an incident", by: "person" } as const];
    const text = describeTotals(totals({ holds: { count: 2, newest } })).join("\n");
    expect(text).toContain("since (UTC)");
    expect(text).toMatch(/1970-01-01 00:00:00 +everything\n +by a person: an incident/);
    expect(text).toContain("2 in all: npx countersign holds list");
  });
});
