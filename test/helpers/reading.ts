import { type Reading, readEvent } from "../../shared/agents/text/reading.ts";
import { DEFAULT_PROVIDER } from "../../shared/providers/registry.ts";
import { event } from "./shard.ts";

export const read = (text: string): Reading => readEvent(event({ text }), DEFAULT_PROVIDER.ids);

/** What was read, in short: "4250 usd", "invoiceNumber INV-1042", "number: half". */
export function shortly(text: string) {
  const { amounts, references, doubts, asks } = read(text);
  return {
    amounts: amounts.map(({ amountMinor, currency }) => `${amountMinor} ${currency}`),
    references: references.map(({ kind, value }) => `${kind} ${value}`),
    doubts: doubts.map(({ about, words }) => `${about}: ${words}`),
    asks,
  };
}
