import { STATUS_CODES } from "node:http";
import { expect, it } from "vitest";
import { type ProblemStatus, problem } from "../../../shared/http/problem.ts";

/** Node still writes the phrases of RFC 7231 and RFC 4918 where RFC 9110 has newer ones. */
const RENAMED: Partial<Record<ProblemStatus, string>> = { 413: "Content Too Large", 422: "Unprocessable Content" };

it.each([400, 401, 404, 405, 413, 415, 422, 500, 503] as const)(
  "a problem of status %i has the standard title of it, and says what to do",
  async (status) => {
    const response = problem(status, "Do this.", { allow: "GET" });
    expect([response.status, response.headers.get("allow")]).toEqual([status, "GET"]);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: RENAMED[status] ?? STATUS_CODES[status],
      status,
      detail: "Do this.",
    });
  },
);

it("has the counts of what was taken in beside it as extension members", async () => {
  const receipt = { accepted: 2, duplicates: 1, conflicts: 0, rejected: { count: 0, lines: [] } };
  expect(await problem(400, "Send it again.", {}, receipt).json()).toMatchObject({ title: "Bad Request", ...receipt });
});
