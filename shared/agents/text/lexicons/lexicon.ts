/**
 * What code knows of a language. Words are in lower case, separated by spaces; `refund*` stands for every word that begins
 * so. A word that is in no list is unknown, and unknown words leave a request to a person: docs/decisions/0024.
 */
export type Lexicon = {
  language: string;
  /** Ask for money back. */
  asks: string;
  /** May ask for money back, and may mean other things: cancel, credit. */
  loosely: string;
  /** May stand beside what is asked for without changing how much of it: please, the full amount of. */
  request: string;
  /** Say that a charge was wrong as a whole: charged twice, by mistake. */
  wrong: string;
  /** Tell a story: known elsewhere than beside what is asked for. */
  plain: string;
  /** Make a clause a statement. Behind one of them a word may be unknown: "the parcel was soggy". */
  verbs: string;
  /** Take something away from what is asked, or make it depend on something: except, keep, unless. */
  limits: string;
  /** Begin a clause of its own within a sentence. */
  joins: string;
  /** Those of them that begin a reason. What gives a reason changes no amount. */
  reasons: string;
  /** Name a part of a payment, or compare: the shipping, the rest, the difference. */
  parts: string;
  /** Parts that may stand beside an amount of their own: the shipping of $9.99. */
  components: string;
  /** Numbers, fractions and vague quantities in words. */
  quantities: string;
  not: string;
  /** May stand between a `not` and what is asked for: "do not want you to refund". Empty: any word of the clause. */
  between: string;
  /** Say that money was returned; beside one of `already` the request is taken for withdrawn. */
  returned: string;
  already: string;
  months: string;
  /** Units of time, and the words that make a number of them a point in time: two weeks ago, seit zwei Wochen. */
  units: string;
  since: string;
  times: string;
  /** End a letter: what follows in capitals is a name. */
  closings: string;
  /** What comes back is money only beside one of these: "my money back", not "call me back". */
  money: string;
  back: string;
  /** Beside an amount it changes nothing: "only $20". */
  only: string;
  /** Join a clause that tells more of the payment. */
  which: string;
  /** Begin a question that asks for something, behind a greeting. */
  polite: string;
  greetings: string;
  /** How often, where it is not said that something was charged so often. */
  twice: string;
  /** Say which payment a date or a number behind them is of. */
  payments: string;
  /** "a purchase of INV-1042" is one of several. */
  articles: string;
  of: string;
  /** May stand alone beside an amount that is asked for in the clause before or behind. */
  beside: string;
  /** A name may follow. */
  titles: string;
  /** Say what the number behind them is: of an invoice, of something that no look-up finds, the end of a card number. */
  invoiceLabels: string;
  otherLabels: string;
  cardLabels: string;
  /** May stand between a label and its number. */
  numberLabels: string;
  /** Pairs of words that mean nothing of what one of them means alone: very much, some reason. Separated by commas. */
  phrases: string;
};

type ListName = Exclude<keyof Lexicon, "language" | "phrases">;
export type Words = { has(word: string): boolean; isEmpty: boolean };
export type Compiled = { language: string; phrases: ReadonlySet<string>; known: Words } & { [Name in ListName]: Words };

/** Two sets: whole words, and beginnings of words. The shortest beginning that is looked up has three letters. */
function wordsOf(...lists: readonly string[]): Words {
  const all = lists.flatMap((list) => list.split(/\s+/)).filter((word) => word !== "");
  const whole = new Set(all.filter((word) => !word.endsWith("*")));
  const starts = new Set(all.filter((word) => word.endsWith("*")).map((word) => word.slice(0, -1)));
  const longest = Math.max(0, ...Array.from(starts, ({ length }) => length));
  const beginsSo = (word: string): boolean => {
    for (let length = 3; length <= Math.min(word.length, longest); length += 1)
      if (starts.has(word.slice(0, length))) return true;
    return false;
  };
  return { has: (word) => whole.has(word) || beginsSo(word), isEmpty: all.length === 0 };
}

export function merged(lexicons: readonly [Lexicon, ...Lexicon[]]): Lexicon {
  const names = Object.keys(lexicons[0]) as (keyof Lexicon)[];
  const all = names.map((name) => [
    name,
    lexicons.map((lexicon) => lexicon[name]).join(name === "phrases" ? ", " : " "),
  ]);
  return Object.fromEntries(all) as Lexicon;
}

export function compile(lexicon: Lexicon): Compiled {
  const { language, phrases, ...lists } = lexicon;
  const entries = Object.entries(lists).map(([name, list]) => [name, wordsOf(list)] as const);
  return {
    language,
    phrases: new Set(phrases.split(", ")),
    known: wordsOf(...Object.values(lists)),
    ...(Object.fromEntries(entries) as { [Name in ListName]: Words }),
  };
}
