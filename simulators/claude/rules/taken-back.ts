// A text that takes its own request back, or says that the money already went back, by patterns over English words. Such a
// text is for a person: of two sentences that contradict each other, no rule knows which one is meant.

const takenBack: readonly RegExp[] = [
  /\bnever ?mind\b|\bscratch that\b|(?<!n't |not |never |to )\bforget (about )?it\b|\bI take (it|that) back\b/i,
  /\b(ignore|disregard|forget|withdraw|cancel|retract) (my|our|this|that|the) ((last|previous|earlier) )?(request|message|e-?mail)\b/i,
  /\bwait[,.:;!–— -]{1,4}(no(?=\s*[,.!–—-]|\s*$)|don't|dont|do not|stop)/i,
  // A sentence, or an end of one, that says no more than "don't": "Actually, don't." or "cancel it, no, do not do that!"
  /(^|[.!?\n,;:–—-])[ \t]*((no|oh|wait|sorry|actually|please|but|on second thoughts?)[, ]{1,3}){0,4}(don't|dont|do not)( (do|cancel|pause|refund|change) (it|that|this))?( please| after all| yet)? ?([.!?\n]|$)/i,
  /\b(no longer|not|don't|dont) (want|need|require) (the|a|my|any|that) (refund|money back|cancell?ation|change|downgrade|pause)\b/i,
];

const returned: readonly RegExp[] = [
  /\balready ((been|got|gotten|have|had|received|was|were|is|issued|given|sent|back|me|us|a|my|our|the|your|full|partial) ){0,4}(refund(ed)?|reimbursed|money back|credited)\b/i,
  /\brefunded (\w+ ){0,2}already\b|\brefund (has|had|was|is) already\b|\bmoney (is|was|came) (already )?back\b/i,
  /\b(was|were|got) refunded\b|(?<!should )\b(has|have) been refunded\b/i,
];

export function isTakenBack(text: string): boolean {
  return [...takenBack, ...returned].some((pattern) => pattern.test(text));
}
