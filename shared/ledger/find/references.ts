import { providerObjectOf } from "../../contracts/action.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";

/** What else the bytes of an event name that a person may have at hand: an invoice's number. It is known by the provider. */
export type NamesIn = (id: string, raw: string) => readonly string[];

/** A reference in the form in which it is compared: people write `inv-1042` and `#1042`. */
export const referenceOf = (text: string): string => text.normalize("NFKC").trim().replace(/^#+/, "").toLowerCase();

const LENGTH_MIN = 3;
const TOKENS = /[\p{L}\p{N}](?:[\p{L}\p{N}_\-/.:#]*[\p{L}\p{N}])?/gu;
/** INV1042, inv/1042, #1042, invoice no. 1042: as shared/agents/text/references.ts reads them. */
const INVOICE =
  /(?:#|(?<!\p{L})(?:inv|invoice|rechnung|facture|factura|fattura|factuur)[-_./ ]{0,3}(?:(?:no|nr|number|num|nummer)[. ]{0,2})?#?)(\d{1,12})(?![\d.,]*\d)/giu;
const JOINTS = /[/.:#]+/;
const hasFigure = (token: string): boolean => token.length >= LENGTH_MIN && /\p{N}/u.test(token);

/** The words of a text that have a figure, and the parts of those that are joined: an invoice's number is one of them. */
function wordsOf(text: string): string[] {
  const normal = text.normalize("NFKC");
  const tokens = normal.match(TOKENS) ?? [];
  const words = tokens.filter(hasFigure).flatMap((token) => [token, ...token.split(JOINTS).filter(hasFigure)]);
  return [...words, ...Array.from(normal.matchAll(INVOICE), ([, figures]) => `INV-${figures}`)];
}

const setOf = (ids: readonly (string | null | undefined)[], texts: readonly (string | null | undefined)[]) =>
  new Set(
    [...ids, ...texts.flatMap((text) => (text ? wordsOf(text) : []))].flatMap((id) => (id ? referenceOf(id) : [])),
  );

/** All that an event can be found by. What is written once gives it, so it never changes, until its texts are removed. */
export function referencesOfEvent({ event }: EventRow, names: readonly string[]): Set<string> {
  const { payment, charge, invoice, customer, subscription, dispute, refund, object, actionId, edits } = event;
  const linked = [actionId, edits?.event, edits?.letter];
  const ids = [payment, charge, invoice, customer, subscription, dispute, refund, object, ...linked, ...names];
  return setOf(ids, [event.text, event.proposed?.reason]);
}

/** All that an action can be found by. The refund and the case come later: it is final when the action is over. */
export function referencesOfAction({ action, outcome, caseAbout, caseReason }: ActionRow): Set<string> {
  const { subject, payment, charge, invoice, customer, subscription } = action;
  const ids = [subject, payment, charge, invoice, customer, subscription, providerObjectOf(outcome), caseAbout?.refund];
  return setOf(ids, [caseReason]);
}
