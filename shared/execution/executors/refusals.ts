import type { RuleName } from "../../contracts/rules.ts";
import type { Judgement } from "../executor.ts";

type Refused = { rule: RuleName; reason: string; refund?: string };

/** The guardrails refuse the granted action now: a person decides. */
export const guardrailFailure = ({ rule, reason, refund }: Refused): Judgement => ({
  kind: "refuse",
  failure: { reason: "guardrail", detail: reason, about: { rule, refund: refund ?? null } },
});
