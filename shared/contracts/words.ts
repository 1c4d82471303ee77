import type { Currency } from "../core/money.ts";

/** What code read in a text that people wrote. The guardrails judge it; an agent only points at it. */

/** In minor units. `currency` null: the event's own amount, which came without one, and stands for nothing. */
export type FoundAmount = { amountMinor: number; currency: Currency | null };

/** `isAsked`: it stands where the text asks for money back, or says what was charged wrongly, or whoever asks has it as a field. */
export type NamedAmount = FoundAmount & { isAsked: boolean };

/**
 * What in a text code did not understand, by what it leaves open.
 * whole   whether all of a payment is meant. An amount that was read is still plain
 * refund  which amount is meant
 * action  whether anything is to be done, or about what
 */
const LEAVES_OPEN = {
  /** A part with an amount beside it: the shipping of $9.99. */
  component: "whole",
  /** A count in what is told before the text asks: two of the shirts were torn. */
  count: "whole",
  /** What stands before the request and is no sentence: late delivery. */
  fragment: "whole",
  /** A word that names a part: the shipping, the difference, a week. */
  part: "refund",
  /** Words that are not known, or that may change what is asked. */
  words: "refund",
  /** A number, a number word or a share that is no reference, amount, date or time. */
  number: "refund",
  /** Money that cannot be read exactly. */
  amount: "refund",
  /** A mask covered what may be more than an identifier. */
  masked: "refund",
  /** The shape of an id or number, cut or changed. */
  reference: "action",
  /** Characters that cannot be seen. */
  hidden: "action",
  /** A mail that is quoted asks for something: it was said before, perhaps by somebody else. */
  quoted: "action",
  /** The text takes its request back, or says that the money was returned. */
  withdrawn: "action",
  too_many: "action",
} as const;
export type DoubtAbout = keyof typeof LEAVES_OPEN;

/** `words`: as they stand in the text. */
export type Doubt = { about: DoubtAbout; words: string };

/** `asks`: some words ask for money back, or say that a charge was wrong. */
export type ReadWords = { amounts: readonly NamedAmount[]; doubts: readonly Doubt[]; asks: boolean };

const REACH = ["whole", "refund", "action"] as const;

/** The furthest first: a list may be cut behind it. */
export const byReach = (one: Doubt, other: Doubt): number =>
  REACH.indexOf(LEAVES_OPEN[other.about]) - REACH.indexOf(LEAVES_OPEN[one.about]);

/** The first doubt that forbids what is meant to be done: a refund of the whole, any refund, or any action. */
export const doubtAgainst = (meant: (typeof REACH)[number], { doubts }: ReadWords): Doubt | null =>
  doubts.find(({ about }) => REACH.indexOf(LEAVES_OPEN[about]) >= REACH.indexOf(meant)) ?? null;

/** What an agent is told of: what leaves more open than whether a part is meant, which it can read for itself. */
export const isUnexplained = ({ about }: Doubt): boolean => LEAVES_OPEN[about] !== "whole";

/** What no amount settles, whoever names it. */
export const leavesActionOpen = ({ about }: Doubt): boolean => LEAVES_OPEN[about] === "action";

const SAYS: Record<DoubtAbout, string> = {
  component: "the text may mean a part",
  count: "the text may mean a part",
  fragment: "words before the request are not understood",
  part: "the text may mean a part",
  words: "words of the request are not understood",
  number: "a number in the text is not understood",
  amount: "an amount in the text cannot be read exactly",
  masked: "what was masked may be more than an identifier",
  reference: "what looks like a reference is not one that can be looked up",
  hidden: "the text has characters that cannot be seen",
  quoted: "a quoted mail asks for something as well",
  withdrawn: "the text may take its request back, or say that the money was returned",
  too_many: "the text names too much",
};
export const sayDoubt = ({ about, words }: Doubt): string => `${SAYS[about]}: "${words}"`;
