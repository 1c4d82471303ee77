import * as v from "valibot";

/**
 * A list whose length is checked before any of its items: of a million items that do not fit, each would otherwise be looked
 * at, and have an issue of its own.
 */
export function listOf<Item extends v.GenericSchema>(item: Item, most: number, tooMany?: string) {
  return v.pipe(
    v.custom<unknown[]>(Array.isArray),
    tooMany === undefined ? v.maxLength(most) : v.maxLength(most, tooMany),
    v.array(item),
  );
}

/** `Ann, Ben and Cem`. */
export const allOf = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
