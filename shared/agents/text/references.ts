import type { PaymentEvent } from "../../contracts/event.ts";
import { type IdGrammar, kindOfId, type ReferenceKind } from "../../contracts/provider.ts";
import { type FoundAmount, readAmounts } from "./amounts.ts";

/** A thing that code found in an event and an agent may choose. The agent answers with `ref`, never with an identifier. */
export type FoundReference = { ref: string; kind: ReferenceKind; value: string };

export const REFERENCES_MAX = 8;

/**
 * Invoice numbers as people write them: letters and digits, a hyphen, digits (INV-1042, 7B2C5E10-0003), but no dates
 * (20-OCT-2026). The look-ahead is bounded, so that no text makes it slow.
 */
const INVOICE_NUMBER =
  /\b(?!(?:\d{1,4}-)?(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)-(?:\d\d?|20\d\d)\b)(?=[A-Z0-9-]{0,25}[A-Z])[A-Z0-9]{2,12}(?:-[A-Z0-9]{2,12})?-\d{1,12}\b/g;

/** What an agent may choose: at most eight. */
export const referencesOf = (event: PaymentEvent, ids: IdGrammar): FoundReference[] =>
  allReferencesOf(event, ids).slice(0, REFERENCES_MAX);

/** The event's own fields first, then what its text names, each value once. `ids`: its provider's formats. */
export function allReferencesOf(event: PaymentEvent, ids: IdGrammar): FoundReference[] {
  const { payment, charge, invoice, subscription, text = "" } = event;
  const fields: [ReferenceKind, string | undefined][] = [
    ["payment", payment],
    ["charge", charge],
    [invoice === undefined || kindOfId(ids, invoice) === "invoice" ? "invoice" : "invoiceNumber", invoice],
    ["subscription", subscription],
  ];
  const named = [
    ...ids.flatMap(({ kind, start, rest }) => inText(text, new RegExp(`\\b${start}${rest}\\b`, "g"), kind)),
    ...inText(text, INVOICE_NUMBER, "invoiceNumber"),
  ];
  const found = [...fields, ...named].filter((one): one is [ReferenceKind, string] => one[1] !== undefined);
  const kindByValue = new Map(found.toReversed().map(([kind, value]) => [value, kind] as const));
  return [...new Set(found.map(([, value]) => value))].map((value, index) => ({
    ref: `r${index + 1}`,
    kind: kindByValue.get(value) ?? "invoiceNumber",
    value,
  }));
}

const inText = (text: string, pattern: RegExp, kind: ReferenceKind): [ReferenceKind, string][] =>
  Array.from(text.matchAll(pattern), ([value]) => [kind, value]);

/** Every amount that an agent may name for this event, in minor units. */
export function amountsOf(event: PaymentEvent): FoundAmount[] {
  const own =
    event.amountMinor === undefined ? [] : [{ amountMinor: event.amountMinor, currency: event.currency ?? null }];
  return [...own, ...readAmounts(event.text ?? "").amounts];
}
