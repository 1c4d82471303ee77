import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateApprovalPair } from "../../cli/stack/keys.ts";
import { createAccessSimulator, type OddLogin } from "../../simulators/cloudflare/access.ts";
import { type Ran, runFile } from "../helpers/program.ts";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

type Changed = { result: string; person: { id: string; name: string; roles: string[] }; token: string | null };

/** The command line of whoever has this token, from outside. */
const as = (system: TestStack, token: string, ...args: string[]): Promise<Ran> =>
  runFile("cli/index.ts", args, {
    env: { COUNTERSIGN_CONSOLE_URL: system.stack.consoleUrl, CONSOLE_TOKEN: token },
  });
const answerOf = <T>({ stdout, code }: Ran): T => {
  expect(code).toBe(0);
  return JSON.parse(stdout) as T;
};

describe("people with local tokens, on the real stack", () => {
  let system: TestStack;
  beforeAll(async () => {
    system = await bootStack({ consumers: "none" });
  });
  afterAll(async () => await system?.stop());
  const admin = (...args: string[]) => as(system, system.stack.keys.CONSOLE_TOKEN, ...args);

  it("are added by the admin that `npm start` has, do what their roles say, and are out once they are revoked", async () => {
    const dana = answerOf<Changed>(await admin("people", "add", "Dana", "--role", "operator", "--json"));
    const eli = answerOf<Changed>(await admin("people", "add", "Eli", "--role", "reviewer,approver", "--json"));
    const [danas, elis] = [dana.token ?? "", eli.token ?? ""];
    expect(eli.person.roles).toEqual(["reviewer", "approver"]);

    const held = await as(system, danas, "holds", "add", "--customer", "cus_1", "--reason", "an incident", "--json");
    expect(answerOf(held)).toMatchObject({ result: "held" });
    const refused = await as(system, elis, "holds", "add", "--all", "--reason", "an incident");
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("Eli lacks the role operator");
    expect((await as(system, elis, "people", "add", "Eve", "--role", "admin")).stderr).toContain(
      "lacks the role admin",
    );

    const shown = await admin("people", "list");
    expect(shown.stdout).toMatch(/local admin +person_first +admin, reviewer, operator/);
    expect(shown.stdout).toMatch(/Dana +person_[0-9a-f]{32} +operator/);
    expect(shown.stdout).not.toContain(danas);

    expect((await admin("people", "change", "Eli", "--role", "viewer,operator")).stdout).toContain(
      "is viewer, operator",
    );
    expect((await as(system, elis, "holds", "add", "--all", "--reason", "x")).code).toBe(0);
    expect((await admin("people", "revoke", "Eli", "--reason", "left")).stdout).toContain("is revoked");
    const out = await as(system, elis, "totals");
    expect(out.stderr).toMatch(/Eli was revoked on \d{4}-\d\d-\d\d/);
    expect((await as(system, danas, "totals")).code).toBe(0);

    const trace = await system.console.trace(`act:${eli.person.id}:3`);
    expect(trace).toMatchObject({
      terminal: true,
      event: { event: { act: { what: "people.revoke", by: { id: "person_first", name: "local admin" } } } },
    });
  });

  it("lose an old token with a new one, and nobody changes themselves", async () => {
    const ada = answerOf<Changed>(await admin("people", "add", "Ada", "--role", "admin", "--json"));
    const self = await as(system, ada.token ?? "", "people", "change", "Ada", "--role", "admin,approver");
    expect(self.stderr).toContain("another admin must do it");
    const changed = answerOf<Changed>(await admin("people", "change", "Ada", "--new-token", "--json"));
    expect((await as(system, ada.token ?? "", "totals")).code).not.toBe(0);
    expect((await as(system, changed.token ?? "", "totals")).code).toBe(0);
    const last = await as(system, changed.token ?? "", "people", "revoke", "person_first");
    expect(last.stderr).toContain("FIRST_ADMIN");
  });
});

describe("people behind Cloudflare Access, on the real runtime", () => {
  const AUDIENCE = "a".repeat(64);
  const team = createAccessSimulator({ audience: AUDIENCE });
  const stateDir = makeStateDir();
  let system: TestStack;
  beforeAll(async () => {
    const issuer = await team.listen();
    system = await bootStack({
      stateDir,
      consumers: "none",
      varsByWorker: {
        "countersign-console": { ACCESS_TEAM_DOMAIN: issuer, ACCESS_AUDIENCE: AUDIENCE, FIRST_ADMIN: "the-first" },
      },
    });
  });
  afterAll(async () => {
    await system?.stop();
    await team.close();
    removeStateDir(stateDir);
  });

  async function ask(path: string, login: string | null, body?: object): Promise<{ status: number; detail: string }> {
    const response = await fetch(`${system.stack.consoleUrl}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${system.stack.keys.CONSOLE_TOKEN}`,
        ...(login === null ? {} : { "cf-access-jwt-assertion": login }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { detail = "" } = (await response.json()) as { detail?: string };
    return { status: response.status, detail };
  }
  const login = (subject: string, odd: OddLogin = {}): string => team.login({ subject }, Date.now(), odd);

  it("are those whose login the team's keys have signed, and whom an admin has added", async () => {
    team.setAway(true);
    expect((await ask("/api/me", login("the-first"))).status).toBe(503);
    team.setAway(false);
    expect((await ask("/api/me", null)).status).toBe(401);
    expect((await ask("/api/me", login("the-first"))).status).toBe(200);
    const hour = Math.floor(Date.now() / 1000) - 3_600;
    for (const odd of [{ claims: { exp: hour } }, { isForeign: true }, { algorithm: "none" } as const])
      expect((await ask("/api/me", login("the-first", odd))).status).toBe(401);

    expect(await ask("/api/me", login("dana"))).toMatchObject({
      status: 403,
      detail: expect.stringContaining("--subject dana"),
    });
    const added = { name: "Dana", roles: ["viewer"], subject: "dana" };
    expect((await ask("/api/people", login("the-first"), added)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask("/api/totals", login("dana"))));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  });
});

it("a console that would know nobody, or by two ways, or not its own key, does not boot and says which variables", async () => {
  const stateDir = makeStateDir();
  const boot = (own: Record<string, string>) =>
    bootStack({ stateDir, consumers: "none", varsByWorker: { "countersign-console": own } });
  const saidBy = async (own: Record<string, string>): Promise<string> => {
    const system = await boot(own);
    try {
      expect((await fetch(`${system.stack.consoleUrl}/healthz`)).status).toBe(503);
      const said = async (): Promise<string> => system.logs.map(({ message }) => message).join("\n");
      return await waitFor("the console to say why", said, (log) => log.includes("console.misconfigured"), 20_000);
    } finally {
      await system.stop();
    }
  };
  try {
    expect(await saidBy({ CONSOLE_TOKEN: "" })).toMatch(/console\.misconfigured.*ACCESS_TEAM_DOMAIN.*CONSOLE_TOKEN/);
    const both = { ACCESS_TEAM_DOMAIN: "example.cloudflareaccess.com", CONSOLE_TOKEN: "t".repeat(32) };
    expect(await saidBy(both)).toMatch(/console\.misconfigured.*never both/);
    // Whom it proves itself, it would not let in.
    const { APPROVAL_PUBLIC_KEYS } = generateApprovalPair("another");
    expect(await saidBy({ APPROVAL_PUBLIC_KEYS })).toMatch(
      /console\.misconfigured.*APPROVAL_PUBLIC_KEYS lacks the key/,
    );
  } finally {
    removeStateDir(stateDir);
  }
});
