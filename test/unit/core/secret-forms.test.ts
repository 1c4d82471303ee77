import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { requireBindings } from "../../../shared/core/bindings.ts";
import {
  isSecretName,
  SECRETS,
  type SecretName,
  secretCallers,
  secretComplaint,
  secretValue,
  secretValues,
} from "../../../shared/core/secret-forms.ts";

const LONG = "a-text-of-thirty-two-characters-or-more";
const OTHER = "another-text-of-thirty-two-characters-or-more";
const STRIPE = `whsec_${"s".repeat(32)}`;
const HEX = "0123456789abcdef".repeat(4);
const BASE64 = Buffer.alloc(24, 7).toString("base64");
const REST = "0123456789abcdefghijklmn";
const TEXTS = ["INGEST_KEY", "READ_KEY", "CONSOLE_TOKEN", "CONTENT_HASH_KEY"] as const;

const complaint = (name: SecretName, text: string, env: Record<string, string> = {}): string =>
  secretComplaint(name, { ...env, [name]: text }) ?? "good";

describe("a secret", () => {
  it.each(TEXTS)("%s is good as the README has it made, and as hexadecimal of 128 bits", (name) => {
    for (let times = 0; times < 200; times++) expect(complaint(name, randomBytes(32).toString("base64"))).toBe("good");
    expect(complaint(name, randomBytes(16).toString("hex"))).toBe("good");
  });

  it.each([...TEXTS, "ANTHROPIC_API_KEY"] as const)("%s has 32 characters at least", (name) => {
    expect(complaint(name, "x".repeat(31))).toMatch(
      name === "ANTHROPIC_API_KEY"
        ? /^has fewer than 32 .*: copy all/
        : /^has fewer than 32 .*: make one with `openssl/,
    );
    expect(complaint(name, "x".repeat(32))).toBe("good");
  });

  it.each([
    ["STRIPE_WEBHOOK_SECRET", `whsec_${"s".repeat(31)}`, "is too short"],
    ["STRIPE_WEBHOOK_SECRET", "s".repeat(40), "must begin with whsec_"],
    ["STRIPE_WEBHOOK_SECRET", `"${STRIPE}"`, "must begin with whsec_"],
    ["STANDARD_WEBHOOK_SECRET", `whsec_${Buffer.alloc(15).toString("base64")}`, "has fewer than 16 bytes"],
    ["STANDARD_WEBHOOK_SECRET", "whsec_not base64 at all, is it?", "must be whsec_ and base64"],
    ["ADYEN_HMAC_KEY", "00".repeat(15), "has fewer than 16 bytes"],
    ["ADYEN_HMAC_KEY", `${HEX}0`, "must be whole bytes in hexadecimal"],
    ["STRIPE_SECRET_KEY", "sk_test_short", "is too short"],
    ["STRIPE_READ_KEY", `sk_test_${REST}`, "must be a restricted key"],
  ] as const)("%s is not %s", (name, text, why) => {
    expect(complaint(name, text, { PROVIDER_MODE: "test" })).toContain(why);
  });

  it.each([
    ["STRIPE_WEBHOOK_SECRET", STRIPE],
    ["STANDARD_WEBHOOK_SECRET", `whsec_${BASE64}`],
    ["STANDARD_WEBHOOK_SECRET", BASE64],
    ["ADYEN_HMAC_KEY", HEX],
    ["ADYEN_HMAC_KEY", HEX.toUpperCase()],
    ["STRIPE_SECRET_KEY", `sk_test_${REST}`],
    ["STRIPE_READ_KEY", `rk_test_${REST}`],
  ] as const)("%s may be %s, and the line break of its file does not count", (name, text) => {
    expect(complaint(name, `${text}\n`, { PROVIDER_MODE: "test" })).toBe("good");
    expect(secretValue(name, { [name]: ` ${text}\r\n` })).toBe(text);
  });

  it.each(TEXTS)("%s is refused with a blank, a control character, a quote or what no header carries in it", (name) => {
    for (const odd of [" ", "\t", "\u0000", "\u0007", "\u007f", "é", "\u200b", '"', "'", "`", "\\"])
      expect(complaint(name, `${LONG}${odd}${LONG}`), JSON.stringify(odd)).toMatch(/^has a (?:blank|quote)/);
    expect(complaint(name, `"${LONG}"`)).toContain("quote");
  });

  it("may be empty where its Worker says so: nothing is refused for it, and it has no values", () => {
    for (const name of Object.keys(SECRETS) as SecretName[]) expect(complaint(name, " \n"), name).toBe("good");
    expect(secretValues("INGEST_KEY", { INGEST_KEY: "" })).toEqual([]);
    expect(secretValue("INGEST_KEY", {})).toBe("");
  });

  it("of Claude may be any text for a stand-in on this machine, and nowhere else", () => {
    const at = (address: string) => complaint("ANTHROPIC_API_KEY", "stand-in", { ANTHROPIC_BASE_URL: address });
    expect(at("http://127.0.0.1:9000")).toBe("good");
    for (const address of ["https://api.anthropic.com", "http://localhost.evil.com", ""])
      expect(at(address), address).toContain("fewer than 32");
  });

  it("of Stripe may be short for a stand-in on this machine, and nowhere else", () => {
    const at = (address: string) =>
      complaint("STRIPE_READ_KEY", "rk_test_read_standin", { STRIPE_API_BASE: address, PROVIDER_MODE: "test" });
    expect(at("http://[::1]:9000")).toBe("good");
    for (const address of ["https://api.stripe.com", "http://0.0.0.0:1", ""])
      expect(at(address)).toContain("too short");
  });
});

describe("several values of a secret", () => {
  it.each(TEXTS)("of %s are a line each or a JSON list, and a comma is refused: it may be a part of one", (name) => {
    for (const text of [`${LONG}\n${OTHER}\n`, JSON.stringify([LONG, OTHER])]) {
      expect(complaint(name, text)).toBe("good");
      expect(secretValues(name, { [name]: text })).toEqual([LONG, OTHER]);
    }
    for (const text of [`${LONG},${OTHER}`, `${LONG}, ${OTHER}`, `${LONG},`])
      expect(complaint(name, text)).toMatch(/^has a comma: write several values a line each/);
  });

  it.each([
    ["STRIPE_WEBHOOK_SECRET", STRIPE, `whsec_${"t".repeat(32)}`],
    ["STANDARD_WEBHOOK_SECRET", `whsec_${BASE64}`, `whsec_${Buffer.alloc(32, 9).toString("base64")}`],
    ["ADYEN_HMAC_KEY", HEX, "ff".repeat(32)],
  ] as const)("of %s may be separated by commas as before, and a piece of one is refused", (name, one, two) => {
    for (const text of [`${one},${two}`, `${one}, ${two}`, `${one}\n${two}`, JSON.stringify([one, two])]) {
      expect(complaint(name, text)).toBe("good");
      expect(secretValues(name, { [name]: text })).toEqual([one, two]);
    }
    const cut = `${one},${two.slice(0, 12)}`;
    expect(complaint(name, cut)).toMatch(/^\(value 2 of 2\) /);
  });

  it("are each checked, and named by their number", () => {
    expect(complaint("INGEST_KEY", `${LONG}\nshort`)).toMatch(/^\(value 2 of 2\) has fewer than 32 characters/);
    expect(complaint("READ_KEY", `${LONG}\n${LONG}`)).toBe("has one value twice");
    expect(complaint("READ_KEY", '["a"')).toContain("no JSON list");
  });

  it.each(["[]", '[""]', '["", " "]'])("are some: %s is refused, since a door would be shut without a word", (text) => {
    for (const name of [...TEXTS, "ANTHROPIC_API_KEY", "STRIPE_WEBHOOK_SECRET", "ADYEN_HMAC_KEY"] as const)
      expect(complaint(name, text), name).toMatch(/^holds no value/);
    expect(complaint("STRIPE_WEBHOOK_SECRET", " , ")).toMatch(/^holds no value/);
  });

  it("are not what Claude has", () => {
    expect(complaint("ANTHROPIC_API_KEY", `${LONG}\n${OTHER}`)).toBe("must be one value, on one line");
  });

  it("behind the first content hash key may have the 16 characters that were asked for before", () => {
    expect(complaint("CONTENT_HASH_KEY", `${LONG}\n${"x".repeat(16)}`)).toBe("good");
    expect(complaint("CONTENT_HASH_KEY", `${LONG}\n${"x".repeat(15)}`)).toContain("fewer than 16");
    expect(complaint("CONTENT_HASH_KEY", `${"x".repeat(16)}\n${LONG}`)).toContain("(value 1 of 2) has fewer than 32");
    expect(complaint("INGEST_KEY", `${LONG}\n${"x".repeat(16)}`)).toContain("fewer than 32");
  });
});

describe("ingest keys of several callers", () => {
  const both = JSON.stringify({ shop: [LONG, OTHER], desk: `${LONG}-desk` });

  it("are grouped under their names, and of one caller without", () => {
    expect(complaint("INGEST_KEY", both)).toBe("good");
    expect(secretCallers("INGEST_KEY", { INGEST_KEY: both })).toEqual([[LONG, OTHER], [`${LONG}-desk`]]);
    expect(secretCallers("INGEST_KEY", { INGEST_KEY: `${LONG}\n${OTHER}` })).toEqual([[LONG, OTHER]]);
  });

  it.each([
    ["{", "no JSON of callers"],
    ["{}", "no JSON of callers"],
    ['{"shop": []}', "no JSON of callers"],
    [`{"shop": "${LONG}", "desk": ""}`, "no JSON of callers"],
    [`{"shop": ["${LONG}", 7]}`, "no JSON of callers"],
    [`{"shop": "${LONG}", "desk": "${LONG}"}`, "has one value twice"],
    ['{"shop": "short"}', "fewer than 32"],
    [`{"shop": {"key": "${LONG}"}}`, "quote"],
  ])("are not %s", (text, why) => {
    expect(complaint("INGEST_KEY", text)).toContain(why);
  });

  it("are no form of another secret", () => {
    expect(complaint("READ_KEY", both)).not.toBe("good");
  });
});

describe("a Worker with a secret that is refused", () => {
  const env = { INGEST_KEY: "tiny-secret", READ_KEY: LONG, CONSOLE_TOKEN: `${LONG}\nother tiny`, EMPTY: "" };

  it("does not start: the error names each secret and never quotes one", () => {
    const start = () => requireBindings(env, ["READ_KEY", "CONSOLE_TOKEN"], ["INGEST_KEY", "EMPTY"]);
    expect(start).toThrow(
      /^refused secrets: CONSOLE_TOKEN \(value 2 of 2\) has a blank.*; INGEST_KEY has fewer than 32 .*wrangler secret put/,
    );
    expect(start).toThrow(/^(?!.*tiny)(?!.*thirty)/);
  });

  it("is told what is wrong without a piece of the value, for every secret and a hundred broken ones", () => {
    const MARK = "Zq7Zq7";
    const broken = [
      MARK,
      `${MARK},${MARK}`,
      `[${MARK}`,
      `{${MARK}`,
      `["${MARK}"`,
      `{"${MARK}": 1}`,
      `${MARK}\n${MARK}`,
      `sk_live_${MARK}`,
      `"${MARK}"`,
      `whsec_${MARK}!`,
    ];
    for (const name of Object.keys(SECRETS).filter(isSecretName))
      for (const text of broken) expect(complaint(name, text, { PROVIDER_MODE: "test" }), name).not.toContain(MARK);
  });

  it("names the variable of an address that is not https, and does not quote what may be a password", () => {
    const env = { ANTHROPIC_BASE_URL: "https://user:pw-in-it@example.com", STRIPE_API_BASE: "http://api.stripe.com" };
    const start = () => requireBindings(env, ["ANTHROPIC_BASE_URL", "STRIPE_API_BASE"]);
    expect(start).toThrow(/ANTHROPIC_BASE_URL must be without a user.*STRIPE_API_BASE must begin with https:/);
    expect(start).toThrow(/^(?!.*pw-in-it)/);
  });
});
