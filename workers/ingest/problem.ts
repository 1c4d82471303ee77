import type { Problem, Receipt } from "../../shared/contracts/http.ts";

const TITLES = {
  400: "The request is not usable",
  401: "The caller is not known",
  404: "There is no such thing",
  405: "The method does not fit",
  413: "The body is too large",
  415: "The media type is not understood",
  422: "The idempotency key was used for another request",
  500: "Something of ours broke",
  503: "The ledger does not answer",
} as const;
export type ProblemStatus = keyof typeof TITLES;

/** RFC 9457. `detail` says what to do, and never repeats a secret; `receipt` goes beside it as extension members. */
export function problem(
  status: ProblemStatus,
  detail: string,
  headers: Record<string, string> = {},
  receipt: Receipt | null = null,
): Response {
  const body: Problem = { type: "about:blank", title: TITLES[status], status, detail, ...receipt };
  return Response.json(body, { status, headers: { ...headers, "content-type": "application/problem+json" } });
}

export const RETRY_AFTER_SECONDS = 5;

export function unavailable(): Response {
  return problem(503, "Nothing was accepted. Send it again in a few seconds; what was stored before is recognised.", {
    "retry-after": String(RETRY_AFTER_SECONDS),
  });
}
