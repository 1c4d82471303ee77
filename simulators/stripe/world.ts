/** The state of one stand-in, and the helpers of all endpoints. */

import type Stripe from "stripe";

import { type Clock, createClock } from "./clock.ts";
import { missingResource, type Refusal, refusal } from "./errors.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createIdempotency, type Idempotency } from "./idempotency.ts";
import { newId } from "./ids.ts";
import { type Journal, NO_JOURNAL } from "./journal.ts";
import { createOutcomes, type Outcomes } from "./outcomes.ts";
import type { AnyResource, ResourceName, Resources, StoredEvent } from "./resources.ts";
import type { Birth } from "./shapes/payments.ts";
import { createStore, type Store, type WholeStore } from "./store.ts";
import type { SubscriptionChange } from "./subscription-change.ts";

/** The version that the SDK pins; events are made in it. */
export const API_VERSION: (typeof Stripe)["API_VERSION"] = "2026-10-28.endive";

/** The account of the key itself; a request that names it is a request without `Stripe-Account`. */
export const PLATFORM_ACCOUNT = "acct_standinplatform";

/** The world as the requests of one account see it. */
export interface World {
  /** Null is the platform's own. */
  account: string | null;
  clock: Clock;
  store: Store;
  outcomes: Outcomes;
  idempotency: Idempotency;
  faults: Faults;
  journal: Journal;
  /** What may be paid out by refunds, by currency; a currency that is absent has no limit. */
  availableMinorByCurrency: Map<string, number>;
  /** How long new objects are invisible to search; at Stripe up to a minute. */
  searchLagSeconds: number;
  webhook: { url: string | null; secret: string };
  /** Accounts that took the platform's access away; what they have stays theirs. */
  disconnected: Set<string>;
  /** Payment methods that were detached from their customer: they pay for nobody any more. */
  detachedMethods: Set<string>;
  /** Oldest first. */
  subscriptionChanges: SubscriptionChange[];
  /** Hands a new event to the webhook sender. */
  deliver(event: StoredEvent): void;
}

/** The world of all accounts, which the controls see. */
export interface WholeWorld extends World {
  store: WholeStore;
}

/** One API request as endpoints see it. */
export interface Context {
  world: World;
  livemode: boolean;
  /** Null for what happens without a request: a bank fails a refund, Stripe retries an invoice. */
  requestId: string | null;
  idempotencyKey: string | null;
}

export function createWorld(): WholeWorld {
  const world: WholeWorld = {
    account: null,
    clock: createClock(),
    store: createStore(() => world.journal),
    outcomes: createOutcomes((target, script) => world.journal.append({ kind: "script", target, script })),
    idempotency: createIdempotency(),
    faults: createFaults(),
    journal: NO_JOURNAL,
    availableMinorByCurrency: new Map(),
    searchLagSeconds: 0,
    webhook: { url: null, secret: "whsec_standin" },
    disconnected: new Set(),
    detachedMethods: new Set(),
    subscriptionChanges: [],
    deliver: () => {},
  };
  return world;
}

export function resetWorld(world: WholeWorld): void {
  world.store.clear();
  world.idempotency.clear();
  world.outcomes.clear();
  world.faults.clear();
  world.availableMinorByCurrency.clear();
  world.searchLagSeconds = 0;
  world.disconnected.clear();
  world.detachedMethods.clear();
  world.subscriptionChanges = [];
  world.clock = createClock();
}

/** Inherits, so that a reset of the whole is seen here too. The balance that `/_sim/balance` limits is the platform's. */
export function worldOf(world: World, account: string | null): World {
  const own = { account, store: world.store.of(account) };
  const view: World = Object.assign(Object.create(world), own);
  if (account !== null) view.availableMinorByCurrency = new Map();
  return view;
}

/** The same request, on the platform's objects: application fees are the platform's, whoever's charge they are of. */
export function onPlatform<C extends Context>(context: C): C {
  return context.world.account === null ? context : { ...context, world: worldOf(context.world, null) };
}

export function isConnected(world: World, account: string): boolean {
  return world.store.of(null).get("account", account) !== undefined && !world.disconnected.has(account);
}

export function setConnected(world: World, account: string, connected: boolean): void {
  if (connected) world.disconnected.delete(account);
  else world.disconnected.add(account);
  world.journal.append({ kind: "connection", account, connected });
}

/** https://docs.stripe.com/error-codes#account-invalid */
export function noAccess(account: string, key = "sk_test_****"): Refusal {
  return refusal(403, {
    type: "invalid_request_error",
    code: "account_invalid",
    message: `The provided key '${key}' does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`,
  });
}

export function birthIn(context: Context): Birth {
  return { nowSeconds: context.world.clock.nowSeconds(), livemode: context.livemode };
}

/** The object, or Stripe's 404, which also says when the id exists in the other mode. */
export function need<Name extends ResourceName>(
  context: Context,
  name: Name,
  id: string,
  param: string,
): Resources[Name] {
  const { store } = context.world;
  const object = store.get(name, id);
  if (object === undefined) throw missingResource(WORD[name] ?? name, id, param);
  const livemode = store.livemodeOf(object);
  if (!isVisible(context, object)) throw missingResource(WORD[name] ?? name, id, param, livemode ? "live" : "test");
  return object;
}

/** Test keys see test objects, live keys live ones; an account is both. */
export function isVisible(context: Context, object: AnyResource): boolean {
  return object.object === "account" || context.world.store.livemodeOf(object) === context.livemode;
}

const WORD: { [Name in ResourceName]?: string } = {
  credit_note: "credit note",
  payment_method: "PaymentMethod",
  "radar.early_fraud_warning": "early fraud warning",
};

export function save(context: Context, object: AnyResource): void {
  context.world.store.put(object);
}

/** Records an event of the request and queues it for the webhook: API callers see the echoes of their own actions. */
export function emit(context: Context, type: Stripe.Event.Type, object: AnyResource, previous?: object): StoredEvent {
  const { world } = context;
  const event: StoredEvent = {
    id: newId("evt"),
    object: "event",
    ...(world.account === null ? {} : { account: world.account }),
    api_version: API_VERSION,
    created: world.clock.nowSeconds(),
    data: { object: snapshot(object), ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: world.store.livemodeOf(object),
    pending_webhooks: world.webhook.url === null ? 0 : 1,
    request: { id: context.requestId, idempotency_key: context.idempotencyKey },
    type,
  };
  world.store.put<"event">(event);
  world.deliver(event);
  return event;
}

/** An event contains a copy of the object at that time. */
export function snapshot<T extends object>(object: T): T {
  return structuredClone(object);
}

/** Stripe's rule for `metadata`: given keys are set, empty values unset theirs, an empty string unsets all. */
export function mergeMetadata(
  current: Stripe.Metadata | null,
  given: Stripe.Emptyable<Stripe.MetadataParam> | undefined,
): Stripe.Metadata {
  if (given === undefined) return current ?? {};
  if (given === "") return {};
  const merged = { ...current, ...(given as Record<string, string>) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ""));
}
