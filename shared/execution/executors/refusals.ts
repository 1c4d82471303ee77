import type { RuleName } from "../../contracts/rules.ts";
import type { Judgement } from "../executor.ts";

/** The guardrails refuse the granted action now: a person decides. */
export const guardrailFailure = ({ rule, reason }: { rule: RuleName; reason: string }): Judgement => ({
  kind: "refuse",
  failure: { reason: "guardrail", detail: reason, about: { rule, refund: null } },
});
