import { ANY } from "../lexicons/index.ts";
import { everyMatch } from "./found.ts";

type Stretch = { from: number; to: number };

/** Ids of providers, of ours and of other systems. */
const IDS = /(?<![\p{L}\p{N}])[a-z]{2,10}_[A-Za-z0-9_]+(?::\d+)?|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gu;
/** With the time of day behind them. */
const DATES =
  /(?<![\p{L}\p{N}]|\d[-./])(?:(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\2(?:(?:19|20)\d\d|\d\d))(?!\d|[-./]\d)(?:[T ,]{1,2}\d{1,2}[:.]\d\d(?:[:.]\d\d(?:\.\d+)?)?)?/gu;

/** A number in one piece, and the words before it. */
const LABELLED =
  /(?<label>(?<!\p{L})\p{L}{1,40})(?<link>[\s.:#№º°"'(-]{1,4}(?:(?:no|nr|num|number|numero|número|numéro|nummer|id|is|ist|est|code)\b[.:#\s]{0,3}){0,2})(?<number>#?(?=[\p{L}\d._/-]{0,60}\d)[\p{L}\d]{1,60}(?:[-/._][\p{L}\d]{1,60}){0,8})/giu;
/** Of these a person's own number may stand behind as well. */
const OF_PEOPLE = new Set([
  "account",
  "customer",
  "konto",
  "kunde",
  "client",
  "cliente",
  "compte",
  "cuenta",
  "conta",
  "conto",
]);
/** "RMA 123-456-7890", and "Bestellnummer", "Rechnungsnr": the words of the lexicons with "number" glued to them. */
const NUMBERS_OF =
  /^(?:rma|imei|isbn|sku|awb|(?:bestell|auftrags|rechnungs?|order|ordre|faktura|factuur|buchungs|vorgangs|sendungs|paket|ticket|beleg|transaktions)-?(?:nummer|nr|no|id|number|nummeret))$/;

/** What an agent needs to tell payments apart: ids, dates, and numbers that are said to be of an order or an invoice. */
export function keptIn(text: string): Stretch[] {
  const stretch = (match: RegExpExecArray): Stretch => ({ from: match.index, to: match.index + match[0].length });
  const labelled = everyMatch(text, LABELLED).flatMap((match): Stretch[] => {
    const { label = "", link = "", number = "" } = match.groups ?? {};
    const from = match.index + label.length + link.length;
    return isLabel(label.toLowerCase()) ? [{ from, to: from + number.length }] : [];
  });
  return [...everyMatch(text, IDS).map(stretch), ...everyMatch(text, DATES).map(stretch), ...labelled];
}

const isLabel = (word: string): boolean =>
  (ANY.invoiceLabels.has(word) || ANY.otherLabels.has(word) || NUMBERS_OF.test(word)) && !OF_PEOPLE.has(word);
