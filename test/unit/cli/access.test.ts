import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callConsole, consoleTarget } from "../../../cli/client.ts";

const TOKEN = { CF_ACCESS_CLIENT_ID: "an-id.access", CF_ACCESS_CLIENT_SECRET: "its-secret" };
let url: string;
let seen: IncomingHttpHeaders[] = [];
/** What Cloudflare Access does: it lets a service token in, and sends everybody else to its login. */
const server = createServer((request, response) => {
  seen.push(request.headers);
  if (request.headers.authorization?.startsWith("Bearer person_token_")) {
    response.writeHead(401, { "content-type": "application/problem+json" });
    return void response.end(JSON.stringify({ detail: "Nobody has this token: it was replaced." }));
  }
  if (request.url === "/login") return void response.end("<h1>Log in</h1>");
  if (request.headers["cf-access-client-secret"] === TOKEN.CF_ACCESS_CLIENT_SECRET) return void response.end("{}");
  response.writeHead(302, { location: `${url}/login` }).end();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen = [];
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe("a console behind Cloudflare Access", () => {
  it("is reached with a service token from the environment", async () => {
    const target = consoleTarget({ COUNTERSIGN_CONSOLE_URL: url, CONSOLE_TOKEN: "c", ...TOKEN });
    expect(await callConsole(target, "GET /api/totals", {})).toEqual({});
    expect(seen[0]).toMatchObject({ authorization: "Bearer c", "cf-access-client-id": "an-id.access" });
  });

  it("is reached with a person's login alone, and no token is sent: there may be none", async () => {
    const target = consoleTarget({ COUNTERSIGN_CONSOLE_URL: `${url}/`, CF_ACCESS_TOKEN: "a-login" });
    expect(target).toEqual({ url, key: "", headers: { "cf-access-token": "a-login" } });
    await callConsole(target, "GET /api/totals", {}).catch(() => undefined);
    expect(seen[0]).toMatchObject({ "cf-access-token": "a-login" });
    expect(seen[0]).not.toHaveProperty("authorization");
    const service = consoleTarget({ COUNTERSIGN_CONSOLE_URL: url, ...TOKEN });
    expect(await callConsole(service, "GET /api/totals", {})).toEqual({});
  });

  it("is said to be behind a login without one; the login is not asked, and gets no token", async () => {
    const target = consoleTarget({ COUNTERSIGN_CONSOLE_URL: url, CONSOLE_TOKEN: "c" });
    await expect(callConsole(target, "GET /api/totals", {})).rejects.toThrow(/behind a login.*CF_ACCESS_CLIENT_ID/);
    expect(seen).toHaveLength(1);
  });
});

describe("a person's token that nobody has any more", () => {
  it("is told about in the console's words alone: what the stack was started with helps nobody", async () => {
    const target = consoleTarget({ COUNTERSIGN_CONSOLE_URL: url, CONSOLE_TOKEN: "person_token_old" });
    const refused = callConsole(target, "GET /api/totals", {});
    await expect(refused).rejects.toThrow(/^Nobody has this token: it was replaced\.$/);
  });
});

describe("the service token", () => {
  it("is sent to no address but one from the environment, and never in half", () => {
    const env = { CONSOLE_TOKEN: "c", COUNTERSIGN_CONSOLE_URL: url };
    expect(consoleTarget({ ...env, CF_ACCESS_CLIENT_ID: "an-id.access" })).not.toHaveProperty("headers");
    expect(() => consoleTarget({ CF_ACCESS_TOKEN: "a-login", STATE_DIR: "/nowhere" })).toThrow("nothing is running");
    expect(() => consoleTarget({ COUNTERSIGN_CONSOLE_URL: "http://example.com", CF_ACCESS_TOKEN: "l" })).toThrow(
      "COUNTERSIGN_CONSOLE_URL must begin with https://",
    );
    expect(() => consoleTarget({ CONSOLE_TOKEN: "c", STATE_DIR: "/nowhere", ...TOKEN })).toThrow("nothing is running");
  });
});
