import type { Day } from "../../simulators/day/index.ts";
import { paymentsByName } from "./named.ts";
import type { Asked, Move, Sum } from "./tales/index.ts";

type Meaning = { move: Move; sum: (amountMinor: number) => Sum; isHonest: boolean };

const refundOf = (sum: Meaning["sum"]): Meaning => ({ move: "refund", sum, isHonest: true });
const all: Meaning["sum"] = (amountMinor) => ({ exactly: amountMinor });
const whole: Meaning["sum"] = () => "whole";
const soft: Meaning = { move: "collect", sum: whole, isHonest: true };

/** What each kind of the day's stories asks for, as whoever wrote it means it (simulators/day). Of the others: nothing. */
const MEANINGS: Record<string, Meaning> = {
  "duplicate charge": refundOf(all),
  "refund, duplicate charge": refundOf(all),
  // The second question names no amount: where some was refunded by hand, it asks for what is left.
  "refund, charged twice, asked for twice": refundOf(whole),
  "refund, invoice named beside the text": refundOf(whole),
  "refund, payment named": refundOf(whole),
  "partial refund": refundOf((amountMinor) => ({ exactly: Math.floor(amountMinor / 2) })),
  "refund in yen": refundOf(all),
  "refund in dinar": refundOf(() => ({ exactly: 4_250 })),
  "soft decline": soft,
  "held authorisation, normal risk": { move: "capture", sum: whole, isHonest: true },
  // Whether its customer has agreed shows at the provider (book-unmeant.ts); not every one is a soft decline.
  "failed one-off payment": { ...soft, isHonest: false },
};

/** What the day asks of each of its payments, by the payment. */
export function askedIn({ objects, story }: Pick<Day, "objects" | "story">): Asked[] {
  const payments = paymentsByName(objects);
  return story.flatMap(({ kind, name }): Asked[] => {
    const meaning = MEANINGS[kind];
    const known = payments.get(name);
    if (known === undefined || meaning === undefined) return [];
    const { payment, amountMinor } = known;
    const { move, sum, isHonest } = meaning;
    return [{ kind, payment, move, sum: sum(amountMinor), account: null, isHonest }];
  });
}
