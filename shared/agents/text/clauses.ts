import { ANY, ANYWHERE, english, LEXICONS } from "./lexicons/index.ts";
import type { Compiled, Words } from "./lexicons/lexicon.ts";
import { isBreak, type Token } from "./tokens.ts";

/** A part of a sentence. `words`: those that are not read as anything else. `from`: the index of its first token. */
export type Clause = {
  tokens: Token[];
  from: number;
  words: Token[];
  language: Compiled;
  /** It asks for money back: in a word that means nothing else, or in one that may. */
  asks: boolean;
  asksLoosely: boolean;
  namesReference: boolean;
  hasAmount: boolean;
  /** The index of its first verb among `words`; -1 where it has none, or where code knows no verbs of the language. */
  verbAt: number;
  /** How its sentence ends: "?", or another sign. */
  endsWith: string;
};

/** The language of a text. `isSure`: no other language knows nearly as many of its words. */
export type TextLanguage = { main: Compiled; isSure: boolean };

export function languageOfText(tokens: readonly Token[]): TextLanguage {
  const words = wordsIn(tokens);
  const counts = LEXICONS.map((lexicon) => ({
    lexicon,
    // "refund please" is English, and stands in texts of any language.
    count: words.filter(({ lower }) => lexicon.known.has(lower) && (lexicon === english || !ANYWHERE.has(lower)))
      .length,
  })).toSorted((a, b) => b.count - a.count);
  const [first, second] = counts;
  if (first === undefined || first.count === 0) return { main: english, isSure: words.length === 0 };
  const lead = first.count - (second?.count ?? 0);
  return { main: first.lexicon, isSure: first.count >= 2 && (first.lexicon === english || lead >= 2) };
}

/** The clauses of a text: between punctuation, and from each word that joins a clause to another. */
export function clausesOf(tokens: readonly Token[], { main }: TextLanguage): Clause[] {
  const spans: { from: number; to: number }[] = [];
  let from = 0;
  tokens.forEach((one, index) => {
    const joins = one.kind === "word" && one.meaning === null && main.joins.has(one.lower);
    if (!isBreak(one) && !joins) return;
    if (index > from) spans.push({ from, to: index });
    from = isBreak(one) ? index + 1 : index;
  });
  if (tokens.length > from) spans.push({ from, to: tokens.length });
  return spans.map(({ from: start, to }) => clauseOf(tokens.slice(start, to), start, main, endOf(tokens, to)));
}

function endOf(tokens: readonly Token[], from: number): string {
  let at = from;
  while (at < tokens.length && tokens[at]?.kind !== "sentence") at += 1;
  return tokens[at]?.raw ?? "";
}

function clauseOf(tokens: Token[], from: number, main: Compiled, endsWith: string): Clause {
  const words = wordsIn(tokens);
  const language = languageOf(words, main);
  const hasBack = words.some(({ lower }) => ANY.back.has(lower));
  const saysMoney =
    words.some(({ lower }) => ANY.money.has(lower)) ||
    tokens.some(({ meaning }) => meaning === "amount" || meaning === "reference");
  return {
    tokens,
    from,
    words,
    language,
    asks: words.some(({ lower }) => ANY.asks.has(lower)) || (hasBack && saysMoney) || asksByPair(words, tokens),
    asksLoosely: words.some(({ lower }) => language.loosely.has(lower)),
    namesReference: tokens.some(({ meaning }) => meaning === "reference"),
    hasAmount: tokens.some(({ meaning }) => meaning === "amount"),
    verbAt: words.findIndex(({ lower }) => isVerb(lower, language)),
    endsWith,
  };
}

/** "to be refunded", "return $20". */
function asksByPair(words: readonly Token[], tokens: readonly Token[]): boolean {
  const isBe = words.some(
    ({ lower }, at) => lower === "be" && /^re(?:funded|imbursed)$/.test(words[at + 1]?.lower ?? ""),
  );
  const isOfMoney = tokens.some(({ meaning }) => meaning === "amount" || meaning === "reference");
  return isBe || (isOfMoney && words.some(({ lower }) => lower === "return"));
}

/** English makes a past of most verbs with -ed. */
const isVerb = (lower: string, { verbs, known, request }: Compiled): boolean =>
  verbs.has(lower) || (known === english.known && isPast(lower, known) && !request.has(lower));

/** arrived, offered, promised: a word that is known, or whose stem is. */
const isPast = (lower: string, known: Words): boolean =>
  /..ed$/.test(lower) &&
  (known.has(lower) || known.has(lower.slice(0, -2)) || (lower.length > 4 && known.has(lower.slice(0, -1))));

export const wordsIn = (tokens: readonly Token[]): Token[] =>
  tokens.filter(({ kind, meaning }) => kind === "word" && meaning === null);

/** The text's language where it knows all words of the clause, else the first that does, else that with most. */
function languageOf(words: readonly Token[], main: Compiled): Compiled {
  const unknownIn = (lexicon: Compiled): number =>
    words.filter(({ lower }) => !lexicon.known.has(lower) && !ANYWHERE.has(lower)).length;
  const fewest = Math.min(...LEXICONS.map(unknownIn));
  if (unknownIn(main) === fewest) return main;
  return LEXICONS.find((lexicon) => unknownIn(lexicon) === fewest) ?? main;
}

/** Marks the pairs of words of which neither means what it means alone, and names behind a title. */
export function readPhrases(tokens: readonly Token[]): void {
  tokens.forEach((one, index) => {
    const next = tokens[index + 1];
    if (one.kind !== "word" || next?.kind !== "word") return;
    const third = tokens[index + 2];
    const pair = `${one.lower} ${next.lower}`;
    const isPhrase = (words: string): boolean => ANY.phrases.has(words);
    const isOf = /^(?:of|on|in|from)$/.test(tokens[index + 2]?.lower ?? "");
    const isName =
      ANY.titles.has(one.lower) && /^\p{Lu}\p{Ll}/u.test(next.raw) && !isKnownAnywhere(next.lower) && !isOf;
    const parts = isPhrase(pair) ? [one, next] : isName ? [next] : [];
    if (third?.kind === "word" && isPhrase(`${pair} ${third.lower}`)) parts.push(one, next, third);
    for (const part of parts) part.meaning ??= "phrase";
  });
}
const isKnownAnywhere = (lower: string): boolean => ANY.known.has(lower);
