/** Stripe's error answers. Shapes after https://docs.stripe.com/api/errors, codes after https://docs.stripe.com/error-codes. */

import type Stripe from "stripe";

export type ErrorType = "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";

export interface ErrorBody {
  type: ErrorType;
  message: string;
  code?: string;
  param?: string;
  doc_url?: string;
  request_log_url?: string;
  charge?: string;
  decline_code?: string;
  advice_code?: string;
  network_advice_code?: string;
  network_decline_code?: string;
  payment_intent?: Stripe.PaymentIntent;
}

export interface Refusal extends Error {
  status: number;
  body: ErrorBody;
  headers: Record<string, string>;
}

/** An error that a handler throws to answer with `status` and `body`; anything else thrown is a bug of the stand-in. */
export function refusal(status: number, body: ErrorBody, headers: Record<string, string> = {}): Refusal {
  const documented = body.code === undefined ? body : { ...body, doc_url: documentationOf(body.code) };
  return Object.assign(new Error(body.message), { status, body: documented, headers });
}

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && "status" in error && "body" in error;
}

export function invalidRequest(message: string, details: Partial<ErrorBody> = {}): Refusal {
  return refusal(400, { type: "invalid_request_error", message, ...details });
}

export function missingResource(what: string, id: string, param: string, otherMode?: "live" | "test"): Refusal {
  const hint =
    otherMode === undefined
      ? ""
      : `; a similar object exists in ${otherMode} mode, but a ${otherMode === "live" ? "test" : "live"} mode key was used to make this request.`;
  return refusal(404, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${what}: '${id}'${hint}`,
    param,
  });
}

export function unknownUrl(method: string, path: string): Refusal {
  return refusal(404, {
    type: "invalid_request_error",
    message: `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  });
}

/** The error for a parameter or feature that the stand-in does not support. It is never silently ignored. */
export function notModelled(what: string, param?: string): Refusal {
  return invalidRequest(`The stand-in does not model ${what}.`, {
    code: "stand_in_not_modelled",
    ...(param === undefined ? {} : { param }),
  });
}

/** A retry under the same key would only replay it, so Stripe says not to retry (the SDK, on `stripe-should-retry`). */
export function serverError(): Refusal {
  return refusal(
    500,
    {
      type: "api_error",
      message: "Sorry! There was an error while talking to one of our backends. Support has been notified.",
    },
    { "stripe-should-retry": "false" },
  );
}

/** https://docs.stripe.com/rate-limits */
export function rateLimited(): Refusal {
  return refusal(
    429,
    {
      type: "invalid_request_error",
      code: "rate_limit",
      message: "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
    },
    { "stripe-rate-limited-reason": "global-rate" },
  );
}

/** Safe to retry, and Stripe says so: https://docs.stripe.com/rate-limits#object-lock-timeouts */
export function lockTimeout(): Refusal {
  return refusal(
    429,
    {
      type: "invalid_request_error",
      code: "lock_timeout",
      message:
        "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate.",
    },
    { "stripe-should-retry": "true" },
  );
}

function documentationOf(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`;
}
