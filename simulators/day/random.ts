/** A seeded random generator: the same seed makes the same day on every machine. */
export type Random = {
  /** In [0, 1). */
  unit(): number;
  /** A whole number, both ends included. */
  int(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
  shuffle<T>(items: readonly T[]): T[];
  /** `prefix_` and random letters and digits, as Stripe writes ids. */
  id(prefix: string, length?: number): string;
};

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** mulberry32: 32 bits of state are plenty for test data. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (least: number, most: number) => least + Math.floor(unit() * (most - least + 1));
  return {
    unit,
    int,
    chance: (probability) => unit() < probability,
    pick: (items) => items[int(0, items.length - 1)] ?? items[0],
    shuffle(items) {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = int(0, last);
        [shuffled[last], shuffled[other]] = [
          shuffled[other] as (typeof shuffled)[0],
          shuffled[last] as (typeof shuffled)[0],
        ];
      }
      return shuffled;
    },
    id(prefix, length = 24) {
      let text = "";
      for (let i = 0; i < length; i++) text += ALPHABET[int(0, ALPHABET.length - 1)];
      return `${prefix}_${text}`;
    },
  };
}
