/** Connected accounts, read. Their requests carry `Stripe-Account`. https://docs.stripe.com/connect/authentication */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { listPage } from "../lists.ts";
import { expand, paging, range } from "../params.ts";
import { account } from "../shapes/connect.ts";
import { birthIn, type Context, isConnected, noAccess, onPlatform, PLATFORM_ACCOUNT } from "../world.ts";

export const accountEndpoints: Endpoint[] = [
  endpoint<Stripe.AccountListParams>({
    method: "GET",
    path: "/v1/accounts",
    params: { fields: { created: range, expand, ...paging } },
    run: (context, params) => {
      const connected = context.world.store.all("account").filter(({ id }) => isConnected(context.world, id));
      return listPage(context, "/v1/accounts", connected, params);
    },
  }),
  endpoint<Stripe.AccountRetrieveCurrentParams>({
    method: "GET",
    path: "/v1/account",
    params: { fields: { expand } },
    run: (context) => accountOf(context, context.world.account ?? PLATFORM_ACCOUNT),
  }),
  endpoint<Stripe.AccountRetrieveParams>({
    method: "GET",
    path: "/v1/accounts/:account",
    params: { fields: { expand } },
    run: (context, _params, id) => accountOf(context, id),
  }),
];

function accountOf(context: Context, id: string): Stripe.Account {
  if (id === PLATFORM_ACCOUNT) return account(birthIn(context), { id, type: "standard" });
  const found = onPlatform(context).world.store.get("account", id);
  if (found === undefined || !isConnected(context.world, id)) throw noAccess(id);
  return found;
}
