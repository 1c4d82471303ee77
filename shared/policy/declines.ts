import type { Decline, DeclineClass } from "../contracts/provider.ts";

/** The strictest first. */
const SEVERITY: readonly DeclineClass[] = ["never", "needs_customer", "soft"];

/** `code`: null where nobody says why. */
export type DeclineSaid = { declineClass: DeclineClass; code: string | null; isKnown: boolean };

const UNSAID: DeclineSaid = { declineClass: "needs_customer", code: null, isKnown: false };

/**
 * The stricter of the provider's current decline and the event's. If the current one is milder, a person must judge
 * whether the older one still applies. The provider's adapter classifies the codes. No reason is no permission.
 */
export function strictest(now: Decline | null, then: Decline | null): DeclineSaid {
  const said = [now, then].flatMap((decline) => (decline === null ? [] : (wordsOf(decline) ?? [])));
  for (const declineClass of SEVERITY) {
    const found = said.find((one) => one.declineClass === declineClass);
    if (found !== undefined) return found;
  }
  return UNSAID;
}

/** Null for a decline without a word of why. Of one that is not known, all its words: a person looks at them. */
function wordsOf({ code, advice, class: declineClass, isKnown }: Decline): DeclineSaid | null {
  const words = [code, advice].filter((word) => word !== null);
  const [first] = words;
  if (first === undefined) return null;
  return { declineClass, code: isKnown ? first : words.join(" with the advice "), isKnown };
}
