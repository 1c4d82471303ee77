/**
 * Where a payment's money goes with Connect, and how it comes back: destination charges, application fees, reversals.
 * https://docs.stripe.com/connect/destination-charges, https://docs.stripe.com/connect/direct-charges
 */

import type Stripe from "stripe";

import { invalidRequest, missingResource } from "./errors.ts";
import { printMoney } from "./money.ts";
import { idOf } from "./resources.ts";
import { applicationFee, feeRefund, transfer, transferReversal } from "./shapes/connect.ts";
import { birthIn, type Context, emit, isConnected, onPlatform, save, snapshot } from "./world.ts";

/** What a payment intent may say of Connect. */
export interface Split {
  amount: number;
  application_fee_amount?: number | null;
  transfer_data?: { amount?: number | null; destination: string | { id: string } } | null;
}

/** Stripe's refusals of a split that cannot be made. */
export function requireSplit(context: Context, split: Split): void {
  const { amount, application_fee_amount: fee, transfer_data: data } = split;
  const { account } = context.world;
  if (data && account !== null) {
    throw invalidRequest("The stand-in knows no transfers from a connected account: transfer_data is the platform's.", {
      param: "transfer_data",
    });
  }
  if (data) requireDestination(context, idOf(data.destination) ?? "", "transfer_data[destination]");
  if (data?.amount && data.amount > amount) {
    throw invalidRequest("The transfer_data[amount] must be less than or equal to the amount.", {
      param: "transfer_data[amount]",
    });
  }
  if (!fee) return;
  if (!data && account === null) {
    throw invalidRequest(
      "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
      { param: "application_fee_amount" },
    );
  }
  if (data?.amount) {
    throw invalidRequest("You cannot set both application_fee_amount and transfer_data[amount].", {
      param: "application_fee_amount",
    });
  }
  if (fee > amount) {
    throw invalidRequest("Your application fee cannot be greater than the amount of the charge.", {
      param: "application_fee_amount",
    });
  }
}

export function requireDestination(context: Context, id: string, param: string): void {
  if (!isConnected(context.world, id)) throw missingResource("destination", id, param);
}

/** A payment was captured: its transfer, and the platform's fee. Objects only; `announce` emits their events. */
export function shareOut(context: Context, charge: Stripe.Charge, captured: number): void {
  const data = charge.transfer_data;
  if (data !== null && charge.transfer === undefined) {
    const made = transfer(birthOf(context, charge), {
      amount: Math.min(data.amount ?? captured, captured),
      currency: charge.currency,
      destination: idOf(data.destination),
      source_transaction: charge.id,
      transfer_group: charge.transfer_group ?? `group_${idOf(charge.payment_intent) ?? charge.id}`,
    });
    save(context, made);
    charge.transfer = made.id;
    charge.transfer_group = made.transfer_group;
  }
  const feeAmount = Math.min(charge.application_fee_amount ?? 0, captured);
  if (feeAmount === 0 || charge.application_fee !== null) return;
  const sent = context.world.store.get("transfer", idOf(charge.transfer));
  const made = applicationFee(birthOf(context, charge), {
    account: idOf(sent?.destination) ?? context.world.account ?? "",
    amount: feeAmount,
    charge: idOf(sent?.destination_payment) ?? charge.id,
    currency: charge.currency,
    originating_transaction: sent === undefined ? null : charge.id,
  });
  save(onPlatform(context), made);
  charge.application_fee = made.id;
}

function birthOf(context: Context, charge: Stripe.Charge) {
  return { ...birthIn(context), livemode: charge.livemode };
}

export function announce(context: Context, charge: Stripe.Charge): void {
  const sent = context.world.store.get("transfer", idOf(charge.transfer));
  if (sent !== undefined) emit(context, "transfer.created", sent);
  const fee = onPlatform(context).world.store.get("application_fee", idOf(charge.application_fee));
  if (fee !== undefined) emit(onPlatform(context), "application_fee.created", fee);
}

/** What a refund takes back beside its own amount. */
export interface Return {
  transfer: Stripe.Transfer | null;
  transferAmount: number;
  fee: Stripe.ApplicationFee | null;
  feeAmount: number;
}

type Asked = Pick<Stripe.RefundCreateParams, "refund_application_fee" | "reverse_transfer">;

/** In proportion to the refund, and the rest with the last; or Stripe's refusal, before anything moves. */
export function planReturn(context: Context, charge: Stripe.Charge, amount: number, asked: Asked): Return {
  const sent = asked.reverse_transfer === true ? transferOf(context, charge) : null;
  const fee = asked.refund_application_fee === true ? feeOf(context, charge) : null;
  if (fee !== null && sent === null && charge.transfer !== undefined) {
    throw invalidRequest(
      "You must also reverse the transfer (reverse_transfer) when you refund the application fee of a destination charge.",
      { param: "refund_application_fee" },
    );
  }
  const released = Math.max(0, charge.amount - charge.amount_captured);
  const before = charge.amount_refunded - released;
  const shareOf = (total: number): number =>
    Math.round((total * (before + amount)) / charge.amount_captured) -
    Math.round((total * before) / charge.amount_captured);
  const transferAmount = sent === null ? 0 : shareOf(sent.amount);
  const feeAmount = fee === null ? 0 : shareOf(fee.amount);
  if (sent !== null) requireLeft(`transfer ${sent.id}`, transferAmount, sent.amount - sent.amount_reversed, sent);
  if (fee !== null) requireLeft(`application fee ${fee.id}`, feeAmount, fee.amount - fee.amount_refunded, fee);
  return { transfer: sent, transferAmount, fee, feeAmount };
}

function transferOf(context: Context, charge: Stripe.Charge): Stripe.Transfer {
  const sent = context.world.store.get("transfer", idOf(charge.transfer));
  if (sent !== undefined) return sent;
  throw invalidRequest(`Attempting to reverse_transfer on ${charge.id}, but it has no associated transfer`, {
    param: "reverse_transfer",
  });
}

function feeOf(context: Context, charge: Stripe.Charge): Stripe.ApplicationFee {
  const fee = onPlatform(context).world.store.get("application_fee", idOf(charge.application_fee));
  if (fee !== undefined) return fee;
  throw invalidRequest(`Attempting to refund_application_fee on ${charge.id}, but it has no application fee`, {
    param: "refund_application_fee",
  });
}

function requireLeft(what: string, wanted: number, left: number, { currency }: { currency: string }): void {
  if (wanted <= left) return;
  throw invalidRequest(
    `The refund would take back ${printMoney(wanted, currency)} of ${what}, but only ${printMoney(left, currency)} of it is left.`,
  );
}

/** Takes back what was planned; the refund names the reversal. */
export function takeBack(context: Context, refund: Stripe.Refund, planned: Return): void {
  const { transfer: sent, transferAmount, fee, feeAmount } = planned;
  if (sent !== null && transferAmount > 0) {
    const reversal = reverse(context, sent, transferAmount, { source_refund: refund.id });
    refund.transfer_reversal = reversal.id;
  }
  if (fee !== null && feeAmount > 0) refundFee(context, fee, feeAmount, {});
}

export function reverse(
  context: Context,
  sent: Stripe.Transfer,
  amount: number,
  given: Partial<Stripe.TransferReversal>,
): Stripe.TransferReversal {
  const made = transferReversal(birthIn(context), { amount, currency: sent.currency, transfer: sent.id, ...given });
  const previous = { amount_reversed: sent.amount_reversed, reversed: sent.reversed };
  sent.amount_reversed += amount;
  sent.reversed = sent.amount_reversed >= sent.amount;
  sent.reversals.data = [snapshot(made), ...sent.reversals.data].slice(0, 10);
  save(context, made);
  save(context, sent);
  emit(context, "transfer.reversed", sent, previous);
  return made;
}

/** A fee is the platform's, also that of a charge in a connected account. */
export function refundFee(
  context: Context,
  fee: Stripe.ApplicationFee,
  amount: number,
  given: Partial<Stripe.FeeRefund>,
): Stripe.FeeRefund {
  const platform = onPlatform(context);
  const made = feeRefund(birthIn(platform), { amount, currency: fee.currency, fee: fee.id, ...given });
  const previous = { amount_refunded: fee.amount_refunded, refunded: fee.refunded };
  fee.amount_refunded += amount;
  fee.refunded = fee.amount_refunded >= fee.amount;
  fee.refunds.data = [snapshot(made), ...fee.refunds.data].slice(0, 10);
  save(platform, made);
  save(platform, fee);
  emit(platform, "application_fee.refunded", fee, previous);
  return made;
}
