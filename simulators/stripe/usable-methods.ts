/** Which payment method may pay for whom. https://docs.stripe.com/payments/payment-methods#payment-method-reuse */

import type Stripe from "stripe";

import { invalidRequest, type Refusal } from "./errors.ts";
import { newId } from "./ids.ts";
import { declineOfTestMethod } from "./outcomes.ts";
import { idOf } from "./resources.ts";
import { paymentMethod } from "./shapes/payments.ts";
import { birthIn, type Context, emit, need, save } from "./world.ts";

export interface Use {
  customer: string | null;
  /** Off session, and for invoices, the method must be attached to the customer before. */
  mustBeAttached: boolean;
}

/** Stripe's refusal of a method that is another customer's, or that was used up or detached. */
export function requireUsable(context: Context, id: string, { customer, mustBeAttached }: Use): void {
  const method = need(context, "payment_method", id, "payment_method");
  const owner = idOf(method.customer);
  if (owner !== null) {
    if (owner === customer) return;
    throw customer === null ? missingCustomer(id, owner) : notOfCustomer(id);
  }
  if (isSpent(context, method)) throw spent();
  if (mustBeAttached && customer !== null) throw notOfCustomer(id);
}

/** Without a customer, a method is good for one attempt; detached, for none (the SDK on `paymentMethods.detach`). */
export function isSpent(context: Context, method: Stripe.PaymentMethod): boolean {
  if (method.customer !== null) return false;
  const { detachedMethods, store } = context.world;
  return detachedMethods.has(method.id) || store.where("charge", "payment_method", method.id).length > 0;
}

export function attachMethod(context: Context, method: Stripe.PaymentMethod, customer: string): void {
  if (idOf(method.customer) === customer) return;
  method.customer = customer;
  save(context, method);
  emit(context, "payment_method.attached", method);
}

/** For good. A customer whose default it was has none then. */
export function detachMethod(context: Context, method: Stripe.PaymentMethod): Stripe.PaymentMethod {
  const owner = idOf(method.customer);
  if (owner === null) {
    throw invalidRequest("The payment method you provided is not attached to a customer so detachment is impossible.", {
      param: "payment_method",
    });
  }
  method.customer = null;
  context.world.detachedMethods.add(method.id);
  context.world.journal.append({ kind: "detached", method: method.id });
  save(context, method);
  emit(context, "payment_method.detached", method, { customer: owner });
  const customer = context.world.store.get("customer", owner);
  if (customer !== undefined && idOf(customer.invoice_settings.default_payment_method) === method.id) {
    customer.invoice_settings.default_payment_method = null;
    save(context, customer);
    emit(context, "customer.updated", customer, { invoice_settings: { default_payment_method: method.id } });
  }
  return method;
}

/** The id of the payment method that `token` names; a special test token makes a new one, as at Stripe. */
export function resolvePaymentMethod(context: Context, token: string, customerId: string | null): string {
  if (context.world.store.get("payment_method", token) !== undefined || !token.startsWith("pm_card_")) {
    return need(context, "payment_method", token, "payment_method").id;
  }
  const method = paymentMethod(birthIn(context), { id: newId("pm"), customer: customerId });
  save(context, method);
  const declineCode = declineOfTestMethod(token);
  if (declineCode !== null) {
    context.world.outcomes.set(method.id, { declines: [], refunds: [], alwaysDeclines: declineCode });
  }
  return method.id;
}

/** A default must be the customer's own. */
export function requireOwn(context: Context, id: string, customer: string | null): string {
  const method = need(context, "payment_method", id, "payment_method");
  if (customer === null || idOf(method.customer) !== customer) throw notOfCustomer(id);
  return id;
}

export function spent(): Refusal {
  return invalidRequest(
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
    { code: "payment_method_unexpected_state", param: "payment_method" },
  );
}

function notOfCustomer(id: string): Refusal {
  return invalidRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { code: "resource_missing", param: "payment_method" },
  );
}

function missingCustomer(id: string, owner: string): Refusal {
  return invalidRequest(
    `The \`payment_method\` parameter supplied ${id} belongs to the Customer ${owner}. Please include the Customer in the \`customer\` parameter on the PaymentIntent.`,
    { param: "payment_method" },
  );
}
