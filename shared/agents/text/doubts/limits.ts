import type { Doubt } from "../../../contracts/words.ts";
import type { Clause } from "../clauses.ts";
import { ANY } from "../lexicons/index.ts";
import { doubt, isOnlyAmount, isRequest } from "./doubt.ts";

/** What takes something away from a request, makes it depend on something, or makes a question of it. */
export const limitsIn = (clause: Clause, isAfterAsk: boolean): Doubt[] => [
  ...exceptionsIn(clause, isAfterAsk),
  ...conditionIn(clause, isAfterAsk),
  ...questionIn(clause),
];

/** "except", "keep" anywhere; "but", "only" from where the text asks: before it they tell a story. */
function exceptionsIn(clause: Clause, isAfterAsk: boolean): Doubt[] {
  const { words, language } = clause;
  const limits = words.filter(({ lower }) => language.limits.has(lower) && (isAfterAsk || !language.plain.has(lower)));
  return doubt(
    "words",
    limits.filter((one) => !isOnlyAmount(one, clause)),
  );
}

/** "so", "after", "when" behind what is asked for. A reason changes nothing, and "which" tells more of the payment. */
function conditionIn({ words, language, asks }: Clause, isAfterAsk: boolean): Doubt[] {
  const joint = words[0]?.lower ?? "";
  if (!isAfterAsk || asks || !language.joins.has(joint)) return [];
  const isHarmless = language.reasons.has(joint) || language.request.has(joint) || ANY.which.has(joint);
  return isHarmless ? [] : doubt("words", words);
}

/** "Should we refund it?" asks something else than "can you refund it?". */
function questionIn(clause: Clause): Doubt[] {
  if (clause.endsWith !== "?" || !(isRequest(clause) || clause.namesReference)) return [];
  const first = clause.words.find(({ lower }) => !ANY.greetings.has(lower))?.lower;
  return first === undefined || ANY.polite.has(first) || clause.language.joins.has(first)
    ? []
    : doubt("words", clause.words);
}
