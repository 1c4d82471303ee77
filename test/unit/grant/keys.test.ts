import { describe, expect, it } from "vitest";
import { generateGrantPair } from "../../../cli/stack/keys.ts";
import { publicKeysOf, requireOwnKey, signingKeyOf } from "../../../shared/grant/keys.ts";
import { GRANT_KEY } from "../../helpers/identities.ts";

const { kid, publicKey, privateKey } = GRANT_KEY;
const key = { kid, publicKey };
const list = (...keys: unknown[]) => JSON.stringify(keys);

/** The message, which must name the key and quote nothing of it. */
function complaintOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    const { message } = error as Error;
    for (const secret of [privateKey.d, publicKey.x]) expect(message).not.toContain(secret);
    return message;
  }
  throw new Error("it was accepted");
}

describe("the public keys", () => {
  it("are active, retired or revoked, as their documents say", () => {
    const another = (first: string) => ({ ...publicKey, x: first + publicKey.x.slice(1) });
    const old = { kid: "old", publicKey: another("A"), retired: true };
    const lost = { kid: "lost", publicKey: another("B"), revoked: true };
    const keys = [key, old, lost];
    expect(publicKeysOf(list(...keys))).toEqual(keys);
  });

  it("are those that the command prints, and those that WebCrypto exports", async () => {
    const { GRANT_PUBLIC_KEYS, GRANT_SIGNING_KEY } = generateGrantPair("test");
    expect(() => requireOwnKey(signingKeyOf(GRANT_SIGNING_KEY), publicKeysOf(GRANT_PUBLIC_KEYS))).not.toThrow();
    const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    if (!("publicKey" in pair)) throw new Error("no pair");
    const exported = await crypto.subtle.exportKey("jwk", pair.publicKey);
    expect(publicKeysOf(list({ kid: "exported", publicKey: exported }))).toHaveLength(1);
  });

  it.each([
    ["a text in place of true", list({ ...key, retired: "true" }), 'key 1 (the key "fixture"): retired must be true'],
    ["a number in place of true", list({ ...key, revoked: 1 }), "revoked must be true or false"],
    ["null in place of true", list({ ...key, retired: null }), "retired must be true or false"],
    ["a member that there is not", list({ ...key, retire: true }), "retire is no member of it"],
    ["two keys of one id", list(key, { ...key, retired: true }), 'the key "fixture" is in it twice'],
    [
      "one key under two names, though one of them is revoked",
      list(key, { ...key, kid: "lost", revoked: true }),
      'the key "lost" has the public key of another name',
    ],
    ["no key", "[]", "must be a list of at least one key"],
    ["one key, not in a list", JSON.stringify(key), "must be a list"],
    ["no id", list({ publicKey }), "kid is missing"],
    ["an empty id", list({ ...key, kid: "" }), "kid must not be empty"],
    ["no key in it", list({ kid }), "publicKey is missing"],
    ["a text for a key", list({ kid, publicKey: publicKey.x }), "publicKey must be an object"],
    ["a key of another curve", list({ kid, publicKey: { ...publicKey, crv: "X25519" } }), 'crv must be "Ed25519"'],
    ["a key of another kind", list({ kid, publicKey: { kty: "RSA", n: "AQ", e: "AQAB" } }), 'kty must be "OKP"'],
    ["a key that is too short", list({ kid, publicKey: { ...publicKey, x: "AQ" } }), "x must be 32 bytes"],
    ["a private part", list({ kid, publicKey: privateKey }), "publicKey.d is a private part"],
    ["no JSON", `{${publicKey.x}`, "is not JSON"],
  ])("are refused with %s, by the name of the key and the member", (_what, text, complaint) => {
    const said = complaintOf(() => publicKeysOf(text));
    expect(said).toMatch(/^GRANT_PUBLIC_KEYS /);
    expect(said).toContain(complaint);
  });
});

describe("the signing key", () => {
  it.each([
    ["a member that there is not", { kid, privateKey, retired: true }, "retired is no member of it"],
    ["no private part", { kid, privateKey: publicKey }, "privateKey.d is missing"],
    ["no id", { privateKey }, "kid is missing"],
    ["a list", [{ kid, privateKey }], "GRANT_SIGNING_KEY"],
  ])("is refused with %s", (_what, document, complaint) => {
    expect(complaintOf(() => signingKeyOf(JSON.stringify(document)))).toContain(complaint);
  });

  it.each([
    ["is not among the public ones", [{ ...key, kid: "other" }], 'lacks the key "fixture"'],
    ["is revoked", [{ ...key, revoked: true }], "says is revoked"],
    [
      "has another public half there",
      [{ ...key, publicKey: { ...publicKey, x: "A".repeat(43) } }],
      "another public key",
    ],
  ])("is refused where it %s", (_what, keys, complaint) => {
    const own = signingKeyOf(JSON.stringify({ kid, privateKey }));
    expect(complaintOf(() => requireOwnKey(own, publicKeysOf(list(...keys))))).toContain(complaint);
  });

  it("may be retired for a while: what it signs is renewed when another signs", () => {
    const own = signingKeyOf(JSON.stringify({ kid, privateKey }));
    expect(() => requireOwnKey(own, publicKeysOf(list({ ...key, retired: true })))).not.toThrow();
  });
});
