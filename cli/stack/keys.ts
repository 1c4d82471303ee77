import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseJson } from "../../shared/core/json.ts";

/** The keys that authenticate callers and sign grants. Generated once per state directory; given ones override them. */
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
] as const;
export type KeyName = (typeof KEY_NAMES)[number];
export type Keys = Record<KeyName, string>;

const keysPath = (stateDir: string) => join(stateDir, "keys.json");

/** The keys that an earlier start generated for this directory. Throws where the file is not JSON. */
export function readKeys(stateDir: string): Partial<Keys> {
  const path = keysPath(stateDir);
  if (!existsSync(path)) return {};
  const parsed = parseJson(readFileSync(path, "utf8"));
  if (!parsed.ok) throw new Error(`${path} is not JSON (${parsed.error}). Remove it to have new keys generated.`);
  return parsed.value as Partial<Keys>;
}

/** The given keys, else the stored ones, else new ones, which are stored for the next start. */
export function loadKeys(stateDir: string, given: Partial<Keys>): Keys {
  const stored = readKeys(stateDir);
  const fresh = generateKeys();
  // The two keys of a pair belong together: never mix a stored one with a new one.
  const pair =
    stored.GRANT_SIGNING_KEY !== undefined && stored.GRANT_PUBLIC_KEYS !== undefined ? {} : grantPairOf(fresh);
  const kept: Keys = { ...fresh, ...stored, ...pair };
  writeFileSync(keysPath(stateDir), JSON.stringify(kept, null, 2), { mode: 0o600 });
  return { ...kept, ...given };
}

function grantPairOf({ GRANT_SIGNING_KEY, GRANT_PUBLIC_KEYS }: Keys): Partial<Keys> {
  return { GRANT_SIGNING_KEY, GRANT_PUBLIC_KEYS };
}

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
  };
}

const token = (bytes: number) => randomBytes(bytes).toString("base64url");

/** A new Ed25519 pair: the classifier signs with the private key, executors verify with the public one. */
export function generateGrantPair(prefix = "local"): Pick<Keys, "GRANT_SIGNING_KEY" | "GRANT_PUBLIC_KEYS"> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const kid = `${prefix}-${token(6)}`;
  return {
    GRANT_SIGNING_KEY: JSON.stringify({ kid, privateKey: privateKey.export({ format: "jwk" }) }),
    GRANT_PUBLIC_KEYS: JSON.stringify([{ kid, publicKey: publicKey.export({ format: "jwk" }) }]),
  };
}
