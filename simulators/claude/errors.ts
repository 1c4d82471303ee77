import type { ErrorObject } from "@anthropic-ai/sdk/resources/shared";

/** `request_too_large` comes from the edge in front of the API and is documented, but the SDK's `ErrorType` omits it. */
export type ApiErrorType = ErrorObject["type"] | "request_too_large";

/** An error the way the Messages API puts it; `details.error_code` picks the SDK's most specific error class. */
export type ApiError = {
  status: number;
  type: ApiErrorType;
  message: string;
  errorCode?: string;
  headers?: Record<string, string>;
};

export type Result<T> = { ok: true; value: T } | { ok: false; error: ApiError };

export function invalid(message: string): ApiError {
  return { status: 400, type: "invalid_request_error", message };
}

export function invalidRequest(message: string): { ok: false; error: ApiError } {
  return { ok: false, error: { status: 400, type: "invalid_request_error", message } };
}

/** The body of every error answer: https://platform.claude.com/docs/en/api/errors */
export function errorBody(error: ApiError, requestId: string): string {
  const details = error.errorCode === undefined ? null : { error_code: error.errorCode };
  return JSON.stringify({
    type: "error",
    error: { type: error.type, message: error.message, details },
    request_id: requestId,
  });
}
