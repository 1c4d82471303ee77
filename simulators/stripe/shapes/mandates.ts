/** Complete mandates. */

import type Stripe from "stripe";

import { newId } from "../ids.ts";
import type { Birth, Given } from "./payments.ts";

export function mandate(birth: Birth, given: Given<Stripe.Mandate>, type: string): Stripe.Mandate {
  return {
    id: newId("mandate"),
    object: "mandate",
    customer_acceptance: {
      accepted_at: birth.nowSeconds,
      online: { ip_address: "127.0.0.1", user_agent: "stand-in" },
      type: "online",
    },
    livemode: birth.livemode,
    multi_use: {},
    payment_method: "",
    payment_method_details: { [type]: {}, type },
    status: "active",
    type: "multi_use",
    ...given,
  };
}
