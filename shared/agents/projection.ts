import type { PaymentEvent } from "../contracts/event.ts";
import type { FactKind } from "../contracts/facts.ts";
import type { ReferenceKind } from "../contracts/provider.ts";
import { isUnexplained } from "../contracts/words.ts";
import { mask, maskIdentifier } from "./text/mask.ts";
import type { Reading } from "./text/reading.ts";

/** Our word → the model's word, where they differ. To the model, an invoice number is an invoice. */
const WORDS: { [Kind in ReferenceKind]?: string } = { invoiceNumber: "invoice" };

/**
 * What the model sees of an event: an allow-list of fields, and the text as code read it, whole. Every string is masked. The
 * keys have a fixed order, so that equal events make equal requests.
 */
export function projectionOf(event: PaymentEvent, fact: FactKind, reading: Reading): string {
  const { text, hidden, references, amounts, doubts } = reading;
  const unexplained = doubts.filter(isUnexplained);
  return escapeForPrompt({
    fact,
    amount_minor: event.amountMinor,
    currency: event.currency,
    decline_code: event.declineCode,
    advice_code: event.adviceCode,
    attempt: event.attempt,
    risk_level: event.riskLevel,
    text: text ?? undefined,
    hidden_characters: hidden.length === 0 ? undefined : hidden,
    references: references.map(({ ref, kind, value }) => ({ ref, kind: WORDS[kind] ?? kind, value })),
    amounts: amounts.map(({ amountMinor, currency }, index) => ({
      ref: `a${index + 1}`,
      amount_minor: amountMinor,
      currency,
    })),
    unexplained: unexplained.length === 0 ? undefined : unexplained.map(({ words }) => words),
  });
}

/**
 * Every string, whoever wrote it and whatever was done to it before: a field from outside may say anything. Of a reference
 * only what has a checksum or an @ is masked, so that an invoice number stays.
 */
const maskAgain = (key: string, value: unknown): unknown =>
  typeof value !== "string" ? value : key === "value" ? maskIdentifier(value) : mask(value);

/** JSON without characters that could close the tag around it: text in an event must not become an instruction. */
function escapeForPrompt(value: unknown): string {
  return JSON.stringify(value, maskAgain).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
