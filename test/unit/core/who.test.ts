import { describe, expect, it } from "vitest";
import { whoOf } from "../../../shared/core/who.ts";

const ACCESS = { ACCESS_TEAM_DOMAIN: "example.cloudflareaccess.com", ACCESS_AUDIENCE: "a".repeat(64) };
const TOKEN = { CONSOLE_TOKEN: "t".repeat(32) };
const complaint = (env: object): string => {
  const who = whoOf(env);
  return who.ok ? "" : who.error;
};

describe("who says who somebody is", () => {
  it("is Cloudflare Access, with the team's address as the issuer", () => {
    const value = { kind: "access", issuer: "https://example.cloudflareaccess.com", audience: "a".repeat(64) };
    expect(whoOf(ACCESS)).toEqual({ ok: true, value: { ...value, first: null } });
    expect(whoOf({ ...ACCESS, FIRST_ADMIN: " a-subject ", CONSOLE_TOKEN: "" })).toEqual({
      ok: true,
      value: { ...value, first: "a-subject" },
    });
  });

  it("is the console's token where there is no Access", () => {
    expect(whoOf({ ...TOKEN, FIRST_ADMIN: "local admin", ACCESS_AUDIENCE: " " })).toEqual({
      ok: true,
      value: { kind: "local", tokens: ["t".repeat(32)], first: "local admin" },
    });
  });

  it("is never both: which variables, and how one is taken away", () => {
    for (const access of [ACCESS, { ACCESS_AUDIENCE: ACCESS.ACCESS_AUDIENCE }, { ACCESS_TEAM_DOMAIN: "x" }])
      expect(complaint({ ...access, ...TOKEN })).toMatch(
        /CONSOLE_TOKEN.*ACCESS_TEAM_DOMAIN.*never both.*secret delete/,
      );
  });

  it("is never nobody", () => {
    expect(complaint({})).toMatch(/ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE.*CONSOLE_TOKEN/);
    expect(complaint({ FIRST_ADMIN: "x", CONSOLE_TOKEN: "  " })).not.toBe("");
  });

  it.each<[object, string]>([
    [{ ACCESS_TEAM_DOMAIN: ACCESS.ACCESS_TEAM_DOMAIN }, "ACCESS_AUDIENCE is not set"],
    [{ ACCESS_AUDIENCE: ACCESS.ACCESS_AUDIENCE }, "ACCESS_TEAM_DOMAIN is not set"],
    [{ ...ACCESS, ACCESS_AUDIENCE: "my-app" }, "ACCESS_AUDIENCE must be"],
    [{ ...ACCESS, ACCESS_TEAM_DOMAIN: "http://example.com" }, "ACCESS_TEAM_DOMAIN must be"],
    [{ ...ACCESS, ACCESS_TEAM_DOMAIN: "example.com/path" }, "ACCESS_TEAM_DOMAIN must be"],
    [{ CONSOLE_TOKEN: "tiny" }, "CONSOLE_TOKEN has fewer than 32 characters"],
  ])("is not half said: %j", (env, says) => {
    expect(complaint(env)).toContain(says);
    expect(complaint(env)).not.toContain("tiny");
  });
});
