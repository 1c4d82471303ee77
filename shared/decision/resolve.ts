import type { FoundReference } from "../agents/text/references.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { PaymentSnapshot, Reference } from "../contracts/provider.ts";

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

/** Canonical: the payment; else the invoice, subscription, customer; else the event itself. The shard key of the row. */
export function subjectOf(snapshot: PaymentSnapshot | null, event: PaymentEvent): string {
  const { payment, charge, invoice, subscription, customer, id } = event;
  return (
    snapshot?.payment ?? snapshot?.invoice ?? payment ?? charge ?? invoice ?? subscription ?? customer ?? `event:${id}`
  );
}
