import type { Doubt } from "../../../contracts/words.ts";
import type { Clause, TextLanguage } from "../clauses.ts";
import { ANY } from "../lexicons/index.ts";
import type { Token } from "../tokens.ts";
import { doubt, isKnown, isRequest } from "./doubt.ts";

/**
 * Number words, fractions and vague quantities. In what is told before the request, and as the subject of what is told
 * behind it ("one seat was defective"), they count things, and leave only the whole open.
 */
export function quantitiesIn(clause: Clause, text: TextLanguage, isAfterAsk: boolean): Doubt[] {
  const { words, verbAt } = clause;
  const isCount = (one: Token): boolean =>
    verbAt >= 0 && (!isAfterAsk || words.indexOf(one) < verbAt) && !isRequest(clause);
  return listed(clause, text, "quantities").flatMap((one) => doubt(isCount(one) ? "count" : "number", [one]));
}

/** "the rest of", "a week of", "the shipping of". `beside`: the clauses before and behind. */
export function partsIn(clause: Clause, text: TextLanguage, beside: readonly (Clause | undefined)[]): Doubt[] {
  const { words, language } = clause;
  const components = words.filter(({ lower }) => language.components.has(lower));
  return [
    ...listed(clause, text, "parts").flatMap((one) => doubt("part", [one])),
    ...doubt("part", isRequest(clause) ? words.filter((one) => isSpan(one, clause)) : []),
    ...doubt(haveAmount(components, clause, beside) ? "component" : "part", components),
  ];
}

/** Words of a language's list. Where the text's language is not sure, those of any language's. */
function listed(clause: Clause, { isSure }: TextLanguage, list: "quantities" | "parts"): Token[] {
  const { words, language } = clause;
  return words.filter(
    (one) => language[list].has(one.lower) || ((!isSure || !isKnown(language, one)) && ANY[list].has(one.lower)),
  );
}

/** A week, October. "May I" is no month. */
const isSpan = ({ lower }: Token, { words, language }: Clause): boolean =>
  language.units.has(lower) || (language.months.has(lower) && !(lower === "may" && words[0]?.lower === "may"));

/** "the shipping of $9.99" and "overcharged" leave only the whole open; "$20 with shipping" leaves open which amount. */
function haveAmount(components: readonly Token[], clause: Clause, beside: readonly (Clause | undefined)[]): boolean {
  if (components.every(({ lower }) => OF_ANY_AMOUNT.test(lower))) return true;
  const isAdded = clause.words.some(({ lower }) => /^(?:with|and|plus)$/.test(lower));
  return (
    !isAdded && (clause.hasAmount || beside.some((other) => other?.hasAmount === true && other.words.length === 0))
  );
}
const OF_ANY_AMOUNT = /^(?:over|part|teil|parz|parc|częśc|gedeel|delv)/;
