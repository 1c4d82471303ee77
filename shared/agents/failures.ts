import { APIError } from "@anthropic-ai/sdk";
import type { Failure, FailureReason } from "../contracts/failure.ts";
import { oneLine } from "../core/text.ts";
import { MINUTE_MS } from "../core/time.ts";
import { AnswerTooLarge } from "./http.ts";

const SPEND_LIMIT_WAIT_MS = 15 * MINUTE_MS;

/**
 * A spend limit that was set in the workspace, or a used-up balance, is a 400 that only its message distinguishes. If that
 * message changes, each such event becomes a case, as for any other 400.
 * https://docs.claude.com/en/api/rate-limits (spend limits)
 */
const LIMIT_BY_WORDS =
  /^(?:You have reached your specified (?:workspace )?API usage limits|Your credit balance is too low)/;

/**
 * What a failed call to Claude means. Decided by status, type and code, and only for one 400 by its words.
 * https://docs.claude.com/en/api/errors
 */
export function failureOf(error: unknown, deadlinePassed: boolean): Failure {
  if (deadlinePassed) return { reason: "claude_timeout", detail: "Claude did not answer in time" };
  if (error instanceof Error && error.cause instanceof AnswerTooLarge)
    return { reason: "claude_malformed", detail: error.cause.message };
  if (!(error instanceof APIError) || error.status === undefined) {
    return {
      reason: "claude_unavailable",
      detail: `the connection to Claude failed: ${error instanceof Error ? error.name : String(error)}`,
    };
  }
  const reason = reasonOf(error.status, errorCodeOf(error), error.apiMessage ?? "");
  const type = typeof error.type === "string" ? oneLine(error.type, 100) : "no type";
  const detail = `Claude answered ${error.status} (${type})${error.status < 400 ? REDIRECTED : (advice[reason] ?? "")}`;
  const retryAfterMs =
    reason === "claude_spend_limit" ? SPEND_LIMIT_WAIT_MS : retryAfterMsOf(error.headers?.get("retry-after") ?? null);
  return retryAfterMs === null ? { reason, detail } : { reason, detail, retryAfterMs };
}

function reasonOf(status: number, code: string, words: string): FailureReason {
  if (status === 429) return code.endsWith("spend_limit_reached") ? "claude_spend_limit" : "claude_rate_limited";
  if (status === 401 || status === 403) return "claude_unauthorized";
  if (status === 404) return "claude_model_missing";
  if (status === 413) return "claude_too_large";
  if (status === 400 && LIMIT_BY_WORDS.test(words)) return "claude_spend_limit";
  if (status === 529) return "claude_overloaded";
  if (status < 400 || status >= 500 || status === 408 || status === 409) return "claude_unavailable";
  return "claude_bad_request";
}

const REDIRECTED = ": a redirect, which is not followed; check ANTHROPIC_BASE_URL";

const advice: Partial<Record<FailureReason, string>> = {
  claude_unauthorized: ": check ANTHROPIC_API_KEY",
  claude_model_missing: ": the model is not there for this key; check ANTHROPIC_BASE_URL and the agent's model",
  claude_spend_limit: ": the spend limit is reached, or the balance is used up; raise it, or wait for the month to end",
};

function errorCodeOf(error: APIError): string {
  const code: unknown = Reflect.get(error, "errorCode");
  return typeof code === "string" ? code : "";
}

/** Reads seconds only. The ledger decides the wait, and for an HTTP date it uses its own growing one. */
function retryAfterMsOf(header: string | null): number | null {
  const ms = header === null || header.trim() === "" ? Number.NaN : Number(header) * 1_000;
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}
