import { describe, expect, it } from "vitest";
import { provesNothing, summarise } from "../../chaos/command.ts";
import { describeFindings } from "../../chaos/describe.ts";
import type { Broken } from "../../chaos/invariants.ts";
import type { Findings } from "../../chaos/run.ts";
import { evidence, view } from "../../helpers/chaos-evidence.ts";

const findings = (broken: Broken[]): Findings => ({
  sent: { answered: new Set(), wronglyRefused: [], repeated: 0, conflicts: 0, deliveries: new Map() },
  kills: 0,
  faults: {},
  done: {},
  isQuiet: true,
  evidence: evidence({ traces: new Map() }, view({ history: [{ at: 0, what: "granted", detail: "by whom" }] })),
  broken,
  requests: [],
  hostile: null,
  durationMs: 1,
});
const found = (invariant: Broken["invariant"], count: number): Broken[] =>
  Array.from({ length: count }, (_, nth) => ({ invariant, about: "act_1", why: `the ${nth}th of ${invariant}` }));

describe("what a run says", () => {
  it("shows some of each broken promise, however many there are of another", () => {
    const said = describeFindings(findings([...found("brokenByRotation", 40), ...found("unmeant", 1)]), 7).join("\n");
    expect(said).toContain("brokenByRotation: the 9th of brokenByRotation");
    expect(said).not.toContain("the 10th of brokenByRotation");
    expect(said).toContain("brokenByRotation: … and 30 more");
    expect(said).toContain("unmeant: the 0th of unmeant");
  });

  it("tells the story of a row that no event leads to", () => {
    const said = describeFindings(findings(found("unmeant", 1)), 7).join("\n");
    expect(said).toContain("act_1: refund of pi_1 is succeeded");
    expect(said).toContain("granted  by whom");
  });

  it("tells what people did, and counts what they did not allow", () => {
    const given = findings([...found("unapproved", 1), ...found("approvedLost", 2)]);
    given.done = { decided_capture: 3, approved_capture: 2, killed_between_two_shards: 4, approved_executed: 5 };
    const people = [{ id: "person_a", name: "ann", roles: ["approver" as const] }];
    given.evidence.acts.crew = { matters: [], policy: [], people };
    const said = describeFindings(given, 7).join("\n");
    expect(said).toContain("0 denied, 0 policies published; 1 effects unapproved, 2 approvals lost");
    expect(said).toContain("3 capture (2 approved), 0 retry (0 approved)");
    expect(said).toContain("5 approved and executed, 0 for another target");
    expect(said).toContain("0 between approval and execution, 4 between two shards");
    expect(summarise(given, 10)).toMatchObject({
      unapproved: 1,
      approvedLost: 2,
      approvals: 0,
      denials: 0,
      publications: 0,
    });
  });

  it("proves nothing where people were to approve and nobody did", () => {
    const given = findings([]);
    expect(provesNothing(given, { events: 100, hostile: false })).toBe(true);
    expect(provesNothing(given, { events: 99, hostile: false })).toBe(false);
    expect(provesNothing(given, { events: 100, hostile: true })).toBe(false);
  });

  it("counts each promise for whoever reads the line of JSON", () => {
    const counted = summarise(findings([...found("unmeant", 2), ...found("stoppedHonest", 3)]), 10);
    expect(counted).toMatchObject({ unmeant: 2, stoppedHonest: 3, lost: 0, unaccounted: 0 });
  });
});
