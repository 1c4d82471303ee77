import type { PaymentEvent } from "../../contracts/event.ts";
import { type FoundAmount, readAmounts } from "./amounts.ts";

/** What code found in an event that an agent may point at. The agent answers with `ref`, never with an identifier. */
export type ReferenceKind = "payment_intent" | "charge" | "invoice" | "subscription" | "customer";
export type FoundReference = { ref: string; kind: ReferenceKind; value: string };

export const REFERENCES_MAX = 8;

const IDS: readonly { kind: ReferenceKind; pattern: RegExp }[] = [
  { kind: "payment_intent", pattern: /\bpi_[A-Za-z0-9_]{3,}\b/g },
  { kind: "charge", pattern: /\b(?:ch|py)_[A-Za-z0-9_]{3,}\b/g },
  { kind: "invoice", pattern: /\bin_[A-Za-z0-9_]{3,}\b/g },
  { kind: "subscription", pattern: /\bsub_[A-Za-z0-9_]{3,}\b/g },
  // Invoice numbers as people write them: letters, a hyphen, and something with a digit (INV-1042, 7B2C5E10-0003).
  // A date is none (20-OCT-2026). The look-ahead is bounded, so that no text makes it slow.
  {
    kind: "invoice",
    pattern:
      /\b(?!(?:\d{1,4}-)?(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)-(?:\d\d?|20\d\d)\b)(?=[A-Z0-9-]{0,25}[A-Z])[A-Z0-9]{2,12}(?:-[A-Z0-9]{2,12})?-\d{1,12}\b/g,
  },
];

/** The event's own fields first, then what its text names; at most eight, no value twice. */
export function referencesOf(event: PaymentEvent): FoundReference[] {
  const fields: [ReferenceKind, string | undefined][] = [
    ["payment_intent", event.payment],
    ["charge", event.charge],
    ["invoice", event.invoice],
    ["subscription", event.subscription],
  ];
  const named = IDS.flatMap(({ kind, pattern }) =>
    Array.from((event.text ?? "").matchAll(pattern), ([value]) => [kind, value] as const),
  );
  const found = [...fields, ...named].filter((one): one is [ReferenceKind, string] => one[1] !== undefined);
  const unique = new Map(found.toReversed().map(([kind, value]) => [value, kind] as const));
  return [...new Set(found.map(([, value]) => value))]
    .slice(0, REFERENCES_MAX)
    .map((value, index) => ({ ref: `r${index + 1}`, kind: unique.get(value) ?? "invoice", value }));
}

/** Every amount that an agent may name for this event. */
export function amountsOf(event: PaymentEvent): FoundAmount[] {
  const own =
    event.amountMinor === undefined ? [] : [{ amountMinor: event.amountMinor, currency: event.currency ?? null }];
  return [...own, ...readAmounts(event.text ?? "").amounts];
}
