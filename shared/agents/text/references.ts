import type { PaymentEvent } from "../../contracts/event.ts";
import { type IdGrammar, kindOfId, type ReferenceKind } from "../../contracts/provider.ts";
import { currencyOfCode, isCurrencyToken } from "./currencies.ts";
import { ANY } from "./lexicons/index.ts";
import { isBreak, type Token } from "./tokens.ts";

/** A thing that code found in an event and an agent may choose. The agent answers with `ref`, never with an identifier. */
export type FoundReference = { ref: string; kind: ReferenceKind; value: string };
export type Named = Pick<FoundReference, "kind" | "value">;

export const REFERENCES_MAX = 8;

/** The event's own fields. */
export function namedByFields({ payment, charge, invoice, subscription }: PaymentEvent, ids: IdGrammar): Named[] {
  const fields: [ReferenceKind, string | undefined][] = [
    ["payment", payment],
    ["charge", charge],
    [invoice === undefined || kindOfId(ids, invoice) === "invoice" ? "invoice" : "invoiceNumber", invoice],
    ["subscription", subscription],
  ];
  return fields.flatMap(([kind, value]) => (value === undefined ? [] : [{ kind, value }]));
}

/** Each value once, with the ref that an agent may answer. */
export function numbered(named: readonly Named[]): FoundReference[] {
  const kindByValue = new Map(named.toReversed().map(({ kind, value }) => [value, kind] as const));
  return [...new Set(named.map(({ value }) => value))].map((value, index) => ({
    ref: `r${index + 1}`,
    kind: kindByValue.get(value) ?? "invoiceNumber",
    value,
  }));
}

/**
 * Invoice numbers as people write them: letters and digits, a hyphen, digits (INV-1042, 7B2C5E10-0003). Stripe's prefixes
 * are capitals: https://docs.stripe.com/invoicing/customize#invoice-numbering
 */
const INVOICE_NUMBER = /^(?=.*[A-Z])[A-Z0-9]{2,12}(?:-[A-Z0-9]{2,12})?-\d{1,12}$/;
/** Prefixes that are taken for one also in small letters. */
const INVOICE_PREFIX = /^(?:inv|fac|fat|fact|rech|re|rg)-/i;
/** INV1042, inv/1042, INV_1042, Inv.1042. */
const INV_SPELLING = /^inv[-_./]?(\d{1,12})$/i;
/** Of scripts that code has no words of. */
const INVOICE_SIGN = /^(?:請求書|发票)$/;
/** What is numbered by others than the provider. */
const STRICTLY_OTHER =
  /^(?:orders?|ticket|case|booking|tracking|purchase|reservation|parcel|bestellung|commande|pedido|bestelling)$/;
const DIGITS = /^#?\d{1,12}$/;
/** Of a shape that no word has: cus_NffrFeUfNV2Hib. */
const OTHER_ID = /^[a-z]{2,10}(?:_(?:test|live))?_(?=(?:[A-Za-z]*\d){2})[A-Za-z0-9]{8,}$/;

type Reader = { named: Named[]; odd: string[] };

/** Marks what is a reference or another identifier. Whole tokens only: a part of a longer number is another number. */
export function readReferences(tokens: readonly Token[], ids: IdGrammar): Reader {
  const wholes = ids.map(({ kind, start, rest }) => ({ kind, whole: new RegExp(`^${start}${rest}$`) }));
  const starts = ids.map(({ start }) => start.replace(/_$/, "").toLowerCase());
  const found: Reader = { named: [], odd: [] };
  tokens.forEach((one, index) => {
    if (one.kind !== "figure" || one.meaning !== null) return;
    const label = labelOf(tokens, index);
    const named = providerId(one.raw, wholes) ?? invoiceNumber(one.raw, label, isBesideCurrency(tokens, index));
    if (named !== null) {
      one.meaning = "reference";
      if (tokens[index - 1]?.lower === "inv") (tokens[index - 1] as Token).meaning = "reference";
      found.named.push(named);
    } else if (isOtherIdentifier(one.raw, label, isBesideCurrency(tokens, index), starts)) {
      one.meaning = "identifier";
    } else if (looksLikeId(one.raw, starts)) {
      one.meaning = "doubt";
      found.odd.push(one.raw);
    }
  });
  return found;
}

const isInvoiceLabel = (label: string): boolean => ANY.invoiceLabels.has(label) || INVOICE_SIGN.test(label);
const isNumberLabel = ({ lower }: Token): boolean => lower === "#" || ANY.numberLabels.has(lower);

const providerId = (raw: string, wholes: { kind: ReferenceKind; whole: RegExp }[]): Named | null => {
  const kind = wholes.find(({ whole }) => whole.test(raw))?.kind;
  return kind === undefined ? null : { kind, value: raw };
};

function invoiceNumber(raw: string, label: string, besideCurrency: boolean): Named | null {
  const upper = raw.toUpperCase().replace(/^#/, "");
  const spelled = INV_SPELLING.exec(raw)?.[1];
  const value = spelled === undefined ? upper : `INV-${spelled}`;
  const isNumber = INVOICE_NUMBER.test(value) && !isDateLike(value);
  if (isNumber && !(STRICTLY_OTHER.test(label) && !INVOICE_PREFIX.test(value))) {
    const mayBe = raw === upper || INVOICE_PREFIX.test(value) || isInvoiceLabel(label);
    return mayBe ? { kind: "invoiceNumber", value } : null;
  }
  if (!DIGITS.test(raw)) return null;
  // "#1042" and "invoice 1042". A bare number beside a currency may be an amount as well.
  const isLabelled = isInvoiceLabel(label) && (!besideCurrency || raw.startsWith("#"));
  const isBare = raw.startsWith("#") && !ANY.otherLabels.has(label) && !ANY.cardLabels.has(label);
  return isLabelled || isBare ? { kind: "invoiceNumber", value: `INV-${upper}` } : null;
}

/** 20-OCT-2026 and OCT-12 are dates. */
const isDateLike = (value: string): boolean =>
  /(?:^|-)(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)-(?:\d\d?|(?:19|20)\d\d)$/.test(value);

function isOtherIdentifier(raw: string, label: string, besideCurrency: boolean, starts: readonly string[]): boolean {
  if (OTHER_ID.test(raw)) return !starts.includes(raw.slice(0, raw.indexOf("_")));
  if (besideCurrency && !raw.startsWith("#")) return false;
  if (ANY.cardLabels.has(label) && /^\d{4}$/.test(raw)) return true;
  if (ANY.otherLabels.has(label)) return /^#\d{4,}$/.test(raw) || /^\d{6,24}$/.test(raw) || isLongIdentifier(raw, 5);
  // A plain number as long as this is no amount that anybody pays.
  return /^#?\d{10,24}$/.test(raw) || /^0\d{4,24}$/.test(raw);
}

const isLongIdentifier = (raw: string, least: number): boolean =>
  /^#?(?:[A-Za-z]|\d+[A-Za-z]{2})[A-Za-z0-9-]*[A-Za-z0-9]$/.test(raw) &&
  currencyOfCode(raw.slice(-3)) === null &&
  raw.length >= least &&
  (raw.match(/\d/g)?.length ?? 0) >= 2;

/** pi-123, SUB_2def, ch_…, in the shape of an id and none. */
const looksLikeId = (raw: string, starts: readonly string[]): boolean =>
  /^[A-Za-z]{2,10}[_-]/.test(raw) && starts.includes(raw.split(/[_-]/, 1)[0]?.toLowerCase() ?? "");

/** The word that says what a number is: "invoice", also in "invoice no. 1042" and "invoice #1042". */
function labelOf(tokens: readonly Token[], index: number): string {
  const before = tokens[index - 1];
  if (before === undefined || (isBreak(before) && before.raw !== ":")) return "";
  const skips = before.raw === ":" || isNumberLabel(before);
  const two = skips ? tokens[index - 2] : before;
  const further = skips && two !== undefined && isNumberLabel(two) ? tokens[index - 3] : two;
  return further?.kind === "word" ? further.lower : "";
}

/** A currency directly before or behind, that does not belong to another number on its other side. */
function isBesideCurrency(tokens: readonly Token[], index: number): boolean {
  const isOf = (one: Token | undefined, beyond: Token | undefined): boolean =>
    one !== undefined && isCurrencyToken(one) && !(beyond?.kind === "figure" && /\d/.test(beyond.raw));
  return isOf(tokens[index + 1], tokens[index + 2]) || isOf(tokens[index - 1], tokens[index - 2]);
}
