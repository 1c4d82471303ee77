/** What is sent as a body: too much of it, in another form, or by a way around the routes. Nothing of it is stored. */
import { describe, expect, it } from "vitest";
import { ROLES } from "../../../shared/contracts/people.ts";
import type { AnyRoute } from "../../../workers/console/route.ts";
import { ROUTES } from "../../../workers/console/routes/index.ts";
import { openFloor } from "../../helpers/console-floor.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

const floor = await openFloor([paymentOf({ customer: "cus_1" })]);
const { token } = await floor.add("Everything", ROLES);
const { id: caseId } = await floor.opens("Refund 42.50 USD of what was never captured, and 99 more.", {
  customer: "cus_1",
});
const posts = ROUTES.filter(({ method }) => method === "POST").map((route) => [route.path, route] as const);
const addressOf = ({ path }: AnyRoute): string =>
  path.startsWith("/api/cases/:id") ? path.replace(":id", caseId) : path.replace(/:\w+(?:\{[^}]*\})?/g, "person_first");
const MB = 1_048_576;

/** The whole of what is stored is as it was, whatever was answered. */
async function refused(route: AnyRoute, asked: Parameters<typeof floor.call>[1]) {
  const before = floor.stored();
  const answer = await floor.call(addressOf(route), { token, method: "POST", ...asked });
  expect(floor.stored() === before, "nothing is stored").toBe(true);
  return answer;
}

describe("a body of 1 MB", () => {
  it.each(posts)("to %s is refused with how much it may have, and nothing is stored", async (_path, route) => {
    for (const raw of ["a".repeat(MB), JSON.stringify({ reason: "a".repeat(MB), text: "a".repeat(MB) })]) {
      const { status, json } = await refused(route, { raw });
      // A document of policy may be larger than that, and is refused for what it is not.
      if (route.limit !== undefined && route.limit.maxBytes > MB) expect(status).toBe(400);
      else expect(status).toBe(413);
      expect(json.detail.length).toBeGreaterThan(20);
      expect(json.detail.length).toBeLessThan(2_000);
      expect(json.detail).toMatch(status === 413 ? /may have/ : /./);
    }
  });
});

describe("a body in another form", () => {
  const raw = JSON.stringify({ nothing: true });
  it.each(posts)("to %s that is compressed, or not UTF-8, is a 415 that says what to send", async (_path, route) => {
    for (const odd of [
      { headers: { "content-encoding": "gzip" } },
      { type: "application/json; charset=utf-16" },
      { type: "text/plain; charset=iso-8859-1" },
    ]) {
      const { status, json } = await refused(route, { raw, ...odd });
      expect([odd, status]).toEqual([odd, 415]);
      expect(json.detail).toContain("application/json");
    }
  });

  it.each(posts)(
    "to %s as a form of a page is a 400, whatever type it names, and nothing is done",
    async (_path, route) => {
      if (route.body === undefined) return;
      for (const [type, form] of [
        ["application/x-www-form-urlencoded", "scope=all&reason=why&text=words"],
        ["multipart/form-data; boundary=b", '--b\r\ncontent-disposition: form-data; name="text"\r\n\r\nwords\r\n--b--'],
        ["text/plain", "text=words"],
      ] as const)
        expect([type, (await refused(route, { raw: form, type })).status]).toEqual([type, 400]);
    },
  );

  it.each(posts)("to %s that is no JSON object is a 400, and nothing is done", async (_path, route) => {
    const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
    const deep = `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`;
    for (const raw of ["{", "[]", '"text"', "null", '{"__proto__":{"code":"noted"}}', deep, bytes]) {
      const { status, json } = await refused(route, { raw });
      if (route.body === undefined) continue;
      expect([raw.slice(0, 20), status]).toEqual([raw.slice(0, 20), 400]);
      expect(json.detail.length).toBeGreaterThan(5);
    }
  });
});

describe("a way around the routes", () => {
  it.each([
    "/%61pi/totals",
    "//api/totals",
    "/api/./totals",
    "/x/../api/totals",
    "/api%2Ftotals",
    "/API/totals",
    "/api/totals/",
  ])("%s is answered to nobody without a token", async (path) => {
    const { status } = await floor.call(path);
    expect([401, 404]).toContain(status);
  });

  it("by another method does nothing: what a route's POST does is done by POST alone", async () => {
    const before = floor.stored();
    for (const [, route] of posts)
      for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"])
        expect(
          (await floor.call(addressOf(route), { token, method, headers: { "x-http-method-override": "POST" } })).status,
        ).toBe(405);
    expect(floor.stored() === before).toBe(true);
  });

  it("by a case's id with a slash or a step back in it reaches no other route", async () => {
    const before = floor.stored();
    for (const id of [`${caseId}%2Fdeny`, "..%2Fholds", "%2e%2e/holds", `${caseId}%00`]) {
      const { status } = await floor.call(`/api/cases/${id}/note`, { token, body: { text: "words" } });
      expect([400, 404]).toContain(status);
    }
    expect(floor.stored() === before).toBe(true);
  });
});
