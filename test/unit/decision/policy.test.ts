/** What a change of policy does to what is decided, and to what was decided before. */
import { describe, expect, it } from "vitest";
import type { GrantClaims } from "../../../shared/contracts/action.ts";
import type { Policy } from "../../../shared/contracts/policy.ts";
import type { ActionRef } from "../../../shared/contracts/views.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { openPipeline } from "../../helpers/pipeline.ts";
import { policy, policyWith } from "../../helpers/policy.ts";
import { event } from "../../helpers/shard.ts";

const STEP_MS = 600_000;
const ofRefund = (id: string, amountMinor = 4_250) =>
  event({
    id: `outside:${id}`,
    type: "countersign.decision",
    payment: "pi_1",
    proposed: { action: "refund", reason: "paid twice" },
    amountMinor,
    currency: "usd",
  });

/** The default with other fields in one section, or in one part of it. */
const CHANGES: Record<string, Policy> = {
  envelopes: await policyWith(({ envelopes }) => Object.assign(envelopes, { all: envelopes.all - 1 })),
  handling: await policyWith(({ handling }) => Object.assign(handling, { patienceMs: handling.patienceMs + 1 })),
  cases: await policyWith(({ cases }) => Object.assign(cases.kinds.refund, { priority: 50 })),
  approvals: await policyWith(({ approvals }) => Object.assign(approvals, { lifeMs: approvals.lifeMs + 1 })),
  publishing: await policyWith(({ publishing }) => Object.assign(publishing, { fourEyes: !publishing.fourEyes })),
};
const fourEyesAbove = (fourEyesAboveUsdCents: number): Promise<Policy> =>
  policyWith(({ guardrails }) => Object.assign(guardrails.refund, { fourEyesAboveUsdCents }));
const stricter = await fourEyesAbove(4_249);
const looser = await fourEyesAbove(policy.guardrails.refund.fourEyesAboveUsdCents + 1);
const pausesAlone = await policyWith(({ guardrails }) =>
  Object.assign(guardrails.facts.outside_decision, { mayFollow: ["pause"] }),
);

/** A refund that is decided and signed, and not executed yet. */
async function granted() {
  const open = await openPipeline([paymentOf()]);
  await open.decide(ofRefund("1"));
  const { action, fact } = await open.trace("outside:1");
  if (action?.grant == null || fact === null) throw new Error("not granted");
  const ref: ActionRef = { id: action.action.id, subject: action.action.subject };
  const claims = async () => JSON.parse((await open.view(ref)).grant?.claims ?? "{}") as GrantClaims;
  return { ...open, ref, claims, record: fact.decision.record };
}
const grantsOf = (history: readonly { what: string }[]): number =>
  history.filter(({ what }) => what === "granted").length;

describe("a decision", () => {
  it("names the version of the whole document, and its grant that of the guardrails", async () => {
    const { record, claims } = await granted();
    expect(record.policyVersion).toBe(policy.version);
    expect((await claims()).policyVersion).toBe(policy.sections.guardrails);
  });

  it("is made under the numbers of the policy that holds then, and of the one before once that is back", async () => {
    const open = await openPipeline([paymentOf({ amountMinor: 30_000, capturedMinor: 30_000 })]);
    const versions: (string | undefined)[] = [];
    for (const [index, under] of [policy, stricter, policy].entries()) {
      open.usePolicy(under);
      await open.decide(ofRefund(`${index}`, 4_250 + index));
      const { fact, action } = await open.trace(`outside:${index}`);
      versions.push(fact?.decision.record.policyVersion);
      expect(action?.caseAbout?.rule ?? null).toBe(under === stricter ? "four_eyes" : null);
    }
    expect(versions).toEqual([policy.version, stricter.version, policy.version]);
  });
});

describe("a change of another section than the guardrails", () => {
  it.each(Object.entries(CHANGES))("makes no grant stale: %s", async (name, under) => {
    expect(under.version).not.toBe(policy.version);
    expect(under.sections).toEqual({ ...policy.sections, [name]: expect.not.stringMatching(policy.version) });
    const { usePolicy, pass, view, ref, claims, memory } = await granted();
    const before = await claims();
    usePolicy(under);
    await pass(STEP_MS);
    expect(await view(ref)).toMatchObject({ state: "succeeded" });
    expect(grantsOf((await view(ref)).history)).toBe(1);
    expect(await claims()).toEqual(before);
    expect(memory.effects()).toBe(1);
  });
});

describe("a change of the guardrails", () => {
  it("renews what was granted before, under the same action, and executes it once", async () => {
    const { usePolicy, pass, view, ref, claims, memory, alarms } = await granted();
    usePolicy(looser);
    await pass(3 * STEP_MS);
    expect(await view(ref)).toMatchObject({ state: "succeeded" });
    expect((await claims()).policyVersion).toBe(looser.sections.guardrails);
    expect([grantsOf((await view(ref)).history), memory.effects(), alarms]).toEqual([2, 1, []]);
  });

  it("under which it is refused sends nothing, and is a case of the rule", async () => {
    const { usePolicy, pass, view, ref, memory } = await granted();
    usePolicy(stricter);
    await pass(3 * STEP_MS);
    expect(await view(ref)).toMatchObject({ state: "case_open", caseAbout: { rule: "four_eyes" } });
    expect(memory.calls).toEqual([]);
  });

  it("that narrows what may follow from its fact sends nothing, and is a case that says so", async () => {
    const { usePolicy, pass, view, ref, memory } = await granted();
    usePolicy(pausesAlone);
    await pass(3 * STEP_MS);
    expect(await view(ref)).toMatchObject({
      state: "case_open",
      caseAbout: { rule: "fits_fact" },
      caseReason: expect.stringContaining("lets no refund follow from this fact any more (outside decision)"),
    });
    expect(memory.calls).toEqual([]);
  });
});

describe("a grant of before policy was a document", () => {
  it("names a date, is stale, and is renewed when it is due", async () => {
    const { key, ledger, clock, pass, view, ref, claims, memory, alarms } = await granted();
    const { action } = await view(ref);
    const terms = { policyVersion: "2026-11-27.1", expiresAt: clock.now + 3_600_000, notBefore: null };
    await ledger.regrant([{ ref, grant: await key.sign(action, terms), notBefore: null }]);
    await pass(4 * STEP_MS);
    expect(await view(ref)).toMatchObject({ state: "succeeded" });
    expect((await claims()).policyVersion).toBe(policy.sections.guardrails);
    expect([memory.effects(), alarms]).toEqual([1, []]);
  });
});
