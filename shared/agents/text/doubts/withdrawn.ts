import type { Doubt } from "../../../contracts/words.ts";
import type { Clause } from "../clauses.ts";
import type { Token } from "../tokens.ts";

const TAKEN_BACK =
  /\b(?:never ?mind|no wait|wait no|wait don't|scratch that|forget (?:it|that|about it)|disregard|ignore (?:this|that|my|the) (?:mail|email|message|request)|on second thoughts?|take (?:it|that|this) back|hold on|leave it|cancel that|doch nicht|vergessen sie|laissez tomber|surtout pas|olvíd\w*)\b|^(?:wait|don't|do not|stop|no|nein|non|não|nie|nej|nei|nee)$/u;
/** "Thanks for the refund"; "merci de rembourser" asks for it. */
const THANKS =
  /^(?:many )?(?:thanks|thank you|danke|vielen dank|merci|gracias|grazie|obrigad[oa]|bedankt|dank|dziękuję|tack|tak|takk) (?:for|für|pour|por|per|pelo|pela|voor|za|för)\b/;
/** "Cancel the refund", "the refund is complete", "I have my refund". */
const UNDONE =
  /\b(?:cancel|void|undo|reverse|dispute|avoid|return|withdraw|stop|storn\w*|annul\w*|anul\w*|cancel\w*)(?: sie)?(?: (?:the|my|our|your|this|a|die|den|das|le|la|el|il|lo|o|het|de|l'|zwrot)){0,2} (?:refund|reimbursement|chargeback|erstattung|rückerstattung|remboursement|reembolso|rimborso|terugbetaling|återbetalning\w*|refusion\w*)\b|\brefunds? (?:\S+ ){0,3}(?:is|are) (?:complete|completed|paid|approved|done|ok|okay|processed|here|there)\b|\b(?:have|appreciate|enjoy|happy with) (?:the|my|your|this) refund\b|\bis back\b|\bcancel (?:my|this|the) request\b/u;
const NEAR = 3;

/** "do NOT refund", "already refunded", "never mind": the request is taken back, or the money was returned. */
export function withdrawnIn(clause: Clause): Doubt[] {
  const words = clause.tokens.filter(({ kind }) => kind === "word");
  const said = words.map(({ lower }) => lower).join(" ");
  const isShortNo =
    clause.verbAt < 0 && clause.words.length <= 3 && clause.words.some(({ lower }) => clause.language.not.has(lower));
  const isThanks = clause.asks && THANKS.test(said);
  const phrase =
    isShortNo || isThanks ? quoted(words, 0, words.length) : (TAKEN_BACK.exec(said) ?? UNDONE.exec(said))?.[0];
  const found = phrase === undefined ? (deniedIn(words, clause) ?? returnedIn(words, clause)) : phrase;
  return found === null ? [] : [{ about: "withdrawn", words: found }];
}

const quoted = (words: readonly Token[], from: number, to: number): string =>
  words
    .slice(from, to + 1)
    .map(({ raw }) => raw)
    .join(" ");

/** From a "not" to what is asked for, over words that may stand between; in other languages anywhere in the clause. */
function deniedIn(words: readonly Token[], { language, asks }: Clause): string | null {
  const isAsk = ({ lower }: Token): boolean =>
    language.asks.has(lower) || language.loosely.has(lower) || lower === "refund";
  for (const [at, { lower }] of words.entries()) {
    if (!language.not.has(lower) || words[at - 2]?.lower === "if") continue;
    if (language.between.isEmpty) {
      if (asks || words.some(isAsk)) return quoted(words, 0, words.length);
      continue;
    }
    let next = at + 1;
    while (words[next] !== undefined && language.between.has(words[next]?.lower ?? "") && !isAsk(words[next] as Token))
      next += 1;
    const reached = words[next];
    if (reached !== undefined && isAsk(reached)) return quoted(words, at, next);
  }
  return null;
}

/** "was refunded", "got my refund", "you refunded"; not "not refunded" and not "you refund". */
function returnedIn(words: readonly Token[], { language }: Clause): string | null {
  for (const [at, { lower }] of words.entries()) {
    if (!language.returned.has(lower)) continue;
    const isNoun = lower === "refund";
    for (let back = at - 1; back >= Math.max(0, at - NEAR); back -= 1) {
      const before = words[back]?.lower ?? "";
      const isDone = isNoun
        ? /^(?:got|received)$/.test(before)
        : language.already.has(before) || (before === "you" && back === at - 1);
      const isDenied = words.slice(Math.max(0, back - 2), at).some((word) => language.not.has(word.lower));
      if (isDone && !isDenied) return quoted(words, back, at);
    }
    const after = words
      .slice(at + 1, at + 1 + NEAR)
      .findIndex(
        (word) => language.already.has(word.lower) && !isNoun && !/^(?:was|were|been|got|received)$/.test(word.lower),
      );
    if (after >= 0) return quoted(words, at, at + 1 + after);
  }
  return null;
}
