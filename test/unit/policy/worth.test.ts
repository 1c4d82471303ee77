import { describe, expect, it } from "vitest";
import type { PaymentSnapshot } from "../../../shared/contracts/provider.ts";
import { guard } from "../../../shared/policy/guardrails/guard.ts";
import type { GuardedProposal } from "../../../shared/policy/guardrails/rule.ts";
import { roughUsdCents } from "../../../shared/policy/worth.ts";
import { paymentOf, READ_TO_REFUND } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

function ask(amountMinor: number, currency: string, payment: Partial<PaymentSnapshot>, proposal: object) {
  const asked: GuardedProposal = {
    kind: "refund",
    variant: null,
    amountMinor,
    currency,
    confidence: "high",
    by: "agent",
    extent: "part",
    words: { amounts: [{ amountMinor, currency, isAsked: true }], doubts: [], asks: true },
    ...proposal,
  };
  const context = {
    policy: policy.guardrails,
    mode: "test",
    customer: null,
    requester: null,
    invoice: null,
    actionId: null,
    decline: null,
    reservedMinor: 0,
    now: Date.now(),
    firstGrant: true,
    stated: null,
    step: 1,
    triesForOthers: 0,
  };
  const snapshot = paymentOf({
    ...READ_TO_REFUND,
    currency,
    createdAt: context.now,
    capturedAt: context.now,
    ...payment,
  });
  const { result, verdicts } = guard(asked, context, snapshot);
  return { result, kind: result.kind, rule: result.kind === "allow" ? verdicts.at(-1)?.rule : result.rule };
}
const refund = (amountMinor: number, currency: string, proposal: Partial<GuardedProposal> = {}) =>
  ask(amountMinor, currency, { amountMinor: 1e9, capturedMinor: 1e9 }, proposal);
const capture = (currency: string) =>
  ask(
    1,
    currency,
    { status: "held", amountMinor: 1, capturableMinor: 1, capturedMinor: 0, riskLevel: "normal" },
    { kind: "authorize", variant: "capture" },
  );

describe("a sum in another currency", () => {
  it("of 600 Philippine pesos needs no second person, and of 600 Cayman dollars does", () => {
    expect(refund(60_000, "php").kind).toBe("allow");
    expect(refund(60_000, "kyd")).toMatchObject({ kind: "escalate", rule: "four_eyes" });
  });

  it.each(["kyd", "gip", "fkp"])(
    "of 90 %s is more than 100 dollars, so medium confidence is not enough",
    (currency) => {
      expect(refund(9_000, currency, { confidence: "medium" })).toMatchObject({ kind: "escalate", rule: "confidence" });
      expect(refund(7_000, currency, { confidence: "medium" }).kind).toBe("allow");
    },
  );
});

describe.each(["bgn", "xts"])("a sum in %s, which has no worth in policy", (currency) => {
  const reason = expect.stringContaining(`${currency.toUpperCase()} has no worth in policy`);

  it("is a person's, however small, for every rule that asks for a worth", () => {
    expect(roughUsdCents(1, currency, policy.guardrails.worthUsdCents)).toBeNull();
    expect(refund(1, currency)).toMatchObject({ result: { kind: "escalate", reason }, rule: "four_eyes" });
    expect(refund(1, currency, { confidence: "medium" })).toMatchObject({ result: { reason }, rule: "confidence" });
    expect(capture(currency)).toMatchObject({ result: { kind: "escalate", reason }, rule: "four_eyes" });
  });
});
