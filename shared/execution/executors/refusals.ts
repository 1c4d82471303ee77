import type { Action } from "../../contracts/action.ts";
import type { Failure } from "../../contracts/failure.ts";
import type { RuleName } from "../../contracts/rules.ts";
import { err, type Result } from "../../core/result.ts";
import type { Judgement } from "../executor.ts";

/** The guardrails refuse the granted action now: a person decides. */
export const guardrailFailure = ({ rule, reason }: { rule: RuleName; reason: string }): Judgement => ({
  kind: "refuse",
  failure: { reason: "guardrail", detail: reason, about: { rule, refund: null } },
});

export const notFound = ({ id, subject }: Action): Result<never, Failure> =>
  err({ reason: "provider_not_found", detail: `${subject} of action ${id} is not at the provider any more` });
