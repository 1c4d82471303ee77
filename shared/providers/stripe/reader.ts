import type Stripe from "stripe";
import type { Failure } from "../../contracts/failure.ts";
import type {
  At,
  PaymentReference,
  PaymentSnapshot,
  Reference,
  RefundView,
  Snapshot,
  SnapshotOf,
} from "../../contracts/provider.ts";
import { isSubscription } from "../../contracts/provider.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { ProviderReader } from "../port.ts";
import { createClients, modeOfKey, type StripeOptions, type WithStripe } from "./client.ts";
import { agreementOf, chargedMethodOf } from "./collecting.ts";
import { failureOf, isMissing, problemOf } from "./errors.ts";
import { invoiceById, invoiceOf, isId, type Looked, look, lookByInvoice } from "./look.ts";
import { readMatter } from "./matters.ts";
import { connectOf, disputesOf, invoicePartsOf, type OnPlatform, refundsOf } from "./refunding.ts";
import { releasedMinorOf, snapshotOfCharge, snapshotOfIntent, snapshotOfInvoice } from "./snapshot.ts";
import { priceViewOf, snapshotOfSubscription } from "./subscriptions.ts";

type Found<Seen = PaymentSnapshot> = Result<Seen | null, Failure>;

export function createStripeReader(options: StripeOptions): ProviderReader {
  const withStripe = createClients(options);
  const payment = (at: At, work: (stripe: Stripe) => Promise<Found>): Promise<Found> =>
    readOrNull(withStripe, at, (stripe) => work(stripe).then((found) => foundIn(found, at)));
  return {
    name: "stripe",
    mode: options.mode ?? modeOfKey(options.apiKey),
    find: <R extends Reference>(reference: R, at: At) =>
      readOrNull(withStripe, at, (stripe) => find(stripe, reference).then((found) => foundIn(found, at))) as Promise<
        Found<SnapshotOf<R>>
      >,
    findToRefund: (reference, at) =>
      payment(at, (stripe) => findToRefund(stripe, reference, (work) => withStripe({ ...at, account: null }, work))),
    findToCollect: (reference, at, besideMs) => payment(at, (stripe) => findToCollect(stripe, reference, besideMs)),
    price: (id, at) =>
      readOrNull(withStripe, at, async (stripe) => ok(isId(id) ? priceViewOf(await stripe.prices.retrieve(id)) : null)),
    matter: (kind, id, at) =>
      readOrNull(withStripe, at, async (stripe) => (isId(id) ? await readMatter(stripe, kind, id) : ok(null))),
    invoiceOfPayment: (id, at) =>
      readOrNull(withStripe, at, async (stripe) => {
        const invoice = await invoiceOf(stripe, id);
        return invoice.ok ? ok(invoice.value?.id ?? null) : invoice;
      }),
  };
}

function foundIn<Seen extends Snapshot>(found: Found<Seen>, { account }: At): Found<Seen> {
  if (!found.ok || found.value === null) return found;
  if (isSubscription(found.value) || found.value.subscription === null) return ok({ ...found.value, account });
  return ok({ ...found.value, account, subscription: { ...found.value.subscription, account } });
}

/** Reads from Stripe; null where it has no such thing. What the SDK throws becomes a `Failure`. */
async function readOrNull<T>(
  withStripe: WithStripe,
  at: At,
  work: (stripe: Stripe) => Promise<Result<T | null, Failure>>,
): Promise<Result<T | null, Failure>> {
  try {
    return await withStripe(at, work);
  } catch (error) {
    const problem = problemOf(error, Date.now());
    return isMissing(problem) ? ok(null) : err(failureOf(problem));
  }
}

/** A read of what something found names: that it is missing is a failure, not the answer that nothing was found. */
async function orFailure<T>(work: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
  try {
    return await work();
  } catch (error) {
    return err(failureOf(problemOf(error, Date.now())));
  }
}

async function find(stripe: Stripe, reference: Reference): Promise<Found<Snapshot>> {
  if (reference.kind === "subscription")
    return isId(reference.id) ? snapshotOfSubscription(await stripe.subscriptions.retrieve(reference.id)) : ok(null);
  const looked = await look(stripe, reference, "collect");
  return looked.ok && looked.value !== null ? snapshotOf(looked.value) : (looked as Found<never>);
}

async function findToRefund(stripe: Stripe, reference: PaymentReference, onPlatform: OnPlatform): Promise<Found> {
  const looked = await look(stripe, reference, "refund");
  if (!looked.ok || looked.value === null) return looked as Found<never>;
  const snapshot = snapshotOf(looked.value);
  if (!snapshot.ok || snapshot.value.payment === null || looked.value.kind === "invoice") return snapshot;
  const { charge } = looked.value;
  const { payment } = snapshot.value;
  return await orFailure(() => withRefunding(stripe, { ...snapshot.value, payment }, charge, onPlatform));
}

async function withRefunding(
  stripe: Stripe,
  snapshot: PaymentSnapshot & { payment: string },
  charge: Stripe.Charge | null,
  onPlatform: OnPlatform,
): Promise<Result<PaymentSnapshot, Failure>> {
  const { payment } = snapshot;
  if (charge === null && snapshot.capturedMinor > 0) {
    const detail = `Stripe's answer about ${payment} has no charge that we can read; look at it in the dashboard`;
    return err({ reason: "provider_refused", detail });
  }
  const [refunds, invoiceParts, disputes, connect] = await Promise.all([
    refundsOf(stripe, payment, charge === null ? 0 : releasedMinorOf(charge)),
    invoicePartsOf(stripe, payment, charge),
    disputesOf(stripe, charge),
    connectOf(stripe, charge, onPlatform),
  ]);
  if (!refunds.ok) return refunds;
  if (!invoiceParts.ok) return invoiceParts;
  if (!disputes.ok) return disputes;
  if (!connect.ok) return connect;
  return ok({
    ...snapshot,
    // The list is a second read: a refund that was made between both counts as well.
    refundedMinor: Math.max(snapshot.refundedMinor, standingMinorOf(refunds.value)),
    refunds: refunds.value,
    invoiceParts: invoiceParts.value,
    disputes: disputes.value,
    connect: connect.value,
  });
}

const standingMinorOf = (refunds: readonly RefundView[]): number =>
  refunds
    .filter(({ status, isRelease }) => !isRelease && status !== "failed" && status !== "canceled")
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);

/** A payment of an invoice is collected by paying the invoice, whichever of both was named. */
async function findToCollect(stripe: Stripe, reference: PaymentReference, besideMs: number): Promise<Found> {
  const named = await look(stripe, reference, "collect");
  if (!named.ok || named.value === null) return named as Found<never>;
  const { value } = named;
  const looked = await orFailure(() => withInvoice(stripe, value));
  if (!looked.ok || looked.value === null) return looked as Found<never>;
  const snapshot = snapshotOf(looked.value);
  return snapshot.ok
    ? await orFailure(() => withConsent(stripe, snapshot.value, looked.value as Looked, besideMs))
    : snapshot;
}

async function withConsent(
  stripe: Stripe,
  snapshot: PaymentSnapshot,
  looked: Looked,
  besideMs: number,
): Promise<Result<PaymentSnapshot, Failure>> {
  if (looked.invoice !== null) return await withPayer(stripe, snapshot, looked.invoice);
  if (looked.kind !== "intent") return ok(snapshot);
  const agreement = await agreementOf(stripe, looked.intent, besideMs);
  return agreement.ok ? ok({ ...snapshot, agreement: agreement.value }) : agreement;
}

/** The invoice's subscription, and the method that Stripe would charge for both. */
async function withPayer(
  stripe: Stripe,
  snapshot: PaymentSnapshot,
  invoice: Stripe.Invoice,
): Promise<Result<PaymentSnapshot, Failure>> {
  const { invoiceState } = snapshot;
  if (invoiceState === null) return ok(snapshot);
  const id = invoiceState.subscription;
  const seen = id === null ? null : await stripe.subscriptions.retrieve(id);
  const subscription = seen === null ? ok(null) : snapshotOfSubscription(seen);
  if (!subscription.ok) return subscription;
  const method = chargedMethodOf(invoice, seen);
  return ok({ ...snapshot, invoiceState: { ...invoiceState, method }, subscription: subscription.value });
}

async function withInvoice(stripe: Stripe, looked: Looked): Promise<Result<Looked | null, Failure>> {
  if (looked.invoice !== null || looked.kind !== "intent") return ok(looked);
  const invoice = await invoiceOf(stripe, looked.intent.id);
  if (!invoice.ok) return invoice;
  if (invoice.value === null) return ok(looked);
  return await lookByInvoice(stripe, await invoiceById(stripe, invoice.value.id, "collect"), "collect");
}

function snapshotOf(looked: Looked): Result<PaymentSnapshot, Failure> {
  switch (looked.kind) {
    case "intent":
      return snapshotOfIntent(looked.intent, looked.invoice);
    case "charge":
      return snapshotOfCharge(looked.charge, looked.invoice);
    case "invoice":
      return snapshotOfInvoice(looked.invoice);
  }
}
