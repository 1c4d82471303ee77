import type { CutReceipt, Problem } from "../contracts/http.ts";

/** The error statuses that we answer, each with its reason phrase (RFC 9110, section 15). */
const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;
export type ProblemStatus = keyof typeof TITLES;

/** An RFC 9457 response. `detail` says what to do and never repeats a secret; `receipt` becomes extension members. */
export function problem(
  status: ProblemStatus,
  detail: string,
  headers: Record<string, string> = {},
  receipt: CutReceipt | null = null,
): Response {
  const body: Problem = { type: "about:blank", title: TITLES[status], status, detail, ...receipt };
  return Response.json(body, { status, headers: { ...headers, "content-type": "application/problem+json" } });
}
