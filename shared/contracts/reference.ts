import type { Action } from "./action.ts";
import { ACTIONS } from "./actions.ts";
import type { Reference } from "./provider.ts";

/**
 * What to look up at the provider for an action. A retry is about its invoice. Every other action is about the payment
 * that it names, because an invoice may have several payments.
 */
export function referenceOfAction({ kind, invoice, payment, charge }: Action): Reference | null {
  const isOfInvoice = ACTIONS[kind].target === "invoice";
  if (invoice !== null && (isOfInvoice || (payment === null && charge === null)))
    return { kind: "invoice", id: invoice };
  if (payment !== null) return { kind: "payment", id: payment };
  return charge === null ? null : { kind: "charge", id: charge };
}
