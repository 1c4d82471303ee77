import type { Action } from "../../contracts/action.ts";
import type { Failure } from "../../contracts/failure.ts";
import { err, type Result } from "../../core/result.ts";
import type { Judgement } from "../executor.ts";

export const guardrailFailure = (detail: string): Judgement => ({
  kind: "refuse",
  failure: { reason: "guardrail", detail },
});

export const notFound = ({ id, subject }: Action): Result<never, Failure> =>
  err({ reason: "provider_not_found", detail: `${subject} of action ${id} is not at the provider any more` });
