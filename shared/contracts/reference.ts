import type { Action } from "./action.ts";
import { ACTIONS } from "./actions.ts";
import type { Reference } from "./provider.ts";

/**
 * What an action is about, for a look-up when its grant is renewed or its executor reads: a retry is about its invoice,
 * every other action about the payment that it names, also where the invoice has several.
 */
export function referenceOfAction({ kind, invoice, payment, charge }: Action): Reference | null {
  const isOfInvoice = ACTIONS[kind].target === "invoice";
  if (invoice !== null && (isOfInvoice || (payment === null && charge === null)))
    return { kind: "invoice", id: invoice };
  if (payment !== null) return { kind: "payment", id: payment };
  return charge === null ? null : { kind: "charge", id: charge };
}
