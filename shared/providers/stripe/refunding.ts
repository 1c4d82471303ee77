/** What a refund is judged by, besides its payment: refunds, disputes, invoices and their credit notes, Connect. */
import type Stripe from "stripe";
import type { Failure } from "../../contracts/failure.ts";
import type { ConnectView, DisputeStatus, DisputeView, InvoicePart, RefundView } from "../../contracts/provider.ts";
import { isAmountMinor } from "../../core/money.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { idOf, isCharge, subjectOf, toMs } from "./fields.ts";
import { isWhole, subscriptionOf } from "./invoices.ts";

const PAGE = 100;

/**
 * All refunds of a payment, newest first. After an empty list an executor sends, so an unreadable answer must be a failure,
 * not an empty list. `releasedMinor`: what was authorised and never captured.
 */
export async function refundsOf(
  stripe: Stripe,
  payment: string,
  releasedMinor: number,
): Promise<Result<RefundView[], Failure>> {
  const refunds: RefundView[] = [];
  let last: string | undefined;
  do {
    const after = last === undefined ? {} : { starting_after: last };
    const page = await stripe.refunds.list({ ...subjectOf(payment), limit: PAGE, ...after });
    if (!isList(page)) return unreadable("list of refunds", payment);
    refunds.push(...page.data.map((refund) => refundViewOf(refund, releasedMinor)));
    last = page.has_more ? page.data.at(-1)?.id : undefined;
  } while (last !== undefined);
  return refunds.every(({ amountMinor }) => isAmountMinor(amountMinor))
    ? ok(refunds)
    : unreadable("list of refunds", payment);
}

function refundViewOf(refund: Stripe.Refund, releasedMinor: number): RefundView {
  return {
    id: refund.id,
    amountMinor: refund.amount,
    currency: refund.currency,
    status: refundStatusOf(refund.status),
    actionId: refund.metadata?.action_id ?? null,
    isRelease: isRelease(refund, releasedMinor),
    failureReason: refund.failure_reason ?? null,
    createdAt: toMs(refund.created),
  };
}

/** A release moves no money, so it has no balance transaction: https://docs.stripe.com/api/refunds/object */
const isRelease = ({ amount, status, balance_transaction }: Stripe.Refund, releasedMinor: number): boolean =>
  releasedMinor > 0 && amount === releasedMinor && status === "succeeded" && (balance_transaction ?? null) === null;

/** A refund with an unknown status may still pay out, so it counts as pending, never as failed. */
export function refundStatusOf(status: string | null): RefundView["status"] {
  switch (status) {
    case "succeeded":
    case "failed":
    case "canceled":
    case "requires_action":
      return status;
    default:
      return "pending";
  }
}

/** A charge stays `disputed` for ever, so its disputes say what became of them. */
export async function disputesOf(
  stripe: Stripe,
  charge: Stripe.Charge | null,
): Promise<Result<DisputeView[], Failure>> {
  if (charge?.disputed !== true) return ok([]);
  const page = await stripe.disputes.list({ charge: charge.id, limit: PAGE });
  if (!isList(page) || page.has_more || page.data.length === 0) return unreadable("list of disputes", charge.id);
  return ok(
    page.data.map(({ id, status, is_charge_refundable }) => ({
      id,
      status: disputeStatusOf(status),
      isRefundable: is_charge_refundable === true,
    })),
  );
}

/** https://docs.stripe.com/api/disputes/object#dispute_object-status */
export function disputeStatusOf(status: string): DisputeStatus {
  switch (status) {
    case "warning_needs_response":
    case "warning_under_review":
      return "inquiry";
    case "warning_closed":
      return "inquiry_closed";
    case "needs_response":
    case "under_review":
    // While a lost dispute is appealed, the money stays with the bank.
    case "appeal_needs_response":
    case "appeal_under_review":
      return "open";
    case "won":
    case "lost":
    case "prevented":
      return status;
    default:
      return "other";
  }
}

/** Evidence may be sent. */
export const isAwaited = (status: string): boolean => status.endsWith("needs_response");

/** The invoices that a payment paid, and what was given back for each without a refund of a payment. */
export async function invoicePartsOf(
  stripe: Stripe,
  payment: string,
  charge: Stripe.Charge | null,
): Promise<Result<InvoicePart[] | null, Failure>> {
  if (isCharge(payment)) return await partsOfCharge(stripe, payment, charge);
  const page = await stripe.invoicePayments.list({
    payment: { type: "payment_intent", payment_intent: payment },
    status: "paid",
    expand: ["data.invoice"],
    limit: PAGE,
  });
  if (!isList(page) || page.has_more) return unreadable("list of invoices", payment);
  const parts: InvoicePart[] = [];
  for (const { invoice, amount_paid } of page.data) {
    if (!isWhole(invoice) || !isAmountMinor(amount_paid)) return unreadable("list of invoices", payment);
    const part = await partOf(stripe, invoice, amount_paid);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  return ok(parts);
}

/**
 * Only a payment intent has invoice payments that can be listed, so a charge without one is sought among the invoices of its
 * customer; no invoice is without one. Null: there are more of them than are read.
 */
async function partsOfCharge(
  stripe: Stripe,
  id: string,
  charge: Stripe.Charge | null,
): Promise<Result<InvoicePart[] | null, Failure>> {
  const customer = idOf(charge?.customer);
  if (charge === null || customer === null) return ok(charge === null ? null : []);
  const before = { created: { lte: charge.created } };
  const page = await stripe.invoices.list({ customer, ...before, expand: ["data.payments"], limit: PAGE });
  if (!isList(page)) return unreadable("list of invoices", customer);
  for (const invoice of page.data) {
    const paid = invoice.payments?.data.find((one) => one.status === "paid" && idOf(one.payment.charge) === id);
    if (paid === undefined) continue;
    if (!isAmountMinor(paid.amount_paid)) return unreadable("list of invoices", customer);
    const part = await partOf(stripe, invoice, paid.amount_paid);
    return part.ok ? ok([part.value]) : part;
  }
  const isAll = !page.has_more && page.data.every(({ payments }) => payments?.has_more === false);
  return ok(isAll ? [] : null);
}

/**
 * Credits are of an invoice. Where other payments paid for it as well, nobody can tell of which of them they are. "The amount
 * overpaid is credited to the customer's credit balance":
 * https://docs.stripe.com/api/invoices/object#invoice_object-amount_overpaid
 */
async function partOf(
  stripe: Stripe,
  invoice: Stripe.Invoice,
  paidMinor: number,
): Promise<Result<InvoicePart, Failure>> {
  const credited = await creditedMinorOf(stripe, invoice);
  if (!credited.ok) return credited;
  const { id, amount_paid, amount_overpaid: overpaidMinor } = invoice;
  if (!isAmountMinor(amount_paid) || !isAmountMinor(overpaidMinor)) return unreadable("sums", id);
  const isShared = credited.value + overpaidMinor > 0 && paidMinor < amount_paid;
  return ok({
    invoice: id,
    subscription: subscriptionOf(invoice),
    paidMinor,
    creditedMinor: isShared ? null : credited.value,
    overpaidMinor,
  });
}

/** The part of credit notes after payment that went to the balance or outside of Stripe: https://docs.stripe.com/api/credit_notes/object */
async function creditedMinorOf(stripe: Stripe, invoice: Stripe.Invoice): Promise<Result<number, Failure>> {
  if (invoice.post_payment_credit_notes_amount === 0) return ok(0);
  const page = await stripe.creditNotes.list({ invoice: invoice.id, limit: PAGE });
  if (!isList(page) || page.has_more) return unreadable("list of credit notes", invoice.id);
  const issued = page.data.filter(({ status }) => status !== "void");
  const credited = issued.reduce((sum, note) => sum + Math.max(0, note.post_payment_amount - refundedIn(note)), 0);
  return isAmountMinor(credited) ? ok(credited) : unreadable("list of credit notes", invoice.id);
}

/** Refunds of Stripe's own are among the payment's refunds; what was given back elsewhere, and only recorded, is not. */
const refundedIn = ({ refunds }: Stripe.CreditNote): number =>
  refunds
    .filter(({ type, refund }) => (type ?? "refund") === "refund" && idOf(refund) !== null)
    .reduce((sum, { amount_refunded }) => sum + amount_refunded, 0);

/** Works in the platform's own account. */
export type OnPlatform = <T>(work: (stripe: Stripe) => Promise<T>) => Promise<T>;

/**
 * Looked up only where the charge says that there is something, so that others need no permission for it. A fee belongs to
 * the platform, wherever its charge is: https://docs.stripe.com/connect/direct-charges#collect-fees
 */
export async function connectOf(
  stripe: Stripe,
  charge: Stripe.Charge | null,
  onPlatform: OnPlatform,
): Promise<Result<ConnectView, Failure>> {
  const transferId = idOf(charge?.transfer);
  const feeId = idOf(charge?.application_fee);
  const group = charge?.transfer_group ?? null;
  const isGrouped = group === null ? ok(false) : await hasOtherTransfers(stripe, group, transferId);
  if (!isGrouped.ok) return isGrouped;
  const transfer = transferId === null ? null : await stripe.transfers.retrieve(transferId);
  const fee = feeId === null ? null : await onPlatform((platform) => platform.applicationFees.retrieve(feeId));
  const view: ConnectView = {
    destination: idOf(transfer?.destination) ?? idOf(charge?.transfer_data?.destination),
    transferredMinor: transfer === null ? 0 : transfer.amount,
    reversedMinor: transfer === null ? 0 : transfer.amount_reversed,
    feeMinor: fee === null ? 0 : fee.amount,
    feeRefundedMinor: fee === null ? 0 : fee.amount_refunded,
    isGrouped: isGrouped.value,
  };
  const { transferredMinor, reversedMinor, feeMinor, feeRefundedMinor } = view;
  return [transferredMinor, reversedMinor, feeMinor, feeRefundedMinor].every(isAmountMinor)
    ? ok(view)
    : unreadable("transfer or fee", charge?.id ?? "the payment");
}

/**
 * Transfers that were made apart from the charge have its group; a merchant may name a group and make none.
 * https://docs.stripe.com/connect/separate-charges-and-transfers#transfer-options
 */
async function hasOtherTransfers(
  stripe: Stripe,
  group: string,
  ownId: string | null,
): Promise<Result<boolean, Failure>> {
  const page = await stripe.transfers.list({ transfer_group: group, limit: PAGE });
  if (!isList(page) || page.has_more) return unreadable("list of transfers", group);
  const others = page.data.filter(({ id }) => id !== ownId);
  return others.every(({ amount, amount_reversed }) => isAmountMinor(amount) && isAmountMinor(amount_reversed))
    ? ok(others.some(({ amount, amount_reversed }) => amount > amount_reversed))
    : unreadable("list of transfers", group);
}

const isList = (page: { object?: unknown; data?: unknown }): boolean =>
  page.object === "list" && Array.isArray(page.data);

function unreadable(what: string, of: string): { ok: false; error: Failure } {
  return err({ reason: "provider_unavailable", detail: `Stripe answered with no readable ${what} of ${of}` });
}
