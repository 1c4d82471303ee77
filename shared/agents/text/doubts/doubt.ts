import type { Doubt, DoubtAbout } from "../../../contracts/words.ts";
import type { Clause } from "../clauses.ts";
import { ANY, ANYWHERE } from "../lexicons/index.ts";
import type { Compiled } from "../lexicons/lexicon.ts";
import type { Token } from "../tokens.ts";

const QUOTED_WORDS = 4;

/** A doubt that quotes the tokens; none where there are none. */
export function doubt(about: DoubtAbout, tokens: readonly Token[]): Doubt[] {
  if (tokens.length === 0) return [];
  const quoted = tokens.slice(0, QUOTED_WORDS).map(({ raw }) => raw);
  return [{ about, words: quoted.join(" ") }];
}

/** A clause that asks, or that names a reference and says nothing of it. */
export const isRequest = ({ asks, asksLoosely, namesReference, verbAt }: Clause): boolean =>
  asks || ((asksLoosely || namesReference) && verbAt < 0);

export const isReason = ({ words, language }: Clause): boolean => language.reasons.has(words[0]?.lower ?? "");

export const isKnown = ({ known }: Compiled, { lower }: Token): boolean => known.has(lower) || ANYWHERE.has(lower);

/** Changes nothing about how much is asked for. */
export function isRequestWord({ lower }: Token, language: Compiled): boolean {
  const { request, asks, loosely, components, parts, reasons, closings } = language;
  return (
    ANYWHERE.has(lower) ||
    [request, asks, loosely, components, parts, reasons, closings].some((list) => list.has(lower))
  );
}

/** "only $20": the amount says how much. */
export const isOnlyAmount = ({ lower }: Token, { hasAmount }: Clause): boolean => hasAmount && ANY.only.has(lower);
