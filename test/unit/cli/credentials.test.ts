import { describe, expect, it } from "vitest";
import { describeCredentials, readCredentials, shorten } from "../../../cli/credentials.ts";

describe("what start reads from the environment", () => {
  it("uses the stand-ins when nothing is set, or set to nothing", () => {
    expect(readCredentials({})).toEqual({ claude: { standIn: true }, stripe: { standIn: true }, keys: {} });
    const empty = { ANTHROPIC_API_KEY: "", STRIPE_SECRET_KEY: " ", INGEST_KEY: "", STRIPE_API_BASE: "" };
    expect(readCredentials(empty)).toEqual(readCredentials({}));
  });

  it("takes a base URL alone", () => {
    const { claude, stripe } = readCredentials({
      ANTHROPIC_BASE_URL: "http://127.0.0.1:9/",
      STRIPE_API_BASE: "http://127.0.0.1:8",
    });
    expect(claude).toMatchObject({ standIn: false, baseUrl: "http://127.0.0.1:9" });
    expect(stripe).toMatchObject({ standIn: false, baseUrl: "http://127.0.0.1:8" });
  });

  it("goes to the real service when only a key is set", () => {
    expect(readCredentials({ ANTHROPIC_API_KEY: "given-key-of-a-test" }).claude).toEqual({
      standIn: false,
      baseUrl: null,
      key: "given-key-of-a-test",
    });
  });

  it.each(["STRIPE_SECRET_KEY", "STRIPE_READ_KEY"])("refuses a live key in %s unless it is allowed", (name) => {
    const env = { STRIPE_SECRET_KEY: "sk_test_x", [name]: "rk_live_x" };
    expect(() => readCredentials(env)).toThrow(`${name} is a live key`);
    expect(() => readCredentials({ ...env, ALLOW_LIVE: "0" })).toThrow("ALLOW_LIVE=1");
    expect(readCredentials({ ...env, ALLOW_LIVE: "1" }).stripe.standIn).toBe(false);
  });

  it("refuses a base URL that is none", () => {
    expect(() => readCredentials({ STRIPE_API_BASE: "api.example.com" })).toThrow("STRIPE_API_BASE must be a URL");
    expect(() => readCredentials({ ANTHROPIC_BASE_URL: "file:///etc/passwd" })).toThrow("ANTHROPIC_BASE_URL");
  });

  it("takes the keys of callers, and no others", () => {
    const env = {
      INGEST_KEY: "i",
      READ_KEY: "r",
      CONSOLE_TOKEN: "c",
      STRIPE_WEBHOOK_SECRET: "a,b",
      GRANT_SIGNING_KEY: "g",
    };
    const { GRANT_SIGNING_KEY: _, ...taken } = env;
    expect(readCredentials(env).keys).toEqual(taken);
  });
});

describe("what start says of credentials", () => {
  const secret = "sk_test_0123456789abcdefghij";
  const spoken = (env: Record<string, string>) => describeCredentials(readCredentials(env)).join("\n");

  it("never shows one whole", () => {
    const env = {
      STRIPE_SECRET_KEY: secret,
      ANTHROPIC_API_KEY: "short",
      INGEST_KEY: "another secret of a test",
      ANTHROPIC_BASE_URL: "https://user:hidden@example.com/v1?key=hidden",
    };
    const said = spoken(env);
    for (const value of [secret, "short", "another secret of a test", "hidden"]) expect(said).not.toContain(value);
    expect(said).toContain("INGEST_KEY from the environment");
    expect(said).toContain("https://example.com/v1");
  });

  it("names a stand-in as one, and a key that is missing as missing", () => {
    expect(spoken({})).toMatch(/Claude +a built-in stand-in/);
    expect(spoken({ STRIPE_API_BASE: "http://127.0.0.1:8" })).toContain("STRIPE_SECRET_KEY is not set");
  });

  it("leaves a short secret out altogether", () => {
    expect(shorten("123456789012345")).toBe("(set)");
    expect(shorten(secret)).toBe("sk_test_…ghij");
  });
});
