import type { PaymentEvent } from "../../contracts/event.ts";
import { saysSum } from "../../contracts/facts.ts";
import type { IdGrammar } from "../../contracts/provider.ts";
import { byReach, type Doubt, type FoundAmount, type NamedAmount, type ReadWords } from "../../contracts/words.ts";
import { readAmounts } from "./amounts.ts";
import { amountsAsked } from "./asked-amounts.ts";
import { clausesOf, languageOfText, readPhrases } from "./clauses.ts";
import { readTimes } from "./dates.ts";
import { doubtsOfWords } from "./doubts/index.ts";
import { maskCovering } from "./mask.ts";
import { normalise } from "./normalise.ts";
import { quotedAskIn } from "./quotes.ts";
import { type FoundReference, namedByFields, numbered, REFERENCES_MAX, readReferences } from "./references.ts";
import { gluedFigures, tokenise } from "./tokens.ts";

const AMOUNTS_MAX = 8;
const DOUBTS_MAX = 12;
const QUOTED_MAX = 60;

/**
 * An event as code and an agent read it. `text`: normalised and masked, whole; null where the event has none. All that is
 * named is in it: more than an agent can tell apart is a doubt, and a case before an agent is asked.
 */
export type Reading = ReadWords & {
  text: string | null;
  hidden: readonly string[];
  references: readonly FoundReference[];
};

export function readEvent(event: PaymentEvent, ids: IdGrammar): Reading {
  const fields = namedByFields(event, ids);
  const own: NamedAmount[] =
    event.amountMinor === undefined
      ? []
      : [{ amountMinor: event.amountMinor, currency: event.currency ?? null, isAsked: !saysSum(event.tells?.fact) }];
  if (event.text === undefined) {
    return { text: null, hidden: [], references: numbered(fields), amounts: own, doubts: [], asks: true };
  }
  const read = readText(event.text, event.covered, ids);
  const references = numbered([...fields, ...read.named]);
  const amounts = distinct([...own, ...read.amounts]);
  const doubts = [
    ...tooMany(references.length, REFERENCES_MAX, "references"),
    ...tooMany(amounts.length, AMOUNTS_MAX, "amounts"),
    ...read.doubts,
  ];
  return {
    text: read.text,
    hidden: read.hidden,
    references,
    amounts,
    doubts: doubts.toSorted(byReach).slice(0, DOUBTS_MAX),
    asks: read.asks,
  };
}

/**
 * `coveredBefore`: what the door's mask hid, and what was written as a mask before it. An event that came through no such mask
 * has none: then whatever looks like a mask was written by its sender.
 *
 * Every number-like token, number word and part word is a reference, an amount, a date or time, or a doubt.
 */
function readText(raw: string, coveredBefore: readonly string[] | undefined, ids: IdGrammar) {
  const { text: seen, hidden } = normalise(raw);
  const { text, covered, written } = maskCovering(seen);
  const tokens = tokenise(text);
  const { named, odd } = readReferences(tokens, ids);
  readTimes(tokens);
  const { amounts, unclear, numbers } = readAmounts(tokens);
  readPhrases(tokens);
  const language = languageOfText(tokens);
  const clauses = clausesOf(tokens, language);
  const { doubts, asks } = doubtsOfWords(clauses, language);
  const quoted = quotedAskIn(text);
  const doubt = (about: Doubt["about"], words: readonly string[]): Doubt[] =>
    words.map((one) => ({ about, words: one.slice(0, QUOTED_MAX) }));
  return {
    text,
    hidden,
    named,
    amounts: amountsAsked(amounts, tokens, clauses),
    doubts: [
      ...doubt("hidden", hidden),
      ...doubt("reference", odd),
      ...doubt("amount", unclear),
      ...doubt("number", [...numbers, ...gluedFigures(text)]),
      ...doubt("masked", [...(coveredBefore ?? written), ...covered]),
      ...doubt("quoted", quoted === null ? [] : [quoted]),
      ...doubts.map(({ about, words }) => ({ about, words: words.slice(0, QUOTED_MAX) })),
    ],
    asks,
  };
}

const tooMany = (count: number, most: number, what: string): Doubt[] =>
  count > most ? [{ about: "too_many", words: `${count} ${what}, at most ${most} can be told apart` }] : [];

/** Each amount once; it is asked for if it is asked for anywhere. */
function distinct(amounts: readonly NamedAmount[]): NamedAmount[] {
  const keyOf = ({ amountMinor, currency }: FoundAmount): string => `${amountMinor} ${currency}`;
  return [...Map.groupBy(amounts, keyOf).values()].flatMap(([first, ...same]) =>
    first === undefined ? [] : [{ ...first, isAsked: first.isAsked || same.some(({ isAsked }) => isAsked) }],
  );
}
