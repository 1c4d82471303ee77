import type { InvoicePart, PaymentSnapshot } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { GuardedContext } from "./rule.ts";

/**
 * What may be refunded of a payment. `baseMinor`: what was paid and not given back otherwise than by a refund. `leftMinor`:
 * that, without what was refunded and what is on its way. Neither is below zero.
 */
export type Left = { baseMinor: number; leftMinor: number; words: string };
type Bounds = Pick<GuardedContext, "invoice" | "reservedMinor">;

/**
 * The one bound of every refund; or why nobody can say what is left. A refund takes its money from the payment, and the
 * provider does not say from which of its invoices: so one of several invoices cannot be refunded by its name.
 */
export function leftOf(payment: PaymentSnapshot, { invoice, reservedMinor }: Bounds): Result<Left, string> {
  const { capturedMinor, refundedMinor, invoiceParts: parts, currency } = payment;
  if (parts === null) return err(whyNoParts(payment));
  const unclear = invoice === null ? null : whyUnclear(invoice, parts);
  if (unclear !== null) return err(unclear);
  const overpaidMinor = sumOf(parts, "overpaidMinor");
  // Whether a part's sum includes what was overpaid, the provider does not say; what was captured certainly does.
  const keptMinor = Math.max(0, capturedMinor - overpaidMinor);
  const paidMinor = invoice === null ? keptMinor : Math.min(keptMinor, sumOf(parts, "paidMinor"));
  const shared = parts.find((part) => part.creditedMinor === null);
  if (shared !== undefined)
    return err(
      `${shared.invoice} was paid by several payments and a part of it was credited to the customer since: of which payment that was cannot be seen, so nobody can tell what is left of this one`,
    );
  const creditedMinor = sumOf(parts, "creditedMinor");
  const baseMinor = Math.max(0, paidMinor - creditedMinor);
  const money = (amountMinor: number): string => formatMoney({ amountMinor, currency });
  const words = [
    `${money(capturedMinor)} captured`,
    ...(overpaidMinor === 0
      ? []
      : [`${money(overpaidMinor)} of it paid beyond the invoice, and on the customer's balance`]),
    ...(paidMinor === keptMinor ? [] : [`${money(paidMinor)} of it paid for ${invoice}`]),
    ...(creditedMinor === 0 ? [] : [`${money(creditedMinor)} credited by credit notes`]),
    `${money(refundedMinor)} refunded`,
    `${money(reservedMinor)} on its way`,
  ].join(", ");
  return ok({ baseMinor, leftMinor: Math.max(0, baseMinor - refundedMinor - reservedMinor), words });
}

function whyNoParts({ payment, charge, invoice }: PaymentSnapshot): string {
  if (payment === null)
    return `no payment at the provider paid ${invoice ?? "it"}: what was paid elsewhere is given back there, by a person`;
  return payment === charge
    ? "the payment is a charge without a payment intent, and which invoice it paid cannot be read"
    : "which invoices the payment paid was not read";
}

/** Why the part of a named invoice is not clear; null where the payment paid for this invoice and no other. */
function whyUnclear(invoice: string, parts: readonly InvoicePart[]): string | null {
  if (!parts.some((part) => part.invoice === invoice))
    return `${invoice} is named, and it is not among the invoices that the payment paid`;
  const all = [...new Set(parts.map((part) => part.invoice))];
  return all.length === 1
    ? null
    : `the payment paid ${all.length} invoices (${all.join(", ")}), and which of them earlier refunds were for cannot be seen: a refund names the payment, and no invoice`;
}

const sumOf = (parts: readonly InvoicePart[], amount: "paidMinor" | "creditedMinor" | "overpaidMinor"): number =>
  parts.reduce((sum, part) => sum + (part[amount] ?? 0), 0);
