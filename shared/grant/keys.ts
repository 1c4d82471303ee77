import * as v from "valibot";
import { parseJson } from "../core/json.ts";

/**
 * The key documents of a deployment, as its secrets hold them: GRANT_SIGNING_KEY is `{kid, privateKey}`, GRANT_PUBLIC_KEYS a
 * list of `{kid, publicKey, retired?, revoked?}`; those of approvals, and of whatever else is signed, have the same form. All
 * are refused at the start where anything in them is not understood: a key that is retired by a typing error only would go on
 * being trusted. No message quotes a value of a key.
 */

/** What is signed with a pair of keys: the first word of the names of its secrets. */
export type Signs = "GRANT" | "APPROVAL" | "AUDIT";

/** RFC 8037. The members beside `kty`, `crv`, `x` and `d` are those that RFC 7517 names and WebCrypto writes. */
const common = {
  kty: v.literal("OKP", 'must be "OKP"'),
  crv: v.literal("Ed25519", 'must be "Ed25519"'),
  key_ops: v.optional(v.array(v.string())),
  ext: v.optional(v.boolean()),
  alg: v.optional(v.string()),
  use: v.optional(v.string()),
  kid: v.optional(v.string()),
};
/** 32 bytes in base64url. */
const half = v.pipe(v.string("must be a text"), v.regex(/^[A-Za-z0-9_-]{43}$/, "must be 32 bytes in base64url"));
const kid = v.pipe(v.string("must be a text"), v.minLength(1, "must not be empty"), v.maxLength(200));
const mark = v.optional(v.boolean("must be true or false, without quotes"));

const publicDocument = v.strictObject({
  kid,
  publicKey: v.strictObject({ ...common, x: half }),
  retired: mark,
  revoked: mark,
});
const signingDocument = v.strictObject({ kid, privateKey: v.strictObject({ ...common, x: half, d: half }) });

export type PublicJwk = { kty: "OKP"; crv: "Ed25519"; x: string };
export type PrivateJwk = PublicJwk & { d: string };
export type SigningKey = { kid: string; privateKey: PrivateJwk };
/**
 * Active: neither mark. Retired: what it signed is authentic, and is renewed. Revoked: somebody else may have signed with it,
 * so what it signed is a person's.
 */
export type PublicKey = {
  kid: string;
  publicKey: PublicJwk;
  retired?: boolean | undefined;
  revoked?: boolean | undefined;
};

/** The keys that something is verified with. Throws, naming the key and the member, where the text is no such list. */
export function publicKeysOf(text: string, signs: Signs = "GRANT"): PublicKey[] {
  const binding: Binding = `${signs}_PUBLIC_KEYS`;
  const list = jsonOf(binding, text);
  if (!Array.isArray(list) || list.length === 0) throw malformed(binding, "must be a list of at least one key");
  const keys = list.map((one: unknown, index) => read(binding, `key ${index + 1}`, publicDocument, one));
  const twice = keys.find(({ kid }, index) => keys.findIndex((other) => other.kid === kid) !== index);
  if (twice !== undefined) throw malformed(binding, `${nameOf(twice)} is in it twice`);
  // One key under two names would be revoked under the one and trusted under the other.
  const copy = keys.find(({ publicKey: { x } }, index) => keys.findIndex((other) => other.publicKey.x === x) !== index);
  if (copy !== undefined) throw malformed(binding, `${nameOf(copy)} has the public key of another name`);
  return keys;
}

/** The key that something is signed with. Throws as `publicKeysOf` does. */
export function signingKeyOf(text: string, signs: Signs = "GRANT"): SigningKey {
  const binding: Binding = `${signs}_SIGNING_KEY`;
  return read(binding, "the key", signingDocument, jsonOf(binding, text));
}

/**
 * Throws where the signer's own key is not among the keys that are verified with, or is revoked there: each of its own grants
 * would be taken for a forged one, and put payments on hold. A retired one is bad order, and ends by itself: grants are
 * renewed, at growing intervals, until another key signs.
 */
export function requireOwnKey(
  { kid, privateKey }: SigningKey,
  publicKeys: readonly PublicKey[],
  signs: Signs = "GRANT",
): void {
  const [known, signing] = [`${signs}_PUBLIC_KEYS`, `${signs}_SIGNING_KEY`] as const;
  const own = publicKeys.find((key) => key.kid === kid);
  const name = nameOf({ kid });
  if (own === undefined) throw malformed(known, `lacks ${name}, which ${signing} signs with`);
  if (own.revoked === true) throw malformed(signing, `is ${name}, which ${known} says is revoked`);
  if (own.publicKey.x !== privateKey.x)
    throw malformed(known, `has another public key for ${name} than that of ${signing}`);
}

/** Throws where one key serves for two things: who may sign the one could sign the other. */
export function requireKeysApart(grants: readonly PublicKey[], approvals: readonly PublicKey[]): void {
  const common = approvals.find(({ publicKey: { x } }) => grants.some(({ publicKey }) => publicKey.x === x));
  if (common !== undefined)
    throw malformed("APPROVAL_PUBLIC_KEYS", `has ${nameOf(common)}, which is in GRANT_PUBLIC_KEYS too`);
}

type Binding = `${Signs}_${"PUBLIC_KEYS" | "SIGNING_KEY"}`;

function jsonOf(binding: Binding, text: string): unknown {
  const parsed = parseJson(text);
  // The parser's message would quote the text.
  if (!parsed.ok) throw malformed(binding, "is not JSON");
  return parsed.value;
}

function read<Schema extends v.GenericSchema>(
  binding: Binding,
  place: string,
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const said = result.issues.map((issue) => `${v.getDotPath(issue) ?? "it"} ${complaintOf(issue)}`);
  throw malformed(binding, `${place}${kidIn(value)}: ${[...new Set(said)].join("; ")}`);
}

/** What is wrong, without the value that was received: it may be a part of a key. */
function complaintOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== "strict_object") return issue.message.startsWith("must") ? issue.message : "is malformed";
  if (issue.expected !== "never") return issue.received === "undefined" ? "is missing" : "must be an object";
  return v.getDotPath(issue)?.endsWith(".d") === true
    ? "is a private part, which no public key has"
    : "is no member of it";
}

/** By the key's own name, where it has one that can be told. */
function kidIn(value: unknown): string {
  const named = typeof value === "object" && value !== null && "kid" in value ? value.kid : null;
  return typeof named === "string" ? ` (${nameOf({ kid: named })})` : "";
}

const nameOf = ({ kid }: { kid: string }): string => `the key ${JSON.stringify(kid.slice(0, 100))}`;

const malformed = (binding: Binding, what: string): Error =>
  new Error(`${binding} ${what}. See "Rotating the grant keys" in docs/runbook.md.`);
