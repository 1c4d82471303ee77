/** Identifiers in Stripe's form: a prefix and 24 letters and digits. Random, so that a restart never repeats one. */

import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const POOL_BYTES = 6144;
const ID_LENGTH = 24;

let pool = randomBytes(0);
let used = 0;

export function newId(prefix: string, length = ID_LENGTH): string {
  if (used + length > pool.length) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  let id = `${prefix}_`;
  for (let position = 0; position < length; position++) id += ALPHABET[(pool[used + position] ?? 0) % ALPHABET.length];
  used += length;
  return id;
}
