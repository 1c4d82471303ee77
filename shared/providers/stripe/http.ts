import Stripe from "stripe";
import { unlessAborted } from "../../core/abort.ts";

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

type Headers = Record<string, string>;

/**
 * The SDK's way out, over fetch. It hands the SDK only what the SDK can judge, which the SDK's own fetch client does not:
 * - the signal ends a call in every stage, also while a body stalls, whatever the platform's fetch does with signals;
 * - redirects are not followed: a redirected POST would become a GET elsewhere;
 * - an answer that is not 2xx and carries no error object (a gateway's page) is a failure; the SDK looks at the body
 *   alone and would take `{}` under a 503 for success;
 * - a failure has no `code`, for the SDK repeats a POST once after ECONNRESET or EPIPE, even with no retries allowed.
 */
export class StripeHttp extends Stripe.HttpClient {
  readonly #send: Fetch;
  readonly #signalOfCall: () => AbortSignal;

  constructor(send: Fetch, signalOfCall: () => AbortSignal) {
    super();
    this.#send = send;
    this.#signalOfCall = signalOfCall;
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
    const signal = this.#signalOfCall();
    const init: RequestInit = { method, headers: headersOf(headers), signal, redirect: "manual" };
    // A POST without parameters has an empty body, so that its length is said.
    if (body !== "" || method === "POST") init.body = body;
    const url = new URL(`${protocol}://${host}:${port}${path}`).href;
    try {
      return await unlessAborted(signal, ask(this.#send, url, init));
    } catch (error) {
      throw asNoAnswer(error);
    }
  }
}

/** An answer of Stripe's, read to its end. */
class Answer extends Stripe.HttpClientResponse {
  readonly #text: string;

  constructor(status: number, headers: Headers, text: string) {
    super(status, headers);
    this.#text = text;
  }

  /** The SDK hangs it, with the request's id, on what it answers as `lastResponse`. */
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

/** The SDK sets those that it has no value for to undefined or null. */
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

/** What `fetch` came to when it was no answer of Stripe's. `httpStatus` is set when some server did answer. */
export type NoAnswer = Error & { httpStatus: number | null };

function gatewayAnswer(httpStatus: number): NoAnswer {
  const message = `HTTP ${httpStatus} without an error of Stripe's: something between us and Stripe answered`;
  return Object.assign(new Error(message), { httpStatus });
}

function asNoAnswer(error: unknown): NoAnswer {
  if (error instanceof Error && "httpStatus" in error) return error as NoAnswer;
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message, { cause: error }), { httpStatus: null });
}
