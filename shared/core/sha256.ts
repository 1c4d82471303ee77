/**
 * SHA-256 (FIPS 180-4) without waiting. Web Crypto's answers a promise, and a shard's transaction must not wait. For short
 * texts: elsewhere use `sha256Hex` of hash.ts.
 */
import { toHex } from "./hash.ts";

/** The first 32 bits of the fractional parts of the roots of the first primes: square roots start it, cube roots are its rounds. */
const PRIMES = Array.from({ length: 310 }, (_, index) => index + 2).filter((n) => {
  for (let factor = 2; factor * factor <= n; factor++) if (n % factor === 0) return false;
  return true;
});
const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const ROUNDS = PRIMES.slice(0, 64).map((prime) => fraction(Math.cbrt(prime)));

const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The text's bytes, a one, zeros, and its length in bits: whole blocks of 64 bytes. */
function padded(text: string): DataView {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(new ArrayBuffer(Math.ceil((bytes.length + 9) / 64) * 64));
  new Uint8Array(view.buffer).set(bytes);
  view.setUint8(bytes.length, 0x80);
  view.setBigUint64(view.byteLength - 8, BigInt(bytes.length) * 8n);
  return view;
}

/** Lower-case hex SHA-256 of a text. */
export function sha256HexNow(text: string): string {
  const view = padded(text);
  const state = Int32Array.from(START);
  for (let block = 0; block < view.byteLength; block += 64) addBlock(state, view, block);
  const bytes = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => void bytes.setInt32(index * 4, word));
  return toHex(new Uint8Array(bytes.buffer));
}

function addBlock(state: Int32Array, view: DataView, block: number): void {
  const words = new Int32Array(64);
  const word = (index: number): number => words[index] ?? 0;
  for (let index = 0; index < 64; index++) {
    if (index < 16) {
      words[index] = view.getInt32(block + index * 4);
      continue;
    }
    const [early, late] = [word(index - 15), word(index - 2)];
    const small = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const large = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[index] = word(index - 16) + small + word(index - 7) + large;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < 64; index++) {
    const chosen = (e & f) ^ (~e & g);
    const most = (a & b) ^ (a & c) ^ (b & c);
    const first =
      (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + chosen + (ROUNDS[index] ?? 0) + word(index)) | 0;
    const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + most) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((part, index) => {
    state[index] = (state[index] ?? 0) + part;
  });
}
