import Stripe from "stripe";
import type { At } from "../../contracts/provider.ts";
import { unlessAborted } from "../../core/abort.ts";

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

type Headers = Record<string, string>;

/**
 * The SDK's HTTP client, over fetch. It differs from the SDK's own fetch client:
 * - the signal ends a call at every stage, also while a body stalls;
 * - redirects are not followed: a redirected POST would become a GET at another address;
 * - an answer that is not 2xx and has no error object (a gateway's page) is a failure: the SDK looks only at the body, and
 *   `{}` with a 503 would count as success;
 * - every request names the account of its call: https://docs.stripe.com/connect/authentication;
 * - a failure has no `code`: the SDK repeats a POST once after ECONNRESET or EPIPE, even without retries.
 */
export class StripeHttp extends Stripe.HttpClient {
  readonly #send: Fetch;
  readonly #atOfCall: () => At;

  constructor(send: Fetch, atOfCall: () => At) {
    super();
    this.#send = send;
    this.#atOfCall = atOfCall;
  }

  override getClientName(): string {
    return "fetch";
  }

  override async makeRequest(
    host: string,
    port: string,
    path: string,
    method: string,
    headers: object,
    body: string,
    protocol: string,
  ): Promise<Answer> {
    const { account, signal } = this.#atOfCall();
    const named = account === null ? headers : { ...headers, "Stripe-Account": account };
    const init: RequestInit = { method, headers: headersOf(named), signal, redirect: "manual" };
    // A POST without parameters gets an empty body, so that it has a content-length.
    if (body !== "" || method === "POST") init.body = body;
    const url = new URL(`${protocol}://${host}:${port}${path}`).href;
    try {
      return await unlessAborted(signal, ask(this.#send, url, init));
    } catch (error) {
      throw asNoAnswer(error);
    }
  }
}

/** A complete answer of Stripe. */
class Answer extends Stripe.HttpClientResponse {
  readonly #text: string;

  constructor(status: number, headers: Headers, text: string) {
    super(status, headers);
    this.#text = text;
  }

  /** The SDK adds it to its results as `lastResponse`. */
  override getRawResponse(): unknown {
    return { status: this.getStatusCode() };
  }

  override async toJSON(): Promise<unknown> {
    return this._parseResponseBody(this.#text);
  }
}

async function ask(send: Fetch, url: string, init: RequestInit): Promise<Answer> {
  const response = await send(url, init);
  const text = await response.text();
  if (!response.ok && !carriesError(text)) throw gatewayAnswer(response.status);
  return new Answer(response.status, Object.fromEntries(response.headers), text);
}

/** Drops the headers that the SDK sets to undefined or null. */
function headersOf(given: object): Headers {
  const set = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}

function carriesError(body: string): boolean {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null && "error" in parsed && typeof parsed.error === "object";
  } catch {
    return false;
  }
}

/** A call that got no answer of Stripe. `httpStatus` is set where another server answered. */
export type NoAnswer = Error & { httpStatus: number | null };

function gatewayAnswer(httpStatus: number): NoAnswer {
  const message = `HTTP ${httpStatus} without a Stripe error: a server between us and Stripe answered`;
  return Object.assign(new Error(message), { httpStatus });
}

function asNoAnswer(error: unknown): NoAnswer {
  if (error instanceof Error && "httpStatus" in error) return error as NoAnswer;
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message, { cause: error }), { httpStatus: null });
}
