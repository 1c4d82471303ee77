import { generateKeyPairSync, randomBytes } from "node:crypto";
import { join } from "node:path";
import { parseJson } from "../../shared/core/json.ts";
import { UserError } from "../errors.ts";
import { readPrivate, writePrivate } from "../private.ts";

/** The keys that authenticate callers, and sign grants, approvals and the head of the audit. Generated once per state directory; given ones override them. */
export const KEY_NAMES = [
  "STRIPE_WEBHOOK_SECRET",
  "STANDARD_WEBHOOK_SECRET",
  "ADYEN_HMAC_KEY",
  "INGEST_KEY",
  "READ_KEY",
  "CONTENT_HASH_KEY",
  "CONSOLE_TOKEN",
  "GRANT_SIGNING_KEY",
  "GRANT_PUBLIC_KEYS",
  "APPROVAL_SIGNING_KEY",
  "APPROVAL_PUBLIC_KEYS",
  "AUDIT_SIGNING_KEY",
  "AUDIT_PUBLIC_KEYS",
] as const;
export type KeyName = (typeof KEY_NAMES)[number];
export type Keys = Record<KeyName, string>;

const keysPath = (stateDir: string) => join(stateDir, "keys.json");

/** The keys that an earlier start generated for this directory. Throws a UserError where the file cannot be believed. */
export function readKeys(stateDir: string): Partial<Keys> {
  const path = keysPath(stateDir);
  const text = readPrivate(path);
  if (text === null) return {};
  const parsed = parseJson(text);
  // The parser's own message would quote a piece of a key.
  const why = parsed.ok ? whyNoKeys(parsed.value) : "is not JSON";
  if (why === null) return (parsed.ok ? parsed.value : {}) as Partial<Keys>;
  throw new UserError(
    `${path} ${why}. Put a copy of it back; or move it away, and the next start makes new keys: ` +
      "then callers need the new ones, and a person decides again about the actions that wait.",
  );
}

function whyNoKeys(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "is not an object of keys";
  const odd = Object.entries(value).find(([, key]) => typeof key !== "string");
  return odd === undefined ? null : `has ${odd[0]}, which is not a text`;
}

/** `made`: the keys that this call has generated, apart from those that are given. */
export type LoadedKeys = { keys: Keys; made: KeyName[] };

/** The given keys, else the stored ones, else new ones, which are stored for the next start. */
export function loadKeys(stateDir: string, given: Partial<Keys>): LoadedKeys {
  const stored = readKeys(stateDir);
  const fresh = generateKeys();
  // The two keys of a pair belong together: never mix a stored one with a new one.
  const broken = PAIRS.filter((pair) => pair.some((name) => stored[name] === undefined)).flat();
  const kept: Keys = { ...fresh, ...stored, ...Object.fromEntries(broken.map((name) => [name, fresh[name]])) };
  const made = KEY_NAMES.filter((name) => kept[name] !== stored[name]);
  if (made.length > 0) writePrivate(keysPath(stateDir), JSON.stringify(kept, null, 2));
  return { keys: { ...kept, ...given }, made: made.filter((name) => given[name] === undefined) };
}

/** The private key of each pair, and its public one. */
const PAIRS = [
  ["GRANT_SIGNING_KEY", "GRANT_PUBLIC_KEYS"],
  ["APPROVAL_SIGNING_KEY", "APPROVAL_PUBLIC_KEYS"],
  ["AUDIT_SIGNING_KEY", "AUDIT_PUBLIC_KEYS"],
] as const satisfies readonly (readonly KeyName[])[];

export function generateKeys(): Keys {
  return {
    STRIPE_WEBHOOK_SECRET: `whsec_${token(24)}`,
    // Standard Webhooks: the part after the prefix is the base64 of the key.
    STANDARD_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString("base64")}`,
    ADYEN_HMAC_KEY: randomBytes(32).toString("hex").toUpperCase(),
    INGEST_KEY: `ingest_${token(24)}`,
    READ_KEY: `read_${token(24)}`,
    CONTENT_HASH_KEY: `content_${token(24)}`,
    CONSOLE_TOKEN: `console_${token(24)}`,
    ...generateGrantPair(),
    ...generateApprovalPair(),
    ...generateAuditPair(),
  };
}

const token = (bytes: number) => randomBytes(bytes).toString("base64url");

/** A new Ed25519 pair: the classifier signs with the private key, executors verify with the public one. */
export function generateGrantPair(prefix = "local"): Pick<Keys, "GRANT_SIGNING_KEY" | "GRANT_PUBLIC_KEYS"> {
  const { signing, known } = pairOf(prefix);
  return { GRANT_SIGNING_KEY: signing, GRANT_PUBLIC_KEYS: known };
}

/** A new Ed25519 pair: the console signs what people approve, the classifier verifies it. */
export function generateApprovalPair(
  prefix = "local-approval",
): Pick<Keys, "APPROVAL_SIGNING_KEY" | "APPROVAL_PUBLIC_KEYS"> {
  const { signing, known } = pairOf(prefix);
  return { APPROVAL_SIGNING_KEY: signing, APPROVAL_PUBLIC_KEYS: known };
}

/** A new Ed25519 pair: the ledger's Worker signs the head of the audit, the console verifies it. */
export function generateAuditPair(prefix = "local-audit"): Pick<Keys, "AUDIT_SIGNING_KEY" | "AUDIT_PUBLIC_KEYS"> {
  const { signing, known } = pairOf(prefix);
  return { AUDIT_SIGNING_KEY: signing, AUDIT_PUBLIC_KEYS: known };
}

/** The two documents that shared/grant/keys.ts reads. */
function pairOf(prefix: string): { signing: string; known: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const kid = `${prefix}-${token(6)}`;
  return {
    signing: JSON.stringify({ kid, privateKey: privateKey.export({ format: "jwk" }) }),
    known: JSON.stringify([{ kid, publicKey: publicKey.export({ format: "jwk" }) }]),
  };
}
