import Stripe from "stripe";
import { unlessAborted } from "../../core/abort.ts";
import type { Mode } from "../../core/ids.ts";

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export type StripeOptions = {
  apiKey: string;
  /** Scheme, host and port; `https://api.stripe.com` when absent. */
  baseUrl?: string;
  /** The mode of the key decides when absent; a key that is neither (a stand-in's) is a test key. */
  mode?: Mode;
  fetch?: Fetch;
  /** Ends a call whose own signal sets no deadline. */
  timeoutMs?: number;
};

/** Runs one call with a client whose every request ends with `signal`. */
export type WithStripe = <T>(signal: AbortSignal, work: (stripe: Stripe) => Promise<T>) => Promise<T>;

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * SDK 23 takes no signal with a request, so a client serves one call at a time and its fetch looks up that call's signal.
 * Clients are kept for the next call: making one takes about 0.05 ms (measured on Node 24).
 */
export function createClients(options: StripeOptions): WithStripe {
  const address = addressOf(options.baseUrl ?? "https://api.stripe.com");
  const send: Fetch = options.fetch ?? ((input, init) => fetch(input, init));
  type Client = { stripe: Stripe; signal: AbortSignal };
  const idle: Client[] = [];

  function createClient(signal: AbortSignal): Client {
    const stripe = new Stripe(options.apiKey, {
      ...address,
      apiVersion: "2026-10-28.endive",
      httpClient: Stripe.createFetchHttpClient(boundFetch(send, () => client.signal)),
      maxNetworkRetries: 0,
      telemetry: false,
      timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    });
    const client = { stripe, signal };
    return client;
  }

  return async (signal, work) => {
    const client = idle.pop() ?? createClient(signal);
    client.signal = signal;
    try {
      return await work(client.stripe);
    } finally {
      idle.push(client);
    }
  };
}

/** https://docs.stripe.com/keys: sk_ and rk_ keys name their mode. */
export function modeOfKey(apiKey: string): Mode {
  return /^(?:sk|rk)_(?:org_)?live_/.test(apiKey) ? "live" : "test";
}

type Address = { host: string; port: string; protocol: "http" | "https" };

function addressOf(baseUrl: string): Address {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  const protocol = url?.protocol === "http:" ? "http" : url?.protocol === "https:" ? "https" : null;
  if (url === null || protocol === null || url.pathname !== "/" || url.search !== "" || url.username !== "") {
    // The value is not repeated: it may hold credentials.
    throw new Error("STRIPE_API_BASE must be a scheme, a host and maybe a port, like https://api.stripe.com");
  }
  return { host: url.hostname, port: url.port || (protocol === "http" ? "80" : "443"), protocol };
}

/** What `fetch` came to when it was no answer of Stripe's. `httpStatus` is set when some server did answer. */
export type NoAnswer = Error & { httpStatus: number | null };

/**
 * A fetch that hands the SDK only what the SDK can judge:
 * - the signal ends it in every stage, also while a body stalls, whatever the platform's fetch does with signals;
 * - redirects are not followed: a redirected POST would become a GET elsewhere;
 * - an answer that is not 2xx and carries no error object (a gateway's page) is a failure; the SDK looks at the body
 *   alone and would take `{}` under a 503 for success;
 * - a failure has no `code`, for the SDK repeats a POST once after ECONNRESET or EPIPE, even with no retries allowed.
 */
export function boundFetch(send: Fetch, signalOfCall: () => AbortSignal): Fetch {
  return async (input, init) => {
    const signal = signalOfCall();
    const deadline = init?.signal ? AbortSignal.any([signal, init.signal]) : signal;
    try {
      const answer = send(input, { ...init, signal: deadline, redirect: "manual" });
      const response = await unlessAborted(deadline, answer);
      const body = await unlessAborted(deadline, response.text());
      if (!response.ok && !carriesError(body)) throw gatewayAnswer(response.status);
      return new Response(body, { status: response.status, headers: response.headers });
    } catch (error) {
      throw asNoAnswer(error);
    }
  };
}

function carriesError(body: string): boolean {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null && "error" in parsed && typeof parsed.error === "object";
  } catch {
    return false;
  }
}

function gatewayAnswer(httpStatus: number): NoAnswer {
  const message = `HTTP ${httpStatus} without an error of Stripe's: something between us and Stripe answered`;
  return Object.assign(new Error(message), { httpStatus });
}

function asNoAnswer(error: unknown): NoAnswer {
  if (error instanceof Error && "httpStatus" in error) return error as NoAnswer;
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message, { cause: error }), { httpStatus: null });
}
