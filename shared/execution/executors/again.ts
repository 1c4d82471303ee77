import type { Action } from "../../contracts/action.ts";
import type { Failure } from "../../contracts/failure.ts";
import { err, type Result } from "../../core/result.ts";
import type { GuardedProposal } from "../../policy/guardrails.ts";
import type { Judgement } from "../execute.ts";

/** A granted action before the guardrails once more: its confidence was judged, its amount is known by being granted. */
export function proposalOf({ kind, variant, amountMinor, currency }: Action): GuardedProposal {
  const knownAmounts = amountMinor === null ? [] : [{ amountMinor, currency }];
  return { kind, variant, amountMinor, currency, confidence: "high", by: "outside", knownAmounts };
}

export const guardrailFailure = (detail: string): Judgement => ({
  kind: "refuse",
  failure: { reason: "guardrail", detail },
});

export const notFound = ({ id, subject }: Action): Result<never, Failure> =>
  err({ reason: "provider_not_found", detail: `${subject} of action ${id} is not at the provider any more` });
