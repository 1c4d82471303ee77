import { describe, expect, test } from "vitest";
import { changesOf } from "../../../cli/commands/audit.ts";
import { valueLines } from "../../../cli/commands/policy.ts";

describe("what an act has changed, for people", () => {
  test("is only what differs, with times in UTC", () => {
    const before = { name: "Ana", roles: ["reviewer"], addedAt: 1_795_856_141_607, revokedAt: null };
    const after = { ...before, roles: ["reviewer", "operator"], revokedAt: 1_795_856_238_178 };
    expect(changesOf(before, after)).toEqual([
      "roles: reviewer → reviewer operator",
      "revokedAt: – → 2026-11-28 08:57:18 UTC",
    ]);
  });

  test("what only one side has stands without an arrow", () => {
    expect(changesOf({ round: 1 }, { code: "noted", overrides: [] })).toEqual(["round: 1", "code: noted"]);
  });
});

describe("a value of policy, for people", () => {
  test("is never cut, and fits 80 columns", () => {
    const roles = Array.from({ length: 30 }, (_, n) => `role_${n}`).join(", ");
    const lines = valueLines("guardrails.facts.request.mayFollow", roles);
    expect(lines.join(" ").replaceAll(/ +/g, " ")).toContain(roles);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(valueLines("approvals.lifeMs", "1 day")).toEqual([`${"approvals.lifeMs".padEnd(50)}1 day`]);
  });
});
