// What a plain-language request asks for, by patterns over English words. Text that matches no pattern becomes a case.

import { type Change, readChange } from "./subscription-words.ts";
import { isTakenBack } from "./taken-back.ts";

export type Ask =
  | { kind: "refund"; reason: string }
  | { kind: "change"; change: Change }
  | { kind: "taken_back" }
  | { kind: "something_else" }
  | { kind: "nothing" };
export type RequestText = { ask: Ask; manipulative: boolean };

/** Text that addresses the reader of the event instead of describing a payment. It is never obeyed and lowers confidence. */
const manipulation =
  /\b(ignore|disregard|forget|override)\b[^.!?\n]*\b(instructions?|rules?|polic(y|ies)|prompts?|guardrails?|limits?|above|previous)\b|\bsystem prompt\b|\byou are now\b|\bact as\b|\bas (an?|the) (admin|administrator|system|developer)\b|\b(refund|pay out|release|capture)\s+(everything|everyone|every|all\s+(the\s+|our\s+|other\s+)?(customers|payments|charges|invoices|orders|users|accounts))\b|<\/?\s*(event|system|instructions?)\b|"(action|target|extent|amount(_cents)?|confidence)"\s*:|\b(action|extent|confidence)\s*=/i;

const refundWords =
  /\b(refund(s|ed|ing)?|money back|reimburse(d|ment)?|reverse (the|this|that|my) (charge|payment)|give (me )?back|credit (me )?back|return (my|the|our) (money|payment))\b/i;

const duplicateWords =
  /\b(duplicate[ds]?|charged (me |us )?(twice|two times|2 times|again)|double[- ](charged?|billed|payment)|billed (me |us )?twice|paid twice|(two|2) charges|same charge twice)\b/i;

const unwanted = /\b(do not|don't|dont|no need to|not asking|never)\b[^.!?\n]{0,30}\b(refund|money back)/i;

/** A question about an existing refund, not a request for one. */
const statusQuestion =
  /\b(when|where|what happened|status|has|have|did|was|how long)\b[^.!?\n]*\brefund(s|ed)?\b[^.!?\n]*\?/i;

/** A promised refund that did not arrive: a second refund would be wrong. */
const missingRefund =
  /(\b(never|not|still)|n't)\s+(received?|get|got|gotten|seen?|had|waiting (for|on))\s+(my|the|a|any|that|our)\s+refund\b|\brefund\s+(has not|hasn't|have not|haven't|never|did not|didn't|still)\b/i;

const plainAsk = /\b(please|i want|i would like|i'd like|need|can i|could i|can you|could you|want my)\b/i;

const otherAsk =
  /\b(cancel|pause|resume|downgrade|upgrade|change|update|stop|delete|remove|help|fix|call|contact|dispute|complain|charge|capture|release|retry|pay|problem|issue|wrong|error|fraud|stolen|broken)\w*\b/i;

const reasons: readonly [RegExp, string][] = [
  [duplicateWords, "Duplicate charge detected"],
  [/\b(never|not|didn't|did not)\b[^.!?\n]{0,20}\b(arrive|receive|deliver|ship)/i, "Order was not received"],
  [/\b(damaged|defective|broken|faulty)\b/i, "Product was defective"],
  [/\b(cancel(l?ed|lation)?)\b/i, "Service was cancelled"],
  [/\b(accident(al|ally)?|by mistake|mistaken(ly)?)\b/i, "Purchase was made by mistake"],
  [
    /\b(fraud|stolen|not (mine|me|ours)|fraudulent|unauthori[sz]ed|did not (make|authori[sz]e))\b/i,
    "Charge was not authorised",
  ],
  [/\b(overcharged?|too much|wrong amount)\b/i, "Customer was overcharged"],
  [/\b(not (satisfied|happy)|unhappy|dissatisfied)\b/i, "Customer was not satisfied"],
];

export function readRequestText(written: string): RequestText {
  const text = written.replaceAll("’", "'");
  const manipulative = manipulation.test(text);
  // Asked of the whole text: "ignore my last message" looks like manipulation, and takes the request back.
  if (isTakenBack(text)) return { ask: { kind: "taken_back" }, manipulative };
  // Manipulative sentences are ignored; the rest of the text is judged alone.
  const rest = manipulative
    ? sentences(text)
        .filter((sentence) => !manipulation.test(sentence))
        .join(" ")
    : text;
  return { ask: askOf(rest), manipulative };
}

function askOf(text: string): Ask {
  if (unwanted.test(text)) return { kind: "something_else" };
  if (missingRefund.test(text)) return { kind: "something_else" };
  const asking = sentences(text)
    .filter((sentence) => !asksForStatus(sentence))
    .join(" ");
  const change = readChange(text);
  if (refundWords.test(asking) || duplicateWords.test(asking)) {
    // Money back and a change are two things.
    return change.kind === "none" ? { kind: "refund", reason: reasonOf(asking) } : { kind: "something_else" };
  }
  if (change.kind !== "none") return change.kind === "change" ? change : { kind: "something_else" };
  if (asking.trim() === "" || asking !== sentences(text).join(" ")) return { kind: "nothing" };
  return otherAsk.test(text) ? { kind: "something_else" } : { kind: plainOrThanks(text) };
}

function asksForStatus(sentence: string): boolean {
  return statusQuestion.test(sentence) && !plainAsk.test(sentence) && !duplicateWords.test(sentence);
}

function reasonOf(text: string): string {
  return reasons.find(([pattern]) => pattern.test(text))?.[1] ?? "Refund requested by the customer";
}

function plainOrThanks(text: string): "nothing" | "something_else" {
  return /\?|\b(thanks?|thank you|hello|hi|cheers|great|appreciate)\b/i.test(text) ? "nothing" : "something_else";
}

function sentences(text: string): string[] {
  return text.split(/(?<=[.!?])\s+|\n+/);
}
