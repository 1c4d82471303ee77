import type { Action } from "./action.ts";
import { ACTIONS } from "./actions.ts";
import type { PaymentReference, Reference } from "./provider.ts";

/** What to look up at the provider for an action, when its grant is renewed or its executor reads; null where nothing names it. */
export function referenceOfAction(action: Action): Reference | null {
  const { kind, subscription } = action;
  if (ACTIONS[kind].target !== "subscription") return paymentReferenceOf(action);
  return subscription === null ? null : { kind: "subscription", id: subscription };
}

/**
 * A retry is about its invoice. Every other action on a payment is about the payment that it names, because an invoice may
 * have several payments.
 */
export function paymentReferenceOf({ kind, invoice, payment, charge }: Action): PaymentReference | null {
  const isOfInvoice = ACTIONS[kind].target === "invoice";
  if (invoice !== null && (isOfInvoice || (payment === null && charge === null)))
    return { kind: "invoice", id: invoice };
  if (payment !== null) return { kind: "payment", id: payment };
  return charge === null ? null : { kind: "charge", id: charge };
}
