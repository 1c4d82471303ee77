import Stripe from "stripe";
import { afterEach, beforeEach, expect } from "vitest";

import type { LoggedRequest } from "../../../simulators/stripe/request-log.ts";
import { createStripeSimulator, type StripeSimulator } from "../../../simulators/stripe/simulator.ts";
import type { Books, ConnectBooks } from "../../../simulators/stripe/state.ts";

const KEY = "sk_test_standin";

/** A stand-in for each test of a file, the real SDK in front of it, and its controls. */
export interface StandIn {
  readonly simulator: StripeSimulator;
  readonly stripe: Stripe;
  control<T = Record<string, unknown>>(path: string, body?: unknown): Promise<T>;
  put(...objects: object[]): Promise<void>;
  /** The error of a control that is refused. */
  refusedControl(path: string, body: unknown): Promise<string>;
  state(): Promise<Books & ConnectBooks>;
  events(account?: string): Promise<{ type: string; object: Record<string, unknown>; account?: string }[]>;
  eventTypes(account?: string): Promise<string[]>;
  requests(): Promise<LoggedRequest[]>;
}

export function standIn(): StandIn {
  let simulator: StripeSimulator;
  let stripe: Stripe;
  beforeEach(async () => {
    simulator = createStripeSimulator();
    await simulator.listen();
    const { hostname, port } = new URL(simulator.url);
    stripe = new Stripe(KEY, { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });
  });
  afterEach(() => simulator.close());

  async function send(path: string, body: unknown): Promise<{ status: number; value: unknown }> {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${simulator.url}/_sim/${path}`, init);
    return { status: response.status, value: await response.json() };
  }
  async function control<T>(path: string, body?: unknown): Promise<T> {
    const { status, value } = await send(path, body);
    expect(status, JSON.stringify(value)).toBe(200);
    return value as T;
  }
  async function events(account?: string) {
    const { data } = await stripe.events.list({ limit: 100 }, account === undefined ? {} : { stripeAccount: account });
    return data.toReversed().map((event) => ({
      type: event.type,
      object: event.data.object as unknown as Record<string, unknown>,
      ...(event.account === undefined ? {} : { account: event.account }),
    }));
  }
  return {
    get simulator() {
      return simulator;
    },
    get stripe() {
      return stripe;
    },
    control,
    put: async (...objects) => void (await control("objects", objects)),
    async refusedControl(path, body) {
      const { status, value } = await send(path, body);
      expect(status, JSON.stringify(value)).toBe(400);
      return (value as { error: string }).error;
    },
    state: () => control<Books & ConnectBooks>("state"),
    events,
    eventTypes: async (account) => (await events(account)).map(({ type }) => type),
    requests: async () => (await control<{ requests: LoggedRequest[] }>("requests")).requests,
  };
}

export async function refusalOf(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error("The call succeeded, and a refusal was expected.");
}
