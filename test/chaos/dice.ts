import { fnv1a } from "../../shared/core/hash.ts";

/** A number in [0, 1) that is a function of its parts alone. FNV-1a, then murmur3's finish: short texts must differ widely. */
export function unit(...parts: readonly (string | number)[]): number {
  let hash = fnv1a(parts.join("\u0000"));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The `count` items with the smallest draws: the same ones however many others there are, and in their own order. */
export function fewest<T>(items: readonly T[], count: number, drawOf: (item: T) => number): T[] {
  const chosen = new Set([...items].sort((a, b) => drawOf(a) - drawOf(b)).slice(0, count));
  return items.filter((item) => chosen.has(item));
}
