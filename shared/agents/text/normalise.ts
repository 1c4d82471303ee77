import { mask } from "./mask.ts";

/** A text as code and the model read it, and what was removed from it, in words for people. */
export type Normalised = { text: string; hidden: string[] };

/** Superscripts, circled numbers and fractions: NFKC would make digits of them, and ten squared one hundred and two. */
const PLAIN_RUN = /[^\p{No}\p{Nl}]+/gu;
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]+/gu;
/** Joiners and variants inside an emoji belong to it. */
const IN_EMOJI =
  /(?<=\p{Extended_Pictographic}[\p{Emoji_Modifier}]?)(?:\ufe0f\u200d?|\u200d)(?=[\p{Extended_Pictographic}\s.,!?]|$)/gu;
const HIDDEN_MAX = 5;

/**
 * One form for extraction and the model: compatibility forms folded (NFKC), typographic spaces and hyphens made plain, line
 * ends made \n, and every character removed that cannot be seen. What was removed is named.
 */
export function normalise(raw: string): Normalised {
  const hidden = new Set<string>();
  const text = raw
    .replace(/^\ufeff/, "")
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, "\n")
    .replace(/\t|\p{Zs}/gu, " ")
    .replace(IN_EMOJI, "")
    .replace(INVISIBLE, (run) => (run === "\n" ? run : removed(run, hidden)))
    .replace(PLAIN_RUN, (run) => run.normalize("NFKC"))
    .replace(/[\u2010\u2011\u2212\ufe63\uff0d]/g, "-")
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/\p{Zs}/gu, " ");
  return { text, hidden: [...hidden].slice(0, HIDDEN_MAX) };
}

/** What stays of a run of invisible characters: its line ends. */
function removed(run: string, hidden: Set<string>): string {
  const spelled = Array.from(run, tagLetterOf).join("");
  if (spelled !== "") hidden.add(`tag characters that spell "${mask(spelled).slice(0, 200)}"`);
  for (const char of run) if (char !== "\n" && !isTag(char)) hidden.add(nameOf(char));
  return run.replace(/[^\n]/gu, "");
}

const isTag = (char: string): boolean => /[\u{e0000}-\u{e007f}]/u.test(char);

/** https://www.unicode.org/charts/PDF/UE0000.pdf: each tag stands for the ASCII character 0xE0000 below it. */
function tagLetterOf(char: string): string {
  const ascii = (char.codePointAt(0) ?? 0) - 0xe_0000;
  return ascii >= 0x20 && ascii < 0x7f ? String.fromCharCode(ascii) : "";
}

const nameOf = (char: string): string => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
