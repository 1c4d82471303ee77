import { describe, expect, it } from "vitest";
import { describeCredentials, readCredentials, shorten } from "../../../cli/credentials.ts";

const REST = "0123456789abcdefghijklmn";
const WRITES = `sk_test_${REST}`;
const READS = `rk_test_${REST}`;
const CLAUDE = "given-key-of-a-test-of-a-whole-length";

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
    expect(readCredentials({ ANTHROPIC_API_KEY: CLAUDE }).claude).toEqual({
      standIn: false,
      baseUrl: null,
      key: CLAUDE,
    });
    expect(readCredentials({ STRIPE_SECRET_KEY: WRITES, STRIPE_READ_KEY: READS }).stripe).toEqual({
      standIn: false,
      baseUrl: null,
      key: WRITES,
      readKey: READS,
    });
  });

  it.each(["STRIPE_SECRET_KEY", "STRIPE_READ_KEY"])("refuses a live key in %s unless it is allowed", (name) => {
    const env = { STRIPE_SECRET_KEY: WRITES, STRIPE_READ_KEY: READS };
    const live = { STRIPE_SECRET_KEY: `sk_live_${REST}`, STRIPE_READ_KEY: `rk_live_${REST}` };
    for (const form of [
      `rk_live_${REST}`,
      `sk_live_${REST}`,
      `sk_org_live_${REST}`,
      ` SK_LIVE_${REST}`,
      `"rk_live_${REST}"`,
    ])
      for (const allow of ["", "0", "true", "yes", " 1", "1 ", "01"])
        expect(() => readCredentials({ ...env, [name]: form, ALLOW_LIVE: allow }), form).toThrow(
          `${name} is a live key`,
        );
    expect(() => readCredentials({ ...env, [name]: `rk_live_${REST}` })).toThrow("ALLOW_LIVE=1");
    expect(readCredentials({ ...live, ALLOW_LIVE: "1" }).stripe.standIn).toBe(false);
  });

  it("refuses a key whose mode nobody can say, with leave or without", () => {
    for (const STRIPE_SECRET_KEY of ["given-key-of-a-test", `sk_${REST}`, `pk_test_${REST}`, `whsec_${REST}`])
      for (const ALLOW_LIVE of ["", "1"])
        expect(
          () => readCredentials({ STRIPE_SECRET_KEY, STRIPE_READ_KEY: READS, ALLOW_LIVE }),
          STRIPE_SECRET_KEY,
        ).toThrow(/^STRIPE_SECRET_KEY (?:must begin with|is a publishable|is the secret of a webhook)/);
  });

  it("refuses one key for who decides and who moves money, restricted or not, and at a stand-in too", () => {
    const env = { STRIPE_SECRET_KEY: READS, STRIPE_READ_KEY: READS };
    for (const STRIPE_API_BASE of ["", "http://127.0.0.1:9"])
      expect(() => readCredentials({ ...env, STRIPE_API_BASE })).toThrow(
        /^STRIPE_SECRET_KEY and STRIPE_READ_KEY have a value in common(?!.*rk_test)/,
      );
  });

  it("refuses keys of two modes, also with leave", () => {
    const env = { STRIPE_SECRET_KEY: WRITES, STRIPE_READ_KEY: `rk_live_${REST}`, ALLOW_LIVE: "1" };
    expect(() => readCredentials(env)).toThrow("STRIPE_READ_KEY is a live key, and PROVIDER_MODE is not live");
  });

  it("asks for the key that only reads beside the one that moves money, and says how to make it", () => {
    expect(() => readCredentials({ STRIPE_SECRET_KEY: WRITES })).toThrow(
      /^STRIPE_READ_KEY is not set: a restricted key.*Create restricted key/,
    );
    expect(() => readCredentials({ STRIPE_READ_KEY: READS })).toThrow("STRIPE_SECRET_KEY is not set");
    expect(() => readCredentials({ STRIPE_API_BASE: "https://gateway.example.com" })).toThrow("is not set");
    expect(() => readCredentials({ STRIPE_SECRET_KEY: WRITES, STRIPE_READ_KEY: WRITES })).toThrow(
      "STRIPE_READ_KEY must be a restricted key",
    );
  });

  it("gives the classifier a restricted key at a server on this machine too", () => {
    const { stripe } = readCredentials({ STRIPE_SECRET_KEY: WRITES, STRIPE_API_BASE: "http://127.0.0.1:8" });
    expect(stripe).toMatchObject({ key: WRITES, readKey: expect.stringMatching(/^rk_test_read/) });
  });

  it("refuses a base URL that is none", () => {
    expect(() => readCredentials({ STRIPE_API_BASE: "api.example.com" })).toThrow("STRIPE_API_BASE must be a URL");
    expect(() => readCredentials({ ANTHROPIC_BASE_URL: "file:///etc/passwd" })).toThrow("ANTHROPIC_BASE_URL");
  });

  it.each(["STRIPE_API_BASE", "ANTHROPIC_BASE_URL"])("refuses http in %s, but for this machine", (name) => {
    for (const url of ["http://api.example.com", "http://localhost.evil.com", "http://0.0.0.0:1"])
      expect(() => readCredentials({ [name]: url }), url).toThrow(`${name} must begin with https://`);
    expect(() => readCredentials({ [name]: "http://localhost:8" })).not.toThrow();
  });

  it("takes the keys of callers, and no others", () => {
    const env = {
      INGEST_KEY: `${"i".repeat(32)}\n${"j".repeat(32)}`,
      READ_KEY: "r".repeat(32),
      CONSOLE_TOKEN: "c".repeat(32),
      STRIPE_WEBHOOK_SECRET: `whsec_${"a".repeat(32)},whsec_${"b".repeat(32)}`,
      GRANT_SIGNING_KEY: "g",
    };
    const { GRANT_SIGNING_KEY: _, ...taken } = env;
    expect(readCredentials(env).keys).toEqual(taken);
  });

  it.each([
    "INGEST_KEY",
    "READ_KEY",
    "CONSOLE_TOKEN",
    "CONTENT_HASH_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "ANTHROPIC_API_KEY",
  ])("refuses a %s that is too short before anything is started, and does not repeat it", (name) => {
    const read = () => readCredentials({ [name]: "whsec_tiny" });
    expect(read).toThrow(new RegExp(`^${name} (?:has fewer than|is too short)`));
    expect(read).toThrow(/^(?!.*tiny)/);
  });
});

describe("what start says of credentials", () => {
  const secret = "sk_test_0123456789abcdefghijABCDEFGHIJ";
  const spoken = (env: Record<string, string>) => describeCredentials(readCredentials(env)).join("\n");

  it("never shows one whole", () => {
    const env = {
      STRIPE_SECRET_KEY: secret,
      STRIPE_READ_KEY: READS,
      ANTHROPIC_API_KEY: "short",
      INGEST_KEY: "another-secret-of-a-test-with-its-length",
      ANTHROPIC_BASE_URL: "http://127.0.0.1:9/v1",
    };
    const said = spoken(env);
    for (const value of [secret, READS, "short", env.INGEST_KEY]) expect(said).not.toContain(value);
    expect(said).toContain("and STRIPE_READ_KEY rk_test_…");
    expect(said).toContain("INGEST_KEY from the environment");
    expect(said).toContain("http://127.0.0.1:9/v1");
  });

  it("names a stand-in as one, and a key that is missing as missing", () => {
    expect(spoken({})).toMatch(/Claude +a built-in stand-in/);
    expect(spoken({ STRIPE_API_BASE: "http://127.0.0.1:8" })).toContain("STRIPE_SECRET_KEY is not set");
  });

  it("leaves a short secret out altogether", () => {
    expect(shorten("123456789012345")).toBe("(set)");
    expect(shorten(secret)).toBe("sk_test_…GHIJ");
  });
});
