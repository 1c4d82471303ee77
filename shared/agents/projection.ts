import type { PaymentEvent } from "../contracts/event.ts";
import type { FactKind } from "../contracts/facts.ts";
import type { ReferenceKind } from "../contracts/provider.ts";
import { readAmounts } from "./text/amounts.ts";
import { mask } from "./text/mask.ts";
import type { FoundReference } from "./text/references.ts";

const TEXT_MAX = 4_000;

/** Our word → the model's word, where they differ. To the model, an invoice number is an invoice. */
const WORDS: { [Kind in ReferenceKind]?: string } = { invoiceNumber: "invoice" };

/**
 * What the model sees of an event: an allow-list of fields, and the masked text. The keys have a fixed order, so that
 * equal events make equal requests.
 */
export function projectionOf(event: PaymentEvent, fact: FactKind, references: readonly FoundReference[]): string {
  return escapeForPrompt({
    fact,
    amount_minor: event.amountMinor,
    currency: event.currency,
    decline_code: event.declineCode,
    advice_code: event.adviceCode,
    attempt: event.attempt,
    risk_level: event.riskLevel,
    text: event.text === undefined ? undefined : mask(event.text).slice(0, TEXT_MAX),
    references: references.map(({ ref, kind, value }) => ({ ref, kind: WORDS[kind] ?? kind, value })),
    amounts: readAmounts(event.text ?? "").amounts.map(({ amountMinor, currency }) => ({
      amount_minor: amountMinor,
      currency,
    })),
  });
}

/** JSON without characters that could close the tag around it: text in an event must not become an instruction. */
function escapeForPrompt(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
