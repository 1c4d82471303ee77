import { describe, expect, it } from "vitest";
import type { ApprovedBy } from "../../../shared/contracts/case-decision.ts";
import type { AdmitRequest } from "../../../shared/contracts/gate.ts";
import { policyOf } from "../../../shared/policy/document.ts";
import { editedDocument, FIRST_POLICY, openGate } from "../../helpers/gate.ts";

const NOW = 100 * 3_600_000;
const LIMITS = FIRST_POLICY.policy.envelopes;

const asked = (actionId: string, changes: Partial<AdmitRequest> = {}): AdmitRequest => ({
  actionId,
  provider: "stripe",
  kind: "refund",
  account: null,
  customer: "cus_1",
  subscription: null,
  invoice: null,
  payment: "pi_1",
  charge: null,
  amountMinor: LIMITS.customer + 1,
  currency: "usd",
  ...changes,
});
const by = (...approvers: string[]): ApprovedBy => ({
  approval: "approval:1",
  approvers: approvers.map((name) => `person_${name}`),
  overrides: ["envelope"],
  until: NOW + 1,
});

function open() {
  const gate = openGate();
  const admit = (request: AdmitRequest, approved: ApprovedBy | null, at = NOW) =>
    gate.admit([request], at, [approved])[0];
  const used = () => Object.fromEntries(gate.totals(NOW).envelopes.map(({ scope, usedCents }) => [scope, usedCents]));
  return { gate, admit, used };
}

describe("an approval that overrides the envelopes", () => {
  it("lets pass what they would stop, and counts in all of them, in its approvers' and in that of all approvals", () => {
    const { admit, used } = open();
    const amount = LIMITS.customer + 1;
    expect(admit(asked("a"), null)?.kind).toBe("over");
    expect(admit(asked("a"), by("ada", "bob"))?.kind).toBe("admitted");
    expect(used()).toEqual({
      all: amount,
      approvals: amount,
      "kind:refund": amount,
      "account:-": amount,
      "customer:cus_1": amount,
      "payment:pi_1": amount,
      "approver:person_ada": amount,
      "approver:person_bob": amount,
    });
    expect(admit(asked("b", { amountMinor: 1 }), null)?.kind).toBe("over");
  });

  it("is stopped by its approver's envelope, which nothing overrides, and by no other approver's", () => {
    const { admit } = open();
    const full = { amountMinor: LIMITS.approver };
    expect(admit(asked("a", full), by("ada"))?.kind).toBe("admitted");
    const one = { amountMinor: 1, customer: "cus_2", payment: "pi_2" };
    expect(admit(asked("b", one), by("ada"))).toMatchObject({
      kind: "over",
      reason: expect.stringContaining("the hourly envelope of approver:person_ada has no room for this"),
    });
    // Both have let it pass, so each of the two envelopes bounds it.
    expect(admit(asked("b", one), by("bob", "ada"))?.kind).toBe("over");
    expect(admit(asked("b", one), by("bob"))?.kind).toBe("admitted");
  });

  it("is stopped by the envelope of all approvals, whoever gives them", () => {
    const { admit } = open();
    const people = Math.floor(LIMITS.approvals / LIMITS.approver);
    for (let n = 0; n < people; n++)
      expect(admit(asked(`act_${n}`, { amountMinor: LIMITS.approver }), by(`p${n}`))?.kind).toBe("admitted");
    expect(admit(asked("more", { amountMinor: LIMITS.approver }), by("another"))).toMatchObject({
      kind: "over",
      reason: expect.stringContaining("the hourly envelope of approvals has no room for this"),
    });
  });

  it("counts once, however often its action asks", () => {
    const { admit, used } = open();
    for (const at of [NOW, NOW + 1, NOW + 2]) admit(asked("a"), by("ada"), at);
    expect(used()["approver:person_ada"]).toBe(LIMITS.customer + 1);
  });

  it("passes no hold", () => {
    const { gate, admit } = open();
    gate.hold("customer:cus_1", "odd", "person", NOW);
    expect(admit(asked("a"), by("ada"))?.kind).toBe("held");
  });
});

it("an approval that overrides something else leaves the envelopes as they are, and uses up no approver's", () => {
  const { admit, used } = open();
  expect(admit(asked("a"), { ...by("ada"), overrides: ["duplicate"] })?.kind).toBe("over");
  admit(asked("b", { amountMinor: 1 }), { ...by("ada"), overrides: ["duplicate"] });
  expect(used()["approver:person_ada"]).toBeUndefined();
});

it("an approval lets no envelope be passed once the published policy lets nobody override it", async () => {
  const { gate, admit } = open();
  const narrow = await policyOf(
    editedDocument((document) => void Object.assign(document.approvals, { mayOverride: ["duplicate"] })),
  );
  gate.keep(narrow);
  gate.draft({ version: narrow.version, act: 1, at: NOW, over: "", by: { id: "p", name: "P" }, notWith: [] });
  expect(admit(asked("a"), by("ada"))?.kind).toBe("admitted");
  const over = FIRST_POLICY.policy.version;
  gate.publish({ act: 2, version: narrow.version, over, at: NOW, by: { id: "q", name: "Q" } });
  expect(admit(asked("b"), by("bob"))?.kind).toBe("over");
});

describe("the limits", () => {
  it("are those of the published document, from the next question on, and each answer names its guardrails", async () => {
    const { gate, admit } = open();
    const second = await policyOf(
      editedDocument((document) => void Object.assign(document.envelopes, { customer: 500 })),
    );
    const third = await policyOf(
      editedDocument((document) => {
        document.envelopes.customer = 500;
        document.guardrails.grantLifeMs = 1_800_000;
      }),
    );
    const publish = (policy: typeof second, over: string, act: number) => {
      gate.keep(policy);
      gate.draft({ version: policy.version, act, at: NOW, over: "", by: { id: "p", name: "P" }, notWith: [] });
      gate.publish({ act: act + 1, version: policy.version, over, at: NOW, by: { id: "q", name: "Q" } });
    };
    const first = FIRST_POLICY.policy;
    expect(admit(asked("a", { amountMinor: 501 }), null)).toEqual({
      kind: "admitted",
      guardrails: first.sections.guardrails,
    });
    publish(second, first.version, 1);
    // Another section has changed: no grant is stale by it.
    expect(admit(asked("a", { amountMinor: 501 }), null)).toMatchObject({
      kind: "over",
      guardrails: first.sections.guardrails,
    });
    publish(third, second.version, 3);
    expect(admit(asked("a", { amountMinor: 500 }), null)).toEqual({
      kind: "admitted",
      guardrails: third.sections.guardrails,
    });
  });

  it("of a currency are what the published document says it is worth", async () => {
    const { gate, admit } = open();
    const worth = await policyOf(
      editedDocument((document) => void Object.assign(document.guardrails.worthUsdCents, { eur: 1_000 })),
    );
    gate.keep(worth);
    gate.draft({ version: worth.version, act: 1, at: NOW, over: "", by: { id: "p", name: "P" }, notWith: [] });
    const inEuros = asked("a", { amountMinor: 20_000, currency: "eur" });
    expect(admit(inEuros, null)?.kind).toBe("admitted");
    const over = FIRST_POLICY.policy.version;
    gate.publish({ act: 2, version: worth.version, over, at: NOW, by: { id: "q", name: "Q" } });
    expect(admit(inEuros, null)?.kind).toBe("over");
  });
});
