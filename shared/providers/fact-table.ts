import type { PaymentEvent } from "../contracts/event.ts";
import type { FactKind, Tells } from "../contracts/facts.ts";

/** What must hold besides the type. All of it must. Where it says nothing, any event of the type is meant. */
export type When = {
  refundStatus?: readonly string[];
  /** The event says how its refund stands, and it is none of these. */
  refundStatusBut?: readonly string[];
  circumstance?: readonly string[];
  /** None of these fields is there. */
  without?: readonly ("payment" | "invoice")[];
};

/**
 * One line of a provider's table: which of its events tell of a fact, are news only where another one has told of it
 * (`follows`), come with one that does (`accompanies`), or are only recorded, and why. The first line that fits an event counts. A type without a line asks for no decision.
 */
export type FactLine = { types: readonly string[]; when?: When } & (
  | { fact: FactKind }
  | { follows: FactKind }
  | { accompanies: string }
  | { recorded: string }
);

type Said = Pick<PaymentEvent, "type" | "refundStatus" | "circumstance" | "payment" | "invoice">;

/** What an event tells of, by its provider's table. */
export function tellsByTable(table: readonly FactLine[], event: Said): Tells {
  const line = table.find((one) => one.types.includes(event.type) && holds(one.when ?? {}, event));
  if (line === undefined) return {};
  if ("fact" in line) return { fact: line.fact };
  if ("follows" in line) return { follows: line.follows };
  return "recorded" in line ? { recorded: line.recorded } : { accompanies: line.accompanies };
}

function holds({ refundStatus, refundStatusBut, circumstance, without }: When, event: Said): boolean {
  const isOneOf = (words: readonly string[] | undefined, word: string | undefined): boolean =>
    words === undefined || (word !== undefined && words.includes(word));
  return (
    isOneOf(refundStatus, event.refundStatus) &&
    (refundStatusBut === undefined ||
      (event.refundStatus !== undefined && !refundStatusBut.includes(event.refundStatus))) &&
    isOneOf(circumstance, event.circumstance) &&
    (without ?? []).every((field) => event[field] === undefined)
  );
}
