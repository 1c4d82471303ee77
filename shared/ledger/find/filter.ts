/**
 * A Bloom filter as base64 digits, six bits each, so that SQLite can pick the digits of a look-up. All have one size. It misses
 * nothing that was added; fewer than one in a hundred others pass, up to REFERENCES_MAX references.
 */
const BITS = 32_766;
const BITS_A_DIGIT = 6;
const POSITIONS = 5;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DIGIT_COUNT = BITS / BITS_A_DIGIT;

/** With more references a block is closed. */
export const REFERENCES_MAX = 3_000;

/** `index`: of a digit, from 0. */
type Position = { index: number; mask: number };

export function filterOf(references: Iterable<string>): string {
  const values = new Uint8Array(DIGIT_COUNT);
  for (const reference of references)
    for (const { index, mask } of positionsOf(reference)) values[index] = (values[index] ?? 0) | mask;
  return Array.from(values, (value) => DIGITS[value]).join("");
}

/** Where a reference is in every filter. */
export function positionsOf(reference: string): Position[] {
  const [first, step] = [hashOf(reference, 0x811c9dc5), hashOf(reference, 0x9747b28c)];
  return Array.from({ length: POSITIONS }, (_, nth) => {
    const bit = (first + nth * step) % BITS;
    return { index: Math.floor(bit / BITS_A_DIGIT), mask: 1 << (bit % BITS_A_DIGIT) };
  });
}

/** Whether a filter may have the reference of these positions. `digits`: those of the filter, in the order of the positions. */
export const mayHave = (digits: string, positions: readonly Position[]): boolean =>
  positions.every(({ mask }, nth) => (DIGITS.indexOf(digits.charAt(nth)) & mask) !== 0);

/** FNV-1a over UTF-16 code units, and the last mixing of MurmurHash3. */
function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
