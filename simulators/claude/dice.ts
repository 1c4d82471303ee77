import { createHash } from "node:crypto";

/** A number in [0, 1) that depends only on `parts`, so that a seeded run is repeatable. */
export function roll(...parts: readonly (string | number)[]): number {
  return createHash("sha256").update(JSON.stringify(parts)).digest().readUInt32BE(0) / 2 ** 32;
}

export function pick<T>(choices: readonly [T, ...T[]], rolled: number): T {
  return choices[Math.floor(rolled * choices.length)] ?? choices[0];
}

/** The identity of a call: the hash of its body's bytes. */
export function bodyHash(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}
