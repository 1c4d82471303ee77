import Stripe from "stripe";
import type { At } from "../../contracts/provider.ts";
import type { Mode } from "../../core/ids.ts";
import { readProviderKey } from "../../core/provider-key.ts";
import { type Fetch, StripeHttp } from "./http.ts";

export type StripeOptions = {
  apiKey: string;
  /** Scheme, host and port; `https://api.stripe.com` when absent. */
  baseUrl?: string;
  /** When absent, the key's. */
  mode?: Mode;
  fetch?: Fetch;
};

/** Runs `work` with a client whose requests all go to the account of `at`, and end when its signal aborts. */
export type WithStripe = <T>(at: At, work: (stripe: Stripe) => Promise<T>) => Promise<T>;

/**
 * SDK 23 takes no signal with a request, so a client serves one call at a time, and its HTTP client looks up the account
 * and the signal of that call. Idle clients are reused, because making one costs as much as a request. They hold no state of a call.
 */
export function createClients(options: StripeOptions): WithStripe {
  const address = addressOf(options.baseUrl ?? "https://api.stripe.com");
  const send: Fetch = options.fetch ?? ((input, init) => fetch(input, init));
  type Client = { stripe: Stripe; at: At | null };
  const idle: Client[] = [];

  function createClient(): Client {
    const atOfCall = (): At => {
      if (client.at === null) throw new Error("a Stripe client was used outside of its call");
      return client.at;
    };
    const stripe = new Stripe(options.apiKey, {
      ...address,
      apiVersion: "2026-10-28.endive",
      httpClient: new StripeHttp(send, atOfCall),
      maxNetworkRetries: 0,
      telemetry: false,
    });
    const client: Client = { stripe, at: null };
    return client;
  }

  return async (at, work) => {
    const client = idle.pop() ?? createClient();
    client.at = at;
    try {
      return await work(client.stripe);
    } finally {
      client.at = null;
      idle.push(client);
    }
  };
}

/** Throws where a key does not say its mode: what is unknown is not for tests. */
export function modeOfKey(apiKey: string): Mode {
  const { mode } = readProviderKey(apiKey);
  if (mode === null) throw new Error("the key of Stripe says neither test nor live");
  return mode;
}

type Address = { host: string; port: string; protocol: "http" | "https" };

function addressOf(baseUrl: string): Address {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  const protocol = protocolOf(url);
  if (url === null || protocol === null || url.pathname !== "/" || url.search !== "" || url.username !== "") {
    // The value is not repeated: it may contain credentials.
    throw new Error("STRIPE_API_BASE must be a scheme, a host and maybe a port, like https://api.stripe.com");
  }
  return { host: url.hostname, port: url.port || (protocol === "http" ? "80" : "443"), protocol };
}

function protocolOf(url: URL | null): Address["protocol"] | null {
  if (url?.protocol === "http:") return "http";
  return url?.protocol === "https:" ? "https" : null;
}
