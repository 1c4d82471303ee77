import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { mayAct, type Person, type PersonClaims, ROLES, type Role } from "../../../shared/contracts/people.ts";
import { identityOfService, putPerson } from "../../../shared/records/people.ts";
import { createAccessSimulator, type OddLogin } from "../../../simulators/cloudflare/access.ts";
import { rolesPage } from "../../../tools/roles-page.ts";
import type { AnyRoute } from "../../../workers/console/route.ts";
import { ROUTES } from "../../../workers/console/routes/index.ts";
import { AUDIENCE, createConsoleDoor, FIRST_TOKEN } from "../../helpers/console-door.ts";

const team = createAccessSimulator({ audience: AUDIENCE });
await team.listen();
afterAll(() => team.close());

/** Somebody of each role, and of none but each pair that a person is likely to have. */
const door = createConsoleDoor();
const tokens = new Map<Role, string>();
for (const role of ROLES) tokens.set(role, (await door.add(`Of ${role}`, [role])).token);

const named = ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);
/** An address that the route answers, of things that are not there. */
const addressOf = ({ path }: AnyRoute): string => path.replace(/:\w+(?:\{[^}]*\})?/g, "nothing_0");
/** A body that no route takes, so that nobody who may act does anything here. */
const asked = (route: AnyRoute) => (route.method === "POST" ? { body: { nothing: true } } : {});
const FIRST: Pick<Person, "roles" | "human"> = { roles: ["admin", "reviewer", "operator"], human: true };

describe("every route with every role", () => {
  it.each(named)("%s is open to the roles of the table, and closed to the others", async (_name, route) => {
    for (const role of ROLES) {
      const { status, json } = await door.call(addressOf(route), { token: tokens.get(role) ?? "", ...asked(route) });
      expect([401, 405], role).not.toContain(status);
      expect(status === 403, role).toBe(!mayAct({ roles: [role], human: true }, route.role));
      if (status === 403) expect(json.detail).toContain(`lacks the role ${route.role}`);
    }
    const { status } = await door.call(addressOf(route), { token: FIRST_TOKEN, ...asked(route) });
    expect(status === 403, "the first admin").toBe(!mayAct(FIRST, route.role));
  });

  it.each(named)("%s is a 401 without a token, and with a wrong one", async (_name, route) => {
    for (const sent of [{}, { token: "wrong" }, { token: `person_token_${"A".repeat(32)}` }]) {
      expect((await door.call(addressOf(route), { ...sent, ...asked(route) })).status).toBe(401);
    }
  });
});

/** A login that a browser sends by itself must not act for a page of somebody else's. */
describe("every route that changes something, asked by a page of another address,", () => {
  const posts = named.filter(([, { method }]) => method !== "GET");
  it.each(posts)("%s is refused, whoever is logged in", async (_name, route) => {
    const token = tokens.get("admin") ?? "";
    for (const from of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://elsewhere.example" },
      { origin: "null" },
    ]) {
      const { status, json } = await door.call(addressOf(route), { token, from, ...asked(route) });
      expect(status).toBe(403);
      expect(json.detail).toContain("a page of another address");
    }
  });

  it("is answered to the console's own page, and to programs, which say nothing of it", async () => {
    const body = { scope: "all", reason: "an exercise" };
    const token = tokens.get("operator") ?? "";
    for (const from of [
      {},
      { "sec-fetch-site": "same-origin", origin: "http://console" },
      { "sec-fetch-site": "none" },
    ])
      expect((await door.call("/api/holds", { token, from, body })).status).toBe(200);
    expect((await door.call("/api/holds", { token, from: { "sec-fetch-site": "cross-site" } })).status).toBe(200);
  });
});

describe("every route behind Cloudflare Access", async () => {
  const FIRST_ADMIN = "the-first";
  const behind = createConsoleDoor({ access: team, firstAdmin: FIRST_ADMIN });
  const now = behind.clock.now;
  const ODD: [string, OddLogin][] = [
    ["an expired login", { claims: { exp: Math.floor(now / 1000) - 120 } }],
    ["a login for another application", { claims: { aud: ["b".repeat(64)] } }],
    ["a login of another team", { isForeign: true }],
    ["an unsigned login", { algorithm: "none" }],
  ];
  // As no admin could add it: the role alone must not be enough.
  const robot: PersonClaims = {
    id: `person_${"5".repeat(32)}`,
    name: "robot",
    human: false,
    identity: identityOfService("robot.access"),
    roles: [...ROLES],
    vouchedBy: ["person_first"],
    acts: 1,
    addedAt: 1,
    revokedAt: null,
  };
  await putPerson(behind.database, { ...robot, proof: await behind.proofs.prove(robot) });

  it.each(named)("%s is closed to logins that do not hold", async (_name, route) => {
    for (const [what, odd] of ODD) {
      const login = team.login({ subject: FIRST_ADMIN }, now, odd);
      expect((await behind.call(addressOf(route), { login, ...asked(route) })).status, what).toBe(401);
    }
  });

  it.each(named)("%s is a 403 for a subject and a service token that nobody has added", async (_name, route) => {
    for (const who of [{ subject: "stranger" }, { service: "stranger.access" }]) {
      const { status, json } = await behind.call(addressOf(route), { login: team.login(who, now), ...asked(route) });
      expect([status, json.detail]).toEqual([403, expect.stringContaining("stranger")]);
    }
  });

  it.each(named)("%s is never approved by a service token, whatever roles its row has", async (_name, route) => {
    const login = team.login({ service: "robot.access" }, now);
    const { status, json } = await behind.call(addressOf(route), { login, ...asked(route) });
    expect(status === 403).toBe(route.role === "approver");
    if (status === 403) expect(json.detail).toContain("is a service token, and those never approve");
  });
});

describe("the table of routes", () => {
  it("has each address once for a method", () => {
    expect(new Set(named.map(([name]) => name)).size).toBe(named.length);
  });

  it("lets nobody change anything who may only read, but where the published policy says who may", () => {
    const open = ROUTES.filter(({ method, role }) => method === "POST" && role === "viewer").map(({ path }) => path);
    expect(open).toEqual(["/api/policy/draft", "/api/policy/publish", "/api/policy/rollback"]);
  });

  it("is what docs/roles.md says: node tools/roles-page.ts writes it", () => {
    expect(readFileSync(join(import.meta.dirname, "../../../docs/roles.md"), "utf8")).toBe(rolesPage());
  });
});

describe("what a role includes", () => {
  it("is reading for all, and approving for approvers alone", () => {
    for (const role of ROLES) expect(mayAct({ roles: [role], human: true }, "viewer"), role).toBe(true);
    for (const role of ROLES)
      expect(mayAct({ roles: [role], human: true }, "approver"), role).toBe(role === "approver");
    expect(mayAct(FIRST, "approver")).toBe(false);
    expect(mayAct({ roles: [...ROLES], human: false }, "approver")).toBe(false);
  });
});
