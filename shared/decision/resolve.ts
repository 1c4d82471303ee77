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

/** The reference that a provider can look up, for one that an agent chose; null where the provider cannot. Pure. */
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

/** The payment; else the invoice, subscription or customer; else the event. The shard key of the action's row. */
export function subjectOf(snapshot: PaymentSnapshot | null, event: PaymentEvent): Subject {
  const { payment, charge, invoice, subscription, customer, id } = event;
  return (
    snapshot?.payment ?? snapshot?.invoice ?? payment ?? charge ?? invoice ?? subscription ?? customer ?? `event:${id}`
  );
}

/**
 * The provider's snapshot of the proposal's target; null where there is none. A payment of an invoice is retried by paying
 * the invoice, so that the provider's books agree.
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

/** The sum of our refunds on this payment that are decided and not yet sent, in minor units. The snapshot includes the sent ones. */
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
