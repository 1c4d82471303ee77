/** What banks, Stripe and account holders do that no call asked for: a hold runs out, a mandate ends, an account is restricted. */

import type Stripe from "stripe";

import { restrict } from "../objects/accounts.ts";
import { expireHold } from "../objects/authorisations.ts";
import { changeStatus, MANDATE_STATUSES } from "../objects/mandates.ts";
import type { Resources } from "../resources.ts";
import type { World } from "../world.ts";
import { type Body, byItself, type Control, flagIn, known, requireOnly, wordIn } from "./control.ts";

export const matterControls: Readonly<Record<string, Control>> = {
  "POST payment_intents/:id/expire": holdRunsOut,
  "POST mandates/:id": mandateChanges,
  "POST accounts/:id/restrict": restrictAccount,
};

function holdRunsOut(world: World, body: Body, id: string): Stripe.PaymentIntent {
  requireOnly(body);
  const intent = known(world, "payment_intent", id);
  if (intent.status !== "requires_capture") throw new Error(`Payment intent ${id} is ${intent.status}.`);
  return expireHold(byItself(world, intent), intent);
}

function mandateChanges(world: World, body: Body, id: string): Stripe.Mandate {
  requireOnly(body, "status");
  const mandate = known(world, "mandate", id);
  return changeStatus(byItself(world, mandate), mandate, wordIn(body, "status", MANDATE_STATUSES));
}

/** Some of https://docs.stripe.com/api/accounts/object#account_object-requirements-disabled_reason */
const REASONS = ["listed", "platform_paused", "rejected.fraud", "requirements.past_due", "under_review"] as const;

function restrictAccount(world: World, body: Body, id: string): Resources["account"] {
  requireOnly(body, "chargesEnabled", "payoutsEnabled", "disabledReason");
  const account = known(world, "account", id);
  return restrict(byItself(world, account), account, {
    charges: flagIn(body, "chargesEnabled") ?? account.charges_enabled ?? true,
    payouts: flagIn(body, "payoutsEnabled") ?? account.payouts_enabled ?? true,
    why: body.disabledReason === undefined ? null : wordIn(body, "disabledReason", REASONS),
  });
}
