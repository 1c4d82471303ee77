/** What a mask may put in place of something. A text may have these words too: who wrote them is told by `covered`. */
export const MASK_NAMES = ["card", "iban", "e-mail", "phone", "code", "id", "secret"] as const;
export type MaskName = (typeof MASK_NAMES)[number];
export const WRITTEN_MASK = new RegExp(`\\[(?:${MASK_NAMES.join("|")})\\]`, "g");

/** A stretch of a folded text. `isCertain`: nobody would write an amount so. */
export type Found = { from: number; to: number; name: MaskName; isCertain: boolean };

/** One group of digits. `gap`: what stands between it and the group before, where that may be the same number. */
export type Group = { from: number; to: number; digits: string; gap: string };
/** Groups that may be one number, as 4242 4242 4242 4242. */
export type Chain = readonly Group[];

export function chainsOf(text: string, gapPattern: RegExp): Chain[] {
  const chains: Group[][] = [];
  let end = -1;
  for (const { 0: digits, index } of text.matchAll(/\d+/g)) {
    const gap = end < 0 ? "" : text.slice(end, index);
    const group = { from: index, to: index + digits.length, digits, gap };
    const open = chains.at(-1);
    if (open !== undefined && gap.length <= 3 && gapPattern.test(gap)) open.push(group);
    else chains.push([{ ...group, gap: "" }]);
    end = group.to;
  }
  return chains;
}

/** Reads some of the groups; null where they are no such number. */
export type ReadGroups = (groups: Chain, text: string) => Found | null;

/** The longest number from each group on: what stands before or behind it may be another one. */
export function longestIn(chain: Chain, text: string, mostDigits: number, read: ReadGroups): Found[] {
  const found: Found[] = [];
  for (let first = 0; first < chain.length; first += 1) {
    let longest: Found | null = null;
    let next = first;
    let digits = 0;
    for (let last = first; last < chain.length; last += 1) {
      digits += chain[last]?.digits.length ?? 0;
      if (last > first && digits > mostDigits) break;
      const one = read(chain.slice(first, last + 1), text);
      if (one === null) continue;
      longest = one;
      next = last;
    }
    if (longest === null) continue;
    found.push(longest);
    first = next;
  }
  return found;
}

/** The text with every stretch blanked, in the same length: no later mask looks into it. They are in order. */
export function blanked(text: string, stretches: readonly Pick<Found, "from" | "to">[]): string {
  let rest = "";
  let at = 0;
  for (const { from, to } of stretches) {
    rest += text.slice(at, from) + BLANK.repeat(to - from);
    at = to;
  }
  return rest + text.slice(at);
}
/** For private use, and so in no folded text. */
export const BLANK = "\ue000";

/** Every match of a pattern that is a number of its kind. */
export function matchesOf(
  text: string,
  name: MaskName,
  pattern: RegExp,
  { isCertain = true, is = () => true }: { isCertain?: boolean; is?: (match: RegExpExecArray) => boolean } = {},
): Found[] {
  return Array.from(text.matchAll(pattern))
    .filter(is)
    .map((match) => ({ from: match.index, to: match.index + match[0].length, name, isCertain }));
}
