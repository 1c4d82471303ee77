import { describe, expect, test } from "vitest";
import { ACTION_KINDS } from "../../../shared/contracts/actions.ts";
import { FACT_KINDS } from "../../../shared/contracts/facts.ts";
import { CASE_KINDS } from "../../../shared/contracts/policy.ts";
import { type CaseMatter, factOfKey, kindOfCase } from "../../../shared/records/case-kind.ts";

const matter = (changes: Partial<CaseMatter>): CaseMatter => ({
  kind: "escalate",
  fact: null,
  outcome: null,
  hasDefects: false,
  deniedBefore: false,
  ...changes,
});

describe("what a case is about", () => {
  test("every action and every fact has a kind that policy knows", () => {
    for (const kind of ACTION_KINDS)
      for (const fact of [...FACT_KINDS, null]) expect(CASE_KINDS).toContain(kindOfCase(matter({ kind, fact })));
  });

  test("an action that would be executed says it itself; else its fact does", () => {
    expect(kindOfCase(matter({ kind: "refund", fact: "request" }))).toBe("refund");
    expect(kindOfCase(matter({ kind: "escalate", fact: "dispute" }))).toBe("dispute");
    expect(kindOfCase(matter({ kind: "escalate", fact: "early_fraud_warning" }))).toBe("fraud_warning");
    expect(kindOfCase(matter({ kind: "escalate", fact: "failed_renewal" }))).toBe("failed_payment");
  });

  test("an unknown outcome comes before the action, a denial that stands before all, and defects are of events", () => {
    expect(kindOfCase(matter({ kind: "refund", outcome: "unknown" }))).toBe("unknown_outcome");
    expect(kindOfCase(matter({ kind: "refund", outcome: "unknown", deniedBefore: true }))).toBe("denied_before");
    expect(kindOfCase(matter({ fact: "dispute", hasDefects: true }))).toBe("defective");
    expect(kindOfCase(matter({ kind: "refund", hasDefects: true }))).toBe("refund");
  });

  test("a fact key begins with its fact, and what we do not know is none", () => {
    expect(factOfKey("failed_renewal/in_1:2")).toBe("failed_renewal");
    expect(factOfKey("of_another_version/in_1")).toBeNull();
    expect(factOfKey("dispute")).toBeNull();
  });
});
