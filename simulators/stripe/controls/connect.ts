/** Connected accounts come and go, and people move their money in the dashboard. */

import type Stripe from "stripe";

import { tellOfConnection } from "../objects/accounts.ts";
import { createFeeRefund } from "../objects/application-fees.ts";
import { createReversal } from "../objects/transfers.ts";
import { seedObjects } from "../seeding.ts";
import { isConnected, setConnected, type World } from "../world.ts";
import { amountIn, type Body, byItself, type Control, flagIn, known, requireOnly, textIn } from "./control.ts";

export const connectControls: Readonly<Record<string, Control>> = {
  "POST accounts": connect,
  "POST accounts/:id": changeConnection,
  "POST transfers/:id/reverse": reverseByHand,
  "POST application_fees/:id/refund": refundFeeByHand,
};

function connect(world: World, body: Body): unknown {
  requireOnly(body, "id", "email", "country");
  const id = textIn(body, "id");
  if (id !== undefined && !/^acct_\w+$/.test(id)) throw new Error("id must begin with acct_.");
  const [made] = seedObjects(world, [{ ...body, object: "account" }]).objects;
  return made;
}

/** A disconnected account answers as one that does not exist. */
function changeConnection(world: World, body: Body, id: string): unknown {
  requireOnly(body, "connected");
  known(world, "account", id);
  const connected = flagIn(body, "connected") ?? true;
  const wasConnected = isConnected(world, id);
  setConnected(world, id, connected);
  if (connected !== wasConnected) tellOfConnection(byItself(world, known(world, "account", id)), id, connected);
  return { id, connected };
}

function reverseByHand(world: World, body: Body, id: string): Stripe.TransferReversal {
  requireOnly(body, "amount");
  const amount = amountIn(body, "amount");
  const context = byItself(world, known(world, "transfer", id));
  return createReversal(context, amount === undefined ? {} : { amount }, id);
}

function refundFeeByHand(world: World, body: Body, id: string): Stripe.FeeRefund {
  requireOnly(body, "amount");
  const amount = amountIn(body, "amount");
  const context = byItself(world, known(world, "application_fee", id));
  return createFeeRefund(context, amount === undefined ? {} : { amount }, id);
}
