import { toHex } from "./hash.ts";

/** The hashes of a text, one a key. The first is of the key that is in use; the others recognise what older keys hashed. */
export type Hashes = readonly [string, ...string[]];
export type KeyedHash = (text: string) => Promise<Hashes>;

const encoder = new TextEncoder();

/** HMAC-SHA-256 in lower-case hex. A plain hash of a card number gives the number back to whoever tries all of them. */
export function createKeyedHash(keys: readonly string[], name: string): KeyedHash {
  const [first, ...others] = keys.map(once);
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

/** Imported at its first use. The promise is not kept: in workerd a request must not await another request's. */
function once(secret: string): () => Promise<Key> {
  let key: Key | null = null;
  return async () => {
    if (key !== null) return key;
    const imported = crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    key = await imported;
    return key;
  };
}

const macOf = async (key: Key, bytes: ReturnType<typeof encoder.encode>): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes)));
