import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type AccessLogin, createAccessSimulator, type OddLogin } from "../../../simulators/cloudflare/access.ts";
import { AUDIENCE, createConsoleDoor, FIRST_TOKEN } from "../../helpers/console-door.ts";
import { failing } from "../../helpers/d1.ts";

const FIRST = "3f0c1d52-first-admin";
const DANA: AccessLogin = { subject: "7335d417-dana" };
const ROBOT: AccessLogin = { service: "robot.access" };
const team = createAccessSimulator({ audience: AUDIENCE });
await team.listen();
afterAll(() => team.close());

let door = createConsoleDoor({ access: team, firstAdmin: FIRST });
beforeEach(() => {
  team.setAway(false);
  door = createConsoleDoor({ access: team, firstAdmin: FIRST });
});
const login = (who: AccessLogin, odd: OddLogin = {}): string => team.login(who, door.clock.now, odd);
const seconds = (): number => Math.floor(door.clock.now / 1000);
const add = (body: object) => door.call("/api/people", { login: login({ subject: FIRST }), body });

describe("a login of Cloudflare Access", () => {
  it("names a person by its subject, whose roles D1 has", async () => {
    expect((await add({ name: "Dana", roles: ["approver"], subject: "7335d417-dana" })).status).toBe(200);
    expect((await door.call("/api/me", { login: login(DANA) })).json).toMatchObject({
      name: "Dana",
      human: true,
      roles: ["approver"],
    });
  });

  it.each<[string, OddLogin | (() => OddLogin), string]>([
    ["has expired", () => ({ claims: { exp: seconds() - 120 } }), "has expired. Log in to Cloudflare Access again."],
    ["is not valid yet", () => ({ claims: { nbf: seconds() + 3_600 } }), "not valid yet"],
    ["never expires", { claims: { exp: undefined } }, "not whole"],
    ["is for another application", { claims: { aud: ["b".repeat(64)] } }, "for another application"],
    ["is for nothing", { claims: { aud: undefined } }, "for another application"],
    ["is of another team", { claims: { iss: "https://other.cloudflareaccess.com" } }, "of another team"],
    ["is signed by another team's key", { isForeign: true }, "not signed by the keys of this deployment's team"],
    ["names a key that the team has not", { kid: "77" }, "not signed by the keys of this deployment's team"],
    ["is not signed at all", { algorithm: "none" }, "not signed as Cloudflare Access signs"],
    ["is signed by the team's key in another way", { algorithm: "RS512" }, "not signed as Cloudflare Access signs"],
    ["is signed with the public key as a secret", { algorithm: "HS256" }, "not signed as Cloudflare Access signs"],
    ["names nobody", { claims: { sub: "" } }, "names neither a person nor a service token"],
    ["has a subject with a line break", { claims: { sub: "a\nb" } }, "names neither a person nor a service token"],
  ])("that %s is a 401 that says so, and nothing of it is in the answer", async (_what, odd, says) => {
    const jwt = login({ subject: FIRST }, typeof odd === "function" ? odd() : odd);
    const { status, json, text } = await door.call("/api/me", { login: jwt });
    expect([status, json.detail]).toEqual([401, expect.stringContaining(says)]);
    for (const part of [...jwt.split(".").filter((one) => one !== ""), FIRST]) expect(text).not.toContain(part);
  });

  it.each(["", "x", "a.b.c", `${"x".repeat(20_000)}.y.z`])("that is none is a 401: %j", async (jwt) => {
    expect((await door.call("/api/me", { login: jwt })).status).toBe(401);
  });

  it("may be a clock's half minute away", async () => {
    const odd = { claims: { exp: seconds() - 20, nbf: seconds() + 20 } };
    expect((await door.call("/api/me", { login: login({ subject: FIRST }, odd) })).status).toBe(200);
  });

  it("is the only way in: a token counts for nothing there", async () => {
    const { status, json } = await door.call("/api/me", { token: FIRST_TOKEN });
    expect([status, json.detail]).toEqual([401, expect.stringContaining("through Cloudflare Access")]);
  });

  it("under a subject that nobody has added is a 403 that shows it, and what an admin must run", async () => {
    const { status, json } = await door.call("/api/totals", { login: login(DANA) });
    expect(status).toBe(403);
    expect(json.detail).toContain("npx countersign people add NAME --role viewer --subject 7335d417-dana");
    expect(json.detail).toContain("FIRST_ADMIN");
  });
});

describe("the first admin of the configuration", () => {
  it("works while D1 is away, and is no approver", async () => {
    door.through(failing(door.database, () => true, "before"));
    const { json } = await door.call("/api/me", { login: login({ subject: FIRST }) });
    expect(json.roles).toEqual(["admin", "reviewer", "operator"]);
    expect((await door.call("/api/me", { login: login(DANA) })).status).toBe(503);
  });

  it("has the id that they would have as anybody, so that whom they added stays theirs", async () => {
    const { json: first } = await door.call("/api/me", { login: login({ subject: FIRST }) });
    const { json } = await add({ name: "Dana", roles: ["viewer"], subject: "7335d417-dana" });
    expect(json.person).toMatchObject({ vouchedBy: [first.id] });
    const later = createConsoleDoor({ access: team, firstAdmin: "somebody-else" });
    const added = await later.call("/api/people", {
      login: team.login({ subject: "somebody-else" }, later.clock.now),
      body: { name: "The first before", roles: ["viewer"], subject: FIRST },
    });
    expect(added.json.person).toMatchObject({ id: first.id });
  });

  it("is nobody where the configuration names none", async () => {
    const nobody = createConsoleDoor({ access: team });
    const answer = await nobody.call("/api/me", { login: team.login({ subject: "null" }, nobody.clock.now) });
    expect(answer.status).toBe(403);
  });

  it("is not added: the configuration names them", async () => {
    const { status, json } = await add({ name: "Fay", roles: ["approver"], subject: FIRST });
    expect([status, json.detail]).toEqual([409, expect.stringContaining("FIRST_ADMIN")]);
  });
});

describe("a service token", () => {
  it("that nobody has added is a 403 that names it", async () => {
    const { status, json } = await door.call("/api/totals", { login: login(ROBOT) });
    expect([status, json.detail]).toEqual([403, expect.stringContaining("--service robot.access")]);
  });

  it("may be added, and is no person", async () => {
    await add({ name: "robot", roles: ["operator"], service: "robot.access" });
    expect((await door.call("/api/me", { login: login(ROBOT) })).json).toMatchObject({ name: "robot", human: false });
  });

  it("is never an approver: neither added nor changed to one", async () => {
    const refused = { status: 400, json: { detail: expect.stringContaining("a service token never approves") } };
    expect(await add({ name: "robot", roles: ["approver"], service: "robot.access" })).toMatchObject(refused);
    const { json } = await add({ name: "robot", roles: ["viewer"], service: "robot.access" });
    const { id } = json.person as { id: string };
    expect(
      await door.call(`/api/people/${id}/change`, {
        login: login({ subject: FIRST }),
        body: { roles: ["viewer", "approver"] },
      }),
    ).toMatchObject(refused);
  });
});

describe("the keys of the team", () => {
  it("that cannot be fetched are a 503, never a 401: nothing is known of the login", async () => {
    team.setAway(true);
    const { status, json } = await door.call("/api/me", { login: login({ subject: FIRST }) });
    expect([status, json.detail]).toEqual([503, expect.stringContaining("keys of Cloudflare Access")]);
    team.setAway(false);
    expect((await door.call("/api/me", { login: login({ subject: FIRST }) })).status).toBe(200);
  });

  it("are fetched once for many requests, and again for a key that is new", async () => {
    const before = team.fetched();
    for (let n = 0; n < 5; n++) await door.call("/api/me", { login: login({ subject: FIRST }) });
    expect(team.fetched()).toBe(before + 1);
    team.rotate();
    expect((await door.call("/api/me", { login: login({ subject: FIRST }) })).status).toBe(200);
    expect(team.fetched()).toBe(before + 2);
  });
});

describe("who is added by a subject", () => {
  it("is added once: the same subject again is a 409, under another name too", async () => {
    await add({ name: "Dana", roles: ["viewer"], subject: "7335d417-dana" });
    expect((await add({ name: "Dana D.", roles: ["viewer"], subject: "7335d417-dana" })).status).toBe(409);
  });

  it("and was revoked is out with the next request, and is the same person when added again", async () => {
    const { json } = await add({ name: "Dana", roles: ["operator"], subject: "7335d417-dana" });
    const { id } = json.person as { id: string };
    const jwt = login(DANA);
    expect((await door.call("/api/totals", { login: jwt })).status).toBe(200);
    await door.call(`/api/people/${id}/revoke`, { login: login({ subject: FIRST }), body: { reason: "left" } });
    const refused = await door.call("/api/totals", { login: jwt });
    expect([refused.status, refused.json.detail]).toEqual([403, expect.stringContaining("Dana was revoked on")]);
    const again = await add({ name: "Dana", roles: ["viewer"], subject: "7335d417-dana" });
    expect(again.json).toMatchObject({ result: "done", person: { id, revokedAt: null }, event: `act:${id}:3` });
    expect((await door.call("/api/totals", { login: jwt })).status).toBe(200);
  });

  it.each([
    [{ name: "Dana", roles: ["viewer"] }, "name the subject"],
    [{ name: "Dana", roles: ["viewer"], subject: "a", service: "b" }, "one of them"],
    [{ name: "Dana", roles: ["viewer"], subject: "a b" }, "subject"],
  ])("is named by one thing: %j", async (body, says) => {
    const { status, json } = await add(body);
    expect([status, json.detail]).toEqual([400, expect.stringContaining(says)]);
  });
});
