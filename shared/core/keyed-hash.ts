import { toHex } from "./hash.ts";
import { splitSecrets } from "./secrets.ts";

/** The hashes of a text, one a key. The first is of the key that is in use; the others recognise what older keys hashed. */
export type Hashes = readonly [string, ...string[]];
export type KeyedHash = (text: string) => Promise<Hashes>;

const encoder = new TextEncoder();

/**
 * HMAC-SHA-256 in lower-case hex. A plain hash of a card number gives the number back to whoever tries all of them.
 * `list` holds one or more keys, separated by commas.
 */
export function createKeyedHash(list: string, name: string): KeyedHash {
  const [first, ...others] = splitSecrets(list).map(once);
  if (first === undefined) throw new Error(`${name} holds no key`);
  return async (text) => {
    const bytes = encoder.encode(text);
    return [
      await macOf(await first(), bytes),
      ...(await Promise.all(others.map(async (key) => macOf(await key(), bytes)))),
    ];
  };
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Imported at its first use. */
function once(secret: string): () => Promise<Key> {
  let key: Promise<Key> | null = null;
  return () => {
    key ??= crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return key;
  };
}

const macOf = async (key: Key, bytes: ReturnType<typeof encoder.encode>): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes)));
