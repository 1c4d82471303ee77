import { describe, expect, it } from "vitest";
import { type ApprovedBy, OVERRIDABLE } from "../../../shared/contracts/case-decision.ts";
import { FACT_KINDS } from "../../../shared/contracts/facts.ts";
import { guardAgain } from "../../../shared/policy/again.ts";
import { deciderOf, factOf, followingOf, mayFollow } from "../../../shared/policy/facts.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { paymentOf, READ_TO_REFUND } from "../../helpers/memory-provider.ts";
import { policy, policyWith } from "../../helpers/policy.ts";

const NOW = Date.parse("2026-10-24T09:00:00Z");
const payment = paymentOf({ ...READ_TO_REFUND, capturedAt: NOW - 1_000 });
const asked = refundAction(1, { factKey: "request/request:r1", amountMinor: 4_250 });
const again = (action: typeof asked, under = policy, approved: ApprovedBy | null = null) =>
  guardAgain(action, payment, { policy: under.guardrails, mode: "test", now: NOW, changes: null, approved });

const noRefunds = await policyWith(({ guardrails }) => {
  guardrails.facts.request.mayFollow = ["pause", "downgrade", "resume", "cancel"];
});
const byPeople = await policyWith(({ guardrails }) => {
  guardrails.facts.request.decides = "person";
});

describe("what was granted", () => {
  it("is allowed as long as it may follow from its fact", () => {
    expect(again(asked)).toMatchObject({ kind: "allow" });
  });

  it("is a person's once policy lets it follow no more", () => {
    expect(again(asked, noRefunds)).toEqual({
      kind: "escalate",
      rule: "fits_fact",
      reason: "policy lets no refund follow from this fact any more (request): a person decides",
    });
  });

  it("is a person's once people decide about its fact", () => {
    expect(again(asked, byPeople)).toMatchObject({ kind: "escalate", rule: "fits_fact" });
  });

  it.each(["fact_1", "unheard_of/x", "", "/request", "request", "toString/x", "dispute/dp_1"])(
    "is a person's where its fact is none from which anything may follow: %o",
    (factKey) => {
      expect(again({ ...asked, factKey })).toMatchObject({ kind: "escalate", rule: "fits_fact" });
    },
  );

  it("has to follow also where people have approved it: no approval overrides that", () => {
    const approved = { approval: "approval:1", approvers: ["person_1"], overrides: OVERRIDABLE, until: NOW + 1_000 };
    expect(again(asked, policy, approved)).toMatchObject({ kind: "allow" });
    expect(again(asked, noRefunds, approved)).toMatchObject({ kind: "escalate", rule: "fits_fact" });
  });
});

describe("the facts that policy names", () => {
  it("are decided as it says, and every other one by people", async () => {
    const named = FACT_KINDS.filter((fact) => deciderOf(fact, policy.guardrails) !== "person");
    expect(named.toSorted()).toEqual(Object.keys(policy.guardrails.facts).toSorted());
    expect(deciderOf("request", byPeople.guardrails)).toBe("person");
  });

  it("let nothing follow by itself where people decide, but a case and nothing at all", () => {
    for (const fact of FACT_KINDS.filter((one) => deciderOf(one, policy.guardrails) === "person"))
      expect(followingOf(fact, policy.guardrails), fact).toEqual([]);
    expect(followingOf("request", byPeople.guardrails)).toEqual([]);
    for (const action of ["escalate", "none"] as const)
      expect(mayFollow("dispute", action, policy.guardrails)).toBe(true);
  });

  it("are found in the key of each fact", () => {
    for (const fact of FACT_KINDS) expect(factOf(`${fact}/some:id/with:more`)).toBe(fact);
  });
});
