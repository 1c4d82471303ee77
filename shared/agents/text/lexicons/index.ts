import { danish } from "./danish.ts";
import { dutch } from "./dutch.ts";
import { english as englishWords } from "./english.ts";
import { french } from "./french.ts";
import { german } from "./german.ts";
import { italian } from "./italian.ts";
import { compile, merged } from "./lexicon.ts";
import { polish } from "./polish.ts";
import { portuguese } from "./portuguese.ts";
import { spanish } from "./spanish.ts";
import { swedish } from "./swedish.ts";

export const english = compile(englishWords);

const OTHERS = [german, french, spanish, italian, portuguese, dutch, polish, swedish, danish];

/** The languages in which code can say that a text leaves nothing open. A text in any other is read by a person. */
export const LEXICONS = [english, ...OTHERS.map(compile)];

/** All languages at once: what a word may be in any of them. */
export const ANY = compile(merged([englishWords, ...OTHERS]));

/** Words that people put into a request in any language. */
export const ANYWHERE: ReadonlySet<string> = new Set(
  "refund refunds please pls invoice payment thanks hi hello ok order".split(" "),
);
