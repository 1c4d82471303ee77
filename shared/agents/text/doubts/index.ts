import type { Doubt } from "../../../contracts/words.ts";
import type { Clause, TextLanguage } from "../clauses.ts";
import { ANY } from "../lexicons/index.ts";
import { limitsIn } from "./limits.ts";
import { objectsIn, symbolsIn } from "./objects.ts";
import { partsIn, quantitiesIn } from "./parts.ts";
import { unknownIn, unknownInStory } from "./unknown.ts";
import { withdrawnIn } from "./withdrawn.ts";

/** What the words leave open. `asks`: some ask for money back. */
export type WordDoubts = { doubts: Doubt[]; asks: boolean };

/**
 * Words are an allow-list. Where a text names what it is about, a clause that asks may have only words that change nothing
 * about how much is asked for, and any other clause must be a statement or have only words that code knows. Where only a
 * field names it, people tell a story, and less is asked of their words: docs/decisions/0024
 */
export function doubtsOfWords(clauses: readonly Clause[], text: TextLanguage): WordDoubts {
  const letter = clauses.slice(0, signatureAt(clauses));
  const firstAsk = letter.findIndex(({ asks }) => asks);
  const namesIt = letter.some(({ namesReference }) => namesReference);
  const asks = firstAsk >= 0 || (!namesIt && letter.some(mayAsk));
  const doubts = letter.flatMap((clause, index) => {
    const isAfterAsk = firstAsk < 0 || index >= firstAsk;
    return [
      ...quantitiesIn(clause, text, isAfterAsk),
      ...withdrawnIn(clause),
      ...(asks ? [...partsIn(clause, text, [letter[index - 1], letter[index + 1]]), ...symbolsIn(clause)] : []),
      ...(namesIt ? strictly(clause, firstAsk >= 0 && isAfterAsk) : unknownInStory(clause)),
    ];
  });
  return { doubts, asks };
}

const strictly = (clause: Clause, isAfterAsk: boolean): Doubt[] => [
  ...unknownIn(clause, isAfterAsk),
  ...limitsIn(clause, isAfterAsk),
  ...objectsIn(clause, isAfterAsk),
];

/** Words that may ask for money back, or say that a charge was wrong. */
const mayAsk = ({ words, language, asksLoosely }: Clause): boolean =>
  asksLoosely || words.some(({ lower }) => language.wrong.has(lower));

/** The index of the first clause behind the one that ends a letter, where all that follow are names. */
function signatureAt(clauses: readonly Clause[]): number {
  const closing = clauses.findLastIndex(({ words, language }) =>
    words.some(({ lower }) => language.closings.has(lower)),
  );
  const names = clauses.slice(closing + 1);
  const end = clauses[closing]?.endsWith;
  const isOwnLine = end === "" || end === "\n";
  const isSigned = closing >= 0 && isOwnLine && names.length <= 2 && names.every(isName);
  return isSigned && clauses.slice(0, closing).some(({ asks }) => asks) ? closing + 1 : clauses.length;
}

const isName = ({ tokens }: Clause): boolean =>
  tokens.length <= 3 &&
  tokens.every(({ kind, raw, lower }) => kind === "word" && /^\p{Lu}\p{Ll}*$/u.test(raw) && !saysMore(lower));
const saysMore = (lower: string): boolean =>
  [ANY.parts, ANY.components, ANY.quantities, ANY.limits, ANY.not].some((list) => list.has(lower));
