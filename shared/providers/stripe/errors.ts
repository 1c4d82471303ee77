import Stripe from "stripe";
import type { Failure, FailureReason } from "../../contracts/failure.ts";
import type { Decline, Effect } from "../../contracts/provider.ts";
import { declineIn } from "./declines.ts";

/** A failed call to Stripe, as plain data. `status` is null where no server gave a readable answer. */
export type StripeProblem = {
  status: number | null;
  /** Stripe's error type; null where the answer is not from Stripe. */
  type: string | null;
  code: string | null;
  param: string | null;
  declineCode: string | null;
  adviceCode: string | null;
  networkAdviceCode: string | null;
  networkDeclineCode: string | null;
  message: string;
  requestId: string | null;
  retryAfterMs: number | null;
  /** True only where it is certain that no byte of the request was sent. */
  neverSent: boolean;
};

/**
 * The effect of a failed call that moves money.
 * Stripe stores the answer of every request whose execution began, 500s included, and replays it under the key. It does
 * not store answers of validation, of authentication, of rate limits, or about another request in flight:
 * https://docs.stripe.com/api/idempotent_requests and https://docs.stripe.com/error-low-level#idempotency
 */
export function effectOf(problem: StripeProblem): Effect {
  const { status, code } = problem;
  const note = describe(problem);
  if (problem.neverSent) return notNow("provider_unavailable", problem);
  if (status === null) return { kind: "unclear", note, storedError: false };
  if (status === 401 || status === 403) return notNow(unauthorised(problem), problem);
  if (status === 429 || code === "rate_limit" || code === "lock_timeout") {
    return notNow("provider_rate_limited", problem);
  }
  if (problem.type === null || status < 400) return { kind: "unclear", note, storedError: false };
  if (status === 409) return notNow("provider_unavailable", problem);
  if (status >= 500) return { kind: "unclear", note, storedError: status === 500 };
  if (status === 402) {
    return { kind: "declined", decline: declineOfProblem(problem), note };
  }
  return { kind: "refused", code: code ?? problem.type, note, stored: executionBegan(problem) };
}

/** The failure of a read. */
export function failureOf(problem: StripeProblem): Failure {
  return failure(reasonOfReading(problem), problem);
}

function reasonOfReading(problem: StripeProblem): FailureReason {
  const { status, type, code } = problem;
  if (status === 401 || status === 403) return unauthorised(problem);
  if (status === 429 || code === "rate_limit" || code === "lock_timeout") return "provider_rate_limited";
  if (status === null || type === null || status < 400 || status >= 500 || status === 409)
    return "provider_unavailable";
  return code === "resource_missing" ? "provider_not_found" : "provider_refused";
}

/** Another key reaches everything but one account: https://docs.stripe.com/error-codes#account-invalid */
const unauthorised = ({ code }: StripeProblem): FailureReason =>
  code === "account_invalid" ? "account_unreachable" : "provider_unauthorized";

export const isMissing = (problem: StripeProblem): boolean => problem.code === "resource_missing";

/** A customer who must act is a decline for us. The endpoints use two codes for it; we use one. */
const declineOfProblem = ({ code, declineCode, adviceCode, ...network }: StripeProblem): Decline =>
  declineIn(
    {
      code: code === "invoice_payment_intent_requires_action" ? "authentication_required" : code,
      decline_code: declineCode,
      advice_code: adviceCode,
      network_advice_code: network.networkAdviceCode,
      network_decline_code: network.networkDeclineCode,
    },
    null,
  );

/** Whether a 4xx is the result of an execution, which Stripe replays, or of validation before it. */
function executionBegan({ type, code, param }: StripeProblem): boolean {
  if (type === "idempotency_error") return false;
  if (code === null) return param === null;
  return !code.startsWith("parameter_");
}

function notNow(reason: FailureReason, problem: StripeProblem): Effect {
  return { kind: "not_now", failure: failure(reason, problem) };
}

function failure(reason: FailureReason, problem: StripeProblem): Failure {
  const { retryAfterMs } = problem;
  return { reason, detail: describe(problem), ...(retryAfterMs === null ? {} : { retryAfterMs }) };
}

function describe({ status, code, message, requestId }: StripeProblem): string {
  const which = [status, code, requestId].filter((part) => part !== null).join(", ");
  return `Stripe: ${message}${which === "" ? "" : ` (${which})`}`;
}

/** Reads what a call through the SDK threw. Only a Stripe error counts as an answer of Stripe. */
export function problemOf(error: unknown, now: number): StripeProblem {
  if (!(error instanceof Stripe.errors.StripeError)) return withoutAnswer(error);
  if (error.statusCode === undefined) return withoutAnswer(error.detail ?? error);
  return {
    status: error.statusCode,
    type: error.rawType ?? null,
    code: error.code ?? null,
    param: error.param ?? null,
    declineCode: error.decline_code ?? null,
    adviceCode: error.advice_code ?? null,
    networkAdviceCode: error.network_advice_code ?? null,
    networkDeclineCode: error.network_decline_code ?? null,
    message: error.message,
    requestId: error.requestId ?? null,
    retryAfterMs: retryAfterMsOf(error.headers?.["retry-after"], now),
    neverSent: false,
  };
}

function withoutAnswer(error: unknown): StripeProblem {
  const status = error instanceof Error && "httpStatus" in error && typeof error.httpStatus === "number";
  return {
    status: status ? (error.httpStatus as number) : null,
    type: null,
    code: null,
    param: null,
    declineCode: null,
    adviceCode: null,
    networkAdviceCode: null,
    networkDeclineCode: null,
    message: error instanceof Error ? error.message : String(error),
    requestId: null,
    retryAfterMs: null,
    neverSent: isNeverSent(error),
  };
}

/** The codes of errors before a connection exists. Node sets them; workerd does not, so there the effect stays unclear. */
const BEFORE_CONNECTED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

function isNeverSent(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    if ("code" in cause && typeof cause.code === "string") return BEFORE_CONNECTED.has(cause.code);
    cause = cause.cause;
  }
  return false;
}

/** Reads seconds or an HTTP date (RFC 9110, section 10.2.3). */
function retryAfterMsOf(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,6}$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
