import type { Doubt } from "../../../contracts/words.ts";
import type { Clause } from "../clauses.ts";
import { ANY } from "../lexicons/index.ts";
import type { Token } from "../tokens.ts";
import { doubt, isReason, isRequest } from "./doubt.ts";

/** What may be the thing that is asked for and is no payment: a date, a labelled number, one of several, a sign. */
export const objectsIn = (clause: Clause, isAfterAsk: boolean): Doubt[] => [
  ...timesIn(clause, isAfterAsk),
  ...oneOfIn(clause),
];

/** A sign that code does not know may be a number, or a "no". */
export const symbolsIn = ({ tokens }: Clause): Doubt[] =>
  doubt(
    "number",
    tokens.filter(({ kind, raw }) => kind === "symbol" && raw !== "&"),
  );

/** "Refund June 3", "refund order 200000", and "twice" behind what is asked for; not "the payment of June 3". */
function timesIn(clause: Clause, isAfterAsk: boolean): Doubt[] {
  const { tokens, words, verbAt } = clause;
  const isCharged = words.some(({ lower }) => ANY.payments.has(lower));
  if (isAfterAsk && verbAt < 0 && !isCharged) {
    const times = tokens.filter(({ lower }) => ANY.twice.has(lower));
    if (times.length > 0) return doubt("number", times);
    if (words.length === 0 && tokens.every(({ meaning }) => meaning === "time")) return doubt("number", tokens);
  }
  if (!isRequest(clause) && !(isReason(clause) && verbAt < 0)) return [];
  return tokens.flatMap((one, index) => {
    const said = tokens.slice(Math.max(0, index - 4), index);
    const isObject = one.meaning === "time" || one.meaning === "identifier";
    return isObject && !said.some(({ lower }) => lower === "#" || ANY.payments.has(lower))
      ? doubt("number", [one])
      : [];
  });
}

/** "a purchase of INV-1042", "una de INV-1042": one of several. "A refund of" is what is asked for. */
function oneOfIn({ tokens, language }: Clause): Doubt[] {
  const isAsk = ({ lower }: Token): boolean => language.asks.has(lower) || language.loosely.has(lower);
  return tokens.flatMap((one, index) => {
    const [before, noun, of] = [tokens[index - 3], tokens[index - 2], tokens[index - 1]];
    if (one.meaning !== "reference" || noun === undefined || of === undefined || !ANY.of.has(of.lower)) return [];
    if (ANY.articles.has(noun.lower)) return doubt("number", [noun, of]);
    return before !== undefined && ANY.articles.has(before.lower) && !isAsk(noun)
      ? doubt("number", [before, noun, of])
      : [];
  });
}
