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

/** Characters between two groups of one number: a word such as "dash" and its spaces. */
const GAP_MAX = 14;
const DIGITS_OF_GROUPS = /\d+/g;

export function chainsOf(text: string, gapPattern: RegExp): Chain[] {
  const chains: Group[][] = [];
  let end = -1;
  for (const { 0: digits, index } of everyMatch(text, DIGITS_OF_GROUPS)) {
    const gap = end < 0 ? "" : text.slice(end, index);
    const group = { from: index, to: index + digits.length, digits, gap };
    const open = chains.at(-1);
    if (open !== undefined && gap.length <= GAP_MAX && gapPattern.test(gap)) open.push(group);
    else chains.push([{ ...group, gap: "" }]);
    end = group.to;
  }
  return chains;
}

export type Digits = { least: number; most: number };
/** Reads some of the groups; null where they are no such number. `isWhole`: such numbers have no fewer groups. */
export type ReadGroups = (groups: Chain, digits: string, text: string) => (Found & { isWhole?: boolean }) | null;

/** The longest number from each group on, of so many digits: what stands before or behind it may be another one. */
export function longestIn(chain: Chain, text: string, { least, most }: Digits, read: ReadGroups): Found[] {
  const found: Found[] = [];
  for (let first = 0; first < chain.length; first += 1) {
    let longest: Found | null = null;
    let next = first;
    let digits = "";
    for (let last = first; last < chain.length && digits.length <= most; last += 1) {
      digits += chain[last]?.digits ?? "";
      const isOfSize = digits.length >= least && digits.length <= most;
      const one = isOfSize ? read(chain.slice(first, last + 1), digits, text) : null;
      if (one === null) continue;
      // Where a shorter one ends, an amount may begin.
      const { from, to, name, isWhole } = one;
      longest = { from, to, name, isCertain: one.isCertain && (longest === null || isWhole === true) };
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
  return everyMatch(text, pattern).flatMap((match) =>
    is(match) ? [{ from: match.index, to: match.index + match[0].length, name, isCertain }] : [],
  );
}

/** `matchAll` copies its pattern at each call, and most texts are short and match nothing. No pattern matches nothing at all. */
export function everyMatch(text: string, pattern: RegExp): RegExpExecArray[] {
  const matches: RegExpExecArray[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) matches.push(match);
  return matches;
}
