import type { NamedAmount } from "../../contracts/words.ts";
import type { AmountAt } from "./amounts.ts";
import type { Clause } from "./clauses.ts";
import { ANY } from "./lexicons/index.ts";
import type { Token } from "./tokens.ts";

/**
 * Which amounts are asked for: those in a clause that asks, alone in a clause beside it, or that were charged too much.
 * "I paid $100" states an amount; so does "of $100" behind another, and "charge me $60".
 */
export function amountsAsked(
  amounts: readonly AmountAt[],
  tokens: readonly Token[],
  clauses: readonly Clause[],
): NamedAmount[] {
  const ends = new Set(amounts.map(({ to }) => to));
  const clauseOfToken = clauses.flatMap((clause, index) =>
    clause.tokens.map((_, at) => [clause.from + at, index] as const),
  );
  const clauseAt = new Map(clauseOfToken);
  return amounts.map(({ at, from, amountMinor, currency }) => {
    const isStated = tokens[from - 1]?.lower === "of" && (ends.has(from - 2) || ends.has(from - 3));
    const isAsked = !isStated && !isToBePaid(tokens, from) && isAskedIn(clauses, clauseAt.get(at) ?? -1);
    return { amountMinor, currency, isAsked };
  });
}

/** "charge my card $20", not "the charge of $20". */
function isToBePaid(tokens: readonly Token[], from: number): boolean {
  const before = tokens.slice(Math.max(0, from - 4), from).map(({ lower }) => lower);
  const verb = before.findLastIndex((word) => /^(?:charge|bill|pay|debit|keep|invoice)$/.test(word));
  return (
    verb >= 0 &&
    !before.slice(verb + 1).includes("of") &&
    !/^(?:the|a|this|that|duplicate|my|double)$/.test(tokens[from - before.length + verb - 1]?.lower ?? "")
  );
}

function isAskedIn(clauses: readonly Clause[], index: number): boolean {
  const clause = clauses[index];
  if (clause === undefined) return false;
  if (clause.asks || clause.asksLoosely) return true;
  const isNextToAsk = [clauses[index - 1], clauses[index + 1]].some((beside) => beside?.asks === true);
  const isAlone = clause.words.every(({ lower }) => ANY.beside.has(lower));
  const isTooMuch = clause.words.some(({ lower }) => /^over(?:charg|bill)/.test(lower));
  return (isNextToAsk && isAlone) || (isTooMuch && clauses.some(({ asks }) => asks));
}
