import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Problem } from "../../shared/contracts/http.ts";

/** RFC 9457. `detail` tells the caller what to do. */
export function problem(context: Context, status: ContentfulStatusCode, title: string, detail: string): Response {
  const body: Problem = { type: "about:blank", title, status, detail };
  return context.body(JSON.stringify(body), status, { "content-type": "application/problem+json" });
}
