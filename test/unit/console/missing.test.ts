import { describe, expect, test } from "vitest";
import { ROUTES } from "../../../workers/console/routes/index.ts";
import { createConsoleDoor, FIRST_TOKEN } from "../../helpers/console-door.ts";

const NOWHERE = `case_${"e".repeat(32)}`;
const decision = { round: 1, proposal: "a".repeat(32) };
const overrides = { overrides: [] };
const EVENT = { id: "w-1", type: "invoice.payment_failed", occurredAt: "2026-11-02T09:00:00Z", mode: "test" };
/** What each route that names one thing is asked, beside its path. */
const BODIES: Record<string, unknown> = {
  "/api/cases/:id/approve": { ...decision, ...overrides },
  "/api/cases/:id/deny": { ...decision, code: "not_entitled" },
  "/api/cases/:id/close": { ...decision, code: "nothing_to_do" },
  "/api/cases/:id/assign": {},
  "/api/cases/:id/note": { text: "seen" },
  "/api/cases/:id/ask": { text: "which?" },
  "/api/cases/:id/answer": { text: "this" },
  "/api/cases/:id/snooze": { until: 1_792_746_100_000 },
  "/api/cases/:id/link": { other: `case_${"d".repeat(32)}` },
  "/api/cases/:id/hold": { reason: "odd" },
  "/api/people/:id/change": { roles: ["viewer"] },
  "/api/people/:id/revoke": {},
};
/** Those that name it in their body or query. */
const OTHERS: [path: string, body?: unknown][] = [
  ["/api/dead-letters/edit", { id: `dl_${"e".repeat(32)}`, event: EVENT }],
  ["/api/redact", { id: NOWHERE }],
  [`/api/find?id=${NOWHERE}`],
  [`/api/policy?version=${"e".repeat(32)}`],
  [`/api/policy/diff?version=${"e".repeat(32)}`],
  ["/api/policy/publish", { version: "e".repeat(32) }],
  ["/api/policy/rollback", { version: "e".repeat(32) }],
];

describe("what there is not", () => {
  const door = createConsoleDoor();
  const named = ROUTES.filter(({ path }) => path.includes("/:"));
  const paths = [...new Set(named.map(({ path }) => path))];

  test("is asked of every route that names something in its path", () => {
    const posts = named.filter(({ method }) => method === "POST").map(({ path }) => path);
    expect(posts.filter((path) => BODIES[path] === undefined)).toEqual([]);
  });

  test.each([...paths.map((path): [string, unknown] => [path, BODIES[path]]), ...OTHERS])(
    "%s: 404 says which one",
    async (path, body) => {
      const { token } = await door.add(`Ann ${path}`.slice(0, 60), ["approver", "reviewer", "operator", "viewer"]);
      const isAdmins = path.startsWith("/api/people") || path.startsWith("/api/redact");
      const id = path.startsWith("/api/people") ? "person_nobody" : path.startsWith("/api/audit") ? "4711" : NOWHERE;
      const asked = path.replace(/:n\{[^}]*\}+|:id(?:\{\.\+\})?/, id);
      const { status, json } = await door.call(asked, { token: isAdmins ? FIRST_TOKEN : token, body });
      expect([status, json.detail]).toEqual([404, expect.stringMatching(new RegExp(`${id}|[de]{32}`))]);
      if (json.detail.startsWith("There is no ")) expect(json.detail).toContain("npx countersign ");
    },
  );

  test("an id that is very long is cut", async () => {
    const { status, json } = await door.call(`/api/cases/${"x".repeat(260)}`, { token: FIRST_TOKEN });
    expect(status).toBe(404);
    expect(json.detail).not.toContain("x".repeat(201));
  });
});
