import type { FoundReference } from "../agents/extract.ts";
import type { Action } from "../contracts/action.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { PaymentSnapshot, Reference } from "../providers/port.ts";

/** From what an agent pointed at, or an event named, to a reference that a provider can look up. Pure. */
export function referenceOf({ kind, value }: Pick<FoundReference, "kind" | "value">): Reference | null {
  switch (kind) {
    case "payment_intent":
      return { kind: "payment", id: value };
    case "charge":
      return { kind: "charge", id: value };
    case "invoice":
      return value.startsWith("in_") ? { kind: "invoice", id: value } : { kind: "invoiceNumber", number: value };
    case "subscription":
    case "customer":
      return null;
  }
}

/**
 * What an action is about, for a look-up when its grant is renewed or its executor reads: a retry is about its invoice,
 * every other action about the payment that it names, also where the invoice has several.
 */
export function referenceOfAction({ kind, invoice, payment, charge }: Action): Reference | null {
  if (invoice !== null && (kind === "retryPayment" || (payment === null && charge === null)))
    return { kind: "invoice", id: invoice };
  if (payment !== null) return { kind: "payment", id: payment };
  return charge === null ? null : { kind: "charge", id: charge };
}

/** Canonical: the payment; else the invoice, subscription, customer; else the event itself. The shard key of the row. */
export function subjectOf(snapshot: PaymentSnapshot | null, event: PaymentEvent): string {
  const { payment, charge, invoice, subscription, customer, id } = event;
  return (
    snapshot?.payment ?? snapshot?.invoice ?? payment ?? charge ?? invoice ?? subscription ?? customer ?? `event:${id}`
  );
}
