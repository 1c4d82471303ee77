/** Connected accounts, read. Their requests carry `Stripe-Account`. https://docs.stripe.com/connect/authentication */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { listPage } from "../lists.ts";
import { expand, paging, range } from "../params.ts";
import type { Resources } from "../resources.ts";
import { account, application } from "../shapes/connect.ts";
import {
  birthIn,
  type Context,
  emit,
  isConnected,
  noAccess,
  onPlatform,
  PLATFORM_ACCOUNT,
  save,
  worldOf,
} from "../world.ts";

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

export interface Restriction {
  charges: boolean;
  payouts: boolean;
  /** Of `requirements.disabled_reason`: https://docs.stripe.com/connect/handling-api-verification */
  why: Stripe.Account.Requirements.DisabledReason | null;
}

/** Stripe restricts an account, or lifts it. The event names the account that it is of. */
export function restrict(
  context: Context,
  restricted: Resources["account"],
  { charges, payouts, why }: Restriction,
): Resources["account"] {
  const previous = { charges_enabled: restricted.charges_enabled, payouts_enabled: restricted.payouts_enabled };
  restricted.charges_enabled = charges;
  restricted.payouts_enabled = payouts;
  restricted.requirements = { ...NOTHING_DUE, disabled_reason: charges && payouts ? null : why };
  save(context, restricted);
  emit(inAccount(context, restricted.id), "account.updated", restricted, previous);
  return restricted;
}

const NOTHING_DUE: Stripe.Account.Requirements = {
  alternatives: [],
  current_deadline: null,
  currently_due: [],
  disabled_reason: null,
  errors: [],
  eventually_due: [],
  past_due: [],
  pending_verification: [],
};

/** The event names the account; its object is the platform's own application. */
export function tellOfConnection(context: Context, id: string, connected: boolean): void {
  const type = connected ? "account.application.authorized" : "account.application.deauthorized";
  emit(inAccount(context, id), type, application(birthIn(context), { id: PLATFORM_APPLICATION }));
}

const PLATFORM_APPLICATION = "ca_standinplatform";

const inAccount = (context: Context, id: string): Context => ({ ...context, world: worldOf(context.world, id) });

function accountOf(context: Context, id: string): Stripe.Account {
  if (id === PLATFORM_ACCOUNT) return account(birthIn(context), { id, type: "standard" });
  const found = onPlatform(context).world.store.get("account", id);
  if (found === undefined || !isConnected(context.world, id)) throw noAccess(id);
  return found;
}
