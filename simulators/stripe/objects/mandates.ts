/** Mandates: read by API callers, ended by customers and banks. https://docs.stripe.com/api/mandates */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { expand } from "../params.ts";
import { idOf } from "../resources.ts";
import { mandate } from "../shapes/mandates.ts";
import type { Birth, Given } from "../shapes/payments.ts";
import { type Context, emit, need, save, type World } from "../world.ts";

export const MANDATE_STATUSES = ["active", "inactive", "pending"] as const;

/** Stripe has no list of mandates: whoever wants one must know its id. */
export const mandateEndpoints: Endpoint[] = [
  endpoint<Stripe.MandateRetrieveParams>({
    method: "GET",
    path: "/v1/mandates/:mandate",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "mandate", id, "mandate"),
  }),
];

/** A mandate is of one payment method, whose type it has. */
export function mandateOf(birth: Birth, given: Given<Stripe.Mandate>, world: World): Stripe.Mandate {
  const method = world.store.get("payment_method", idOf(given.payment_method));
  return mandate(birth, given, method?.type ?? "sepa_debit");
}

export function changeStatus(
  context: Context,
  given: Stripe.Mandate,
  status: (typeof MANDATE_STATUSES)[number],
): Stripe.Mandate {
  const previous = { status: given.status };
  given.status = status;
  save(context, given);
  emit(context, "mandate.updated", given, previous);
  return given;
}
