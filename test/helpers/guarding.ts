import type { PaymentSnapshot } from "../../shared/contracts/provider.ts";
import { guard } from "../../shared/policy/guardrails/guard.ts";
import type { GuardedContext, GuardedProposal } from "../../shared/policy/guardrails/rule.ts";
import { paymentOf, READ_TO_REFUND } from "./memory-provider.ts";
import { policy } from "./policy.ts";

export const GUARDED_AT = Date.parse("2026-10-24T09:00:00Z");

export type Asking = {
  /** In minor units of USD, named where the text asks; null: all of it. */
  amountMinor?: number | null;
  payment?: Partial<PaymentSnapshot>;
  context?: Partial<GuardedContext>;
  proposal?: Partial<GuardedProposal>;
};

/** Asks the guardrails about a refund of a payment of 100.00 USD, for which all was read and nothing speaks against it. */
export function askRefund({ amountMinor = 4_250, payment = {}, context = {}, proposal = {} }: Asking) {
  const amounts = amountMinor === null ? [] : [{ amountMinor, currency: "usd", isAsked: true }];
  const { result, verdicts } = guard(
    {
      kind: "refund",
      variant: null,
      amountMinor,
      currency: amountMinor === null ? null : "usd",
      confidence: "high",
      by: "agent",
      extent: amountMinor === null ? "whole" : "part",
      words: { amounts, doubts: [], asks: true },
      ...proposal,
    },
    {
      policy: policy.guardrails,
      mode: "test",
      customer: null,
      requester: null,
      decline: null,
      reservedMinor: 0,
      invoice: null,
      actionId: null,
      now: GUARDED_AT,
      firstGrant: true,
      stated: null,
      step: 1,
      triesForOthers: 0,
      ...context,
    },
    paymentOf({ ...READ_TO_REFUND, ...payment }),
  );
  const last = verdicts.at(-1);
  const { rule, reason } = result.kind === "allow" ? { rule: last?.rule, reason: last?.reason ?? "" } : result;
  const refund = result.kind === "allow" ? undefined : result.refund;
  return { result, verdicts, kind: result.kind, rule, reason, refund };
}
