/** What cases are about, each read by its id. */
import type Stripe from "stripe";
import type { Failure } from "../../contracts/failure.ts";
import type { MatterKind, Matters } from "../../contracts/provider.ts";
import { isAmountMinor } from "../../core/money.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { millisecondsOf } from "../untyped.ts";
import { idOf } from "./fields.ts";
import { disputeStatusOf, isAwaited, refundStatusOf, refundsOf } from "./refunding.ts";
import { statusOfIntent } from "./snapshot.ts";

type Read<K extends MatterKind> = (stripe: Stripe, id: string) => Promise<Result<Matters[K] | null, Failure>>;

const READS: { [K in MatterKind]: Read<K> } = {
  dispute: readDispute,
  refund: async (stripe, id) => {
    const { status, failure_reason } = await stripe.refunds.retrieve(id);
    return ok({ status: refundStatusOf(status), word: status ?? "unknown", failureReason: failure_reason ?? null });
  },
  account: async (stripe, id) => {
    const { charges_enabled, payouts_enabled, requirements } = await stripe.accounts.retrieve(id);
    if (typeof charges_enabled !== "boolean" || typeof payouts_enabled !== "boolean") return unreadable("account", id);
    const why = requirements?.disabled_reason ?? null;
    return ok({ isCharging: charges_enabled, isPaidOut: payouts_enabled, why });
  },
  hold: async (stripe, id) => {
    const intent = await stripe.paymentIntents.retrieve(id);
    return ok({ status: statusOfIntent(intent.status), cancellation: intent.cancellation_reason ?? null });
  },
  mandate: async (stripe, id) => {
    const mandate = await stripe.mandates.retrieve(id);
    const method = idOf(mandate.payment_method);
    const customer = method === null ? null : idOf((await stripe.paymentMethods.retrieve(method)).customer);
    return ok({ word: mandate.status, method, customer });
  },
};

export const readMatter = <K extends MatterKind>(
  stripe: Stripe,
  kind: K,
  id: string,
): Promise<Result<Matters[K] | null, Failure>> => READS[kind](stripe, id);

/** With all refunds of its payment: whoever answers a dispute must know what was given back before. */
async function readDispute(stripe: Stripe, id: string): Promise<Result<Matters["dispute"] | null, Failure>> {
  const { status, reason, amount, currency, charge, payment_intent, evidence_details } =
    await stripe.disputes.retrieve(id);
  if (typeof status !== "string" || !isAmountMinor(amount)) return unreadable("dispute", id);
  const payment = idOf(payment_intent) ?? idOf(charge);
  const refunds = payment === null ? ok([]) : await refundsOf(stripe, payment, 0);
  if (!refunds.ok) return refunds;
  return ok({
    status: disputeStatusOf(status),
    word: status,
    reason: reason ?? null,
    amountMinor: amount,
    currency,
    dueAt: millisecondsOf(evidence_details?.due_by) ?? null,
    isAwaited: isAwaited(status),
    refunds: refunds.value,
  });
}

function unreadable(what: string, id: string): { ok: false; error: Failure } {
  const detail = `Stripe's answer about the ${what} ${id} cannot be read; look at it in the dashboard`;
  return err({ reason: "provider_refused", detail });
}
