import type { Doubt } from "../../../contracts/words.ts";
import type { Clause } from "../clauses.ts";
import { english } from "../lexicons/index.ts";
import type { Words } from "../lexicons/lexicon.ts";
import type { Token } from "../tokens.ts";
import { doubt, isKnown, isOnlyAmount, isReason, isRequest, isRequestWord } from "./doubt.ts";

/** The words of a clause that code does not know where it must, in a text that names what it is about. */
export function unknownIn(clause: Clause, isAfterAsk: boolean): Doubt[] {
  const { words, language, verbAt, namesReference } = clause;
  const beyondRequest = words.filter(
    (one) => !isRequestWord(one, language) && !isOnlyAmount(one, clause) && !language.quantities.has(one.lower),
  );
  if (isRequest(clause)) return doubt("words", beyondRequest);
  // "the parcel was soggy" tells what happened. "It is about the socks", behind the request, may say what is meant.
  const isNow = isAfterAsk && NOW.test(words[verbAt]?.lower ?? "");
  if (isNow)
    return doubt(
      "words",
      beyondRequest.filter((one) => !isKnown(language, one)),
    );
  if (verbAt >= 0 && !namesReference) return [];
  const mayTell = listsFor(clause, isAfterAsk);
  const unknown = beyondRequest.filter(({ lower }) => !mayTell.some((list) => list.has(lower)));
  const isAside = !isAfterAsk && !namesReference && unknown.every((one) => isKnown(language, one));
  return doubt(isAside ? "fragment" : "words", unknown);
}

const NOW = /^(?:is|are|am|it's|that's|isn't|aren't|isnt)$/;

/** What a clause may say besides the words of a request. */
function listsFor(clause: Clause, isAfterAsk: boolean): Words[] {
  const { words, language, verbAt } = clause;
  if (verbAt >= 0) return [language.wrong, language.verbs, language.not];
  // Of other languages code knows few words, and none of what is bought.
  if (language !== english) return [language.known];
  const goesOn = !isAfterAsk && language.joins.has(words[0]?.lower ?? "");
  return isReason(clause) || goesOn ? [language.known] : [language.wrong];
}

/** Where only a field names the payment, people tell a story: what counts is where they ask, and what is most of a clause. */
export function unknownInStory(clause: Clause): Doubt[] {
  const { words, language, asks, asksLoosely, hasAmount } = clause;
  if (hasAmount && asks) return unknownIn(clause, false);
  const unknown: Token[] = words.filter((one) => !isKnown(language, one));
  return asks || asksLoosely || unknown.length * 2 > words.length ? doubt("words", unknown) : [];
}
