import type { FoundReference } from "../agents/text/references.ts";
import { isTerminal, providerObjectOf } from "../contracts/action.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { Failure } from "../contracts/failure.ts";
import type { Ledger } from "../contracts/ledger.ts";
import type { PaymentSnapshot, Reference } from "../contracts/provider.ts";
import type { Subject } from "../core/ids.ts";
import { ok, type Result } from "../core/result.ts";
import type { Triggered } from "./deps.ts";
import type { Lookups } from "./lookups.ts";
import type { Proposed } from "./proposal.ts";

/** From what an agent pointed at, or an event named, to a reference that a provider can look up. Pure. */
export function referenceOf({ kind, value }: Pick<FoundReference, "kind" | "value">): Reference | null {
  switch (kind) {
    case "payment":
    case "charge":
    case "invoice":
      return { kind, id: value };
    case "invoiceNumber":
      return { kind, number: value };
    case "subscription":
    case "customer":
      return null;
  }
}

/** Canonical: the payment; else the invoice, subscription, customer; else the event itself. The shard key of the row. */
export function subjectOf(snapshot: PaymentSnapshot | null, event: PaymentEvent): Subject {
  const { payment, charge, invoice, subscription, customer, id } = event;
  return (
    snapshot?.payment ?? snapshot?.invoice ?? payment ?? charge ?? invoice ?? subscription ?? customer ?? `event:${id}`
  );
}

/**
 * What the provider says of the thing that was proposed for. A payment that belongs to an invoice is tried again by
 * paying the invoice, so that the provider's books agree.
 */
export async function resolve(
  { event, route }: Triggered,
  { proposal, reference }: Proposed,
  lookups: Lookups,
): Promise<Result<PaymentSnapshot | null, Failure>> {
  if (reference === null) return ok(null);
  const asked = route.fact === "failed_payment" && reference.kind === "payment" && reference.id === event.payment;
  if (asked || proposal.action !== "retry" || reference.kind !== "payment") return await lookups.find(reference);
  const invoice = await lookups.invoiceOfPayment(reference.id);
  if (!invoice.ok) return invoice;
  return await lookups.find(invoice.value === null ? reference : { kind: "invoice", id: invoice.value });
}

/** Refunds of ours on this payment that are decided and have not left yet; those that have are in the provider's word. */
export async function reservedOf(subject: Subject, ledger: Pick<Ledger, "actionsOf">): Promise<number> {
  const views = await ledger.actionsOf(subject);
  return views
    .filter(
      ({ action, state, outcome }) =>
        action.kind === "refund" &&
        !isTerminal(state) &&
        state !== "case_opening" &&
        providerObjectOf(outcome) === null,
    )
    .reduce((sum, { action }) => sum + (action.amountMinor ?? 0), 0);
}
