import { isTerminal, providerObjectOf } from "../contracts/action.ts";
import { type ActionKind, isExecutable, kindOfProposed } from "../contracts/actions.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { Failure } from "../contracts/failure.ts";
import type { Ledger } from "../contracts/ledger.ts";
import { isSubscription, type PaymentSnapshot, type Reference, type Snapshot } from "../contracts/provider.ts";
import type { Subject } from "../core/ids.ts";
import { ok, type Result } from "../core/result.ts";
import type { Guardrails } from "../policy/document.ts";
import { isOwn, isStanding } from "../policy/guardrails/refunded-before.ts";
import { see } from "../providers/see.ts";
import type { Gathered } from "./gather.ts";
import type { Lookups } from "./lookups.ts";
import type { Proposed } from "./proposal.ts";
import { referenceOf } from "./reference.ts";

/**
 * The shard key of the action's row: what was found; else the subscription that was asked about; else what the event names
 * (payment, invoice, subscription, customer, or a payout, an account …); else the event itself.
 */
export function subjectOf(snapshot: Snapshot | null, event: PaymentEvent, reference: Reference | null): Subject {
  const { payment, charge, invoice, subscription, customer, object, id } = event;
  const found =
    snapshot === null
      ? null
      : isSubscription(snapshot)
        ? snapshot.subscription
        : (snapshot.payment ?? snapshot.invoice);
  const asked = reference?.kind === "subscription" ? reference.id : null;
  return found ?? asked ?? payment ?? charge ?? invoice ?? subscription ?? customer ?? object ?? `event:${id}`;
}

/** The provider's snapshot of the proposal's target; null where there is none. */
export async function resolve(
  { proposal, reference }: Proposed,
  lookups: Lookups,
  policy: Guardrails,
): Promise<Result<Snapshot | null, Failure>> {
  if (reference === null) return ok(null);
  return await see(lookups, reference, kindOf(proposal), policy);
}

/** The kind that is proposed; nothing is executed for \`none\`. */
export const kindOf = ({ action }: Proposed["proposal"]): ActionKind =>
  action === "none" ? "escalate" : kindOfProposed[action];

/**
 * What the event names besides the target of a refund, or of whatever an outside agent decided. `payments`: what is not the
 * same payment at the provider; "Refund INV-1042, not INV-1043" leaves open which is meant. `invoice`: an invoice of the
 * same payment, which bounds the refund also where the payment was chosen.
 */
export type NamedBeside = { payments: readonly string[]; invoice: string | null };
export const NOTHING_BESIDE: NamedBeside = { payments: [], invoice: null };

export async function namedBesideOf(
  { proposal }: Proposed,
  found: Snapshot | null,
  { reading, lookups }: Pick<Gathered, "reading" | "lookups">,
): Promise<Result<NamedBeside, Failure>> {
  const mayMean = proposal.action === "refund" || (proposal.by === "outside" && isExecutable(kindOf(proposal)));
  if (!mayMean || found === null || isSubscription(found)) return ok(NOTHING_BESIDE);
  const payments: string[] = [];
  let { invoice } = found;
  for (const { kind, value } of reading.references) {
    const reference = referenceOf({ kind, value });
    if (value === proposal.target || reference === null || reference.kind === "subscription") continue;
    const other = await lookups.find(reference);
    if (!other.ok && other.error.reason !== "provider_not_found" && other.error.reason !== "provider_refused")
      return other;
    const named = other.ok ? other.value : null;
    if (named === null || !isOfPayment(named, found)) payments.push(value);
    else invoice ??= named.invoice;
  }
  return ok({ payments, invoice });
}

/** An invoice that several payments paid leads to one of them only, so what this payment paid counts too. */
const isOfPayment = (named: PaymentSnapshot, { payment, invoiceParts }: PaymentSnapshot): boolean =>
  (named.payment !== null && named.payment === payment) ||
  (invoiceParts ?? []).some(({ invoice }) => invoice === named.invoice);

/**
 * The sum of our refunds on this payment that are decided and that `seen` does not include yet, in minor units. One that
 * stands there counts as refunded, also while its own row does not know of it.
 */
export async function reservedOf(
  subject: Subject,
  seen: Snapshot | null,
  ledger: Pick<Ledger, "actionsOf">,
): Promise<number> {
  const standing = seen === null || isSubscription(seen) ? [] : (seen.refunds ?? []).filter(isStanding);
  const views = await ledger.actionsOf(subject);
  return views
    .filter(
      ({ action, state, outcome }) =>
        action.kind === "refund" &&
        !isTerminal(state) &&
        state !== "case_opening" &&
        providerObjectOf(outcome) === null &&
        !standing.some((refund) => isOwn(refund, action)),
    )
    .reduce((sum, { action }) => sum + (action.amountMinor ?? 0), 0);
}
