import type { Books } from "../../cli/demo/books.ts";
import { stripeSignature } from "../../cli/demo/deliver.ts";
import type { Keys } from "../../cli/stack/index.ts";
import type { DecisionAnswer, Receipt } from "../../shared/contracts/http.ts";
import type { CaseRow, DeadLetterRow } from "../../shared/contracts/records.ts";
import type { Totals, Trace } from "../../shared/contracts/views.ts";
import type { FaultRule as ClaudeFault } from "../../simulators/claude/faults.ts";
import type { GivenAlways } from "../../simulators/claude/mode.ts";
import type { FaultRule as StripeFault } from "../../simulators/stripe/faults.ts";
import type { PaymentStep } from "../../simulators/stripe/outcomes.ts";
import type { LoggedRequest } from "../../simulators/stripe/request-log.ts";
import type { SubscriptionBooks } from "../../simulators/stripe/state.ts";
import { waitFor } from "./wait.ts";

/** Where a stack is: the doors of the product, and those of the stand-ins beside it. */
export type Addresses = { ingestUrl: string; consoleUrl: string; stripeUrl: string; claudeUrl: string; keys: Keys };
export type Answer<T = unknown> = { status: number; headers: Headers; body: T };
type Body = string | Uint8Array<ArrayBuffer>;
type Script = { [target in "customer" | "invoice" | "payment_intent"]?: string } & {
  declines?: PaymentStep[];
  refunds?: string[];
};

export type Clients = ReturnType<typeof clientsOf>;

/** Everything that a test says to a running stack goes over HTTP, as it would from outside. */
export function clientsOf({ ingestUrl, consoleUrl, stripeUrl, claudeUrl, keys }: Addresses) {
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const json = { "content-type": "application/json" };
  const door = <T = Receipt>(path: string, body: Body, headers: Record<string, string>): Promise<Answer<T>> =>
    call<T>(`${ingestUrl}${path}`, { method: "POST", headers, body });
  const ask = async <T>(path: string, body?: unknown): Promise<T> =>
    good<T>(
      await call<T>(`${consoleUrl}${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { ...bearer(keys.CONSOLE_TOKEN), ...json },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  const control = async <T>(base: string, path: string, method = "GET", body?: unknown): Promise<T> =>
    good<T>(
      await call<T>(`${base}/_sim/${path}`, {
        method,
        headers: json,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );

  const ingest = {
    door,
    /** One event of Stripe's, signed as Stripe would now. */
    stripe: (body: string, signature = stripeSignature(body, keys.STRIPE_WEBHOOK_SECRET)) =>
      door("/webhooks/stripe", body, { ...json, "stripe-signature": signature }),
    lines: (lines: readonly string[], query = "") =>
      door(`/v1/events${query}`, lines.join("\n"), {
        ...bearer(keys.INGEST_KEY),
        "content-type": "application/x-ndjson",
      }),
    event: (body: unknown) =>
      door("/v1/events", typeof body === "string" ? body : JSON.stringify(body), {
        ...bearer(keys.INGEST_KEY),
        ...json,
      }),
    request: <T = Receipt & { id: string }>(body: unknown, headers: Record<string, string> = {}) =>
      door<T>("/v1/requests", JSON.stringify(body), { ...bearer(keys.INGEST_KEY), ...json, ...headers }),
    decision: <T = unknown>(body: unknown, headers: Record<string, string> = {}) =>
      door<T>("/api/payments", JSON.stringify(body), { ...bearer(keys.INGEST_KEY), ...json, ...headers }),
    trace: (path: string) => call<Trace>(`${ingestUrl}${path}`, { headers: bearer(keys.READ_KEY) }),
  };
  const console = {
    totals: () => ask<Totals>("/api/totals"),
    trace: (id: string) => ask<Trace>(`/api/trace/${encodeURIComponent(id)}`),
    cases: async (): Promise<CaseRow[]> => await pages(ask, "/api/cases?limit=200"),
    deadLetters: async (): Promise<DeadLetterRow[]> => await pages(ask, "/api/dead-letters?limit=200"),
    redrive: (ids: string[]) => ask<Acted>("/api/dead-letters/redrive", { ids }),
    discard: (ids: string[], reason: string) => ask<Acted>("/api/dead-letters/discard", { ids, reason }),
  };
  const stripe = {
    put: (objects: readonly object[]) => control<{ put: number }>(stripeUrl, "objects", "POST", objects),
    script: (script: Script) => control(stripeUrl, "script", "POST", script),
    faults: (rules: StripeFault[]) => control(stripeUrl, "faults", "POST", rules),
    clearFaults: () => control(stripeUrl, "faults", "DELETE"),
    books: () => control<Omit<Books, keyof SubscriptionBooks> & SubscriptionBooks & Faulted>(stripeUrl, "state"),
    objects: async () => (await control<{ objects: StripeObject[] }>(stripeUrl, "state?full=1")).objects,
    requests: async () => (await control<{ requests: LoggedRequest[] }>(stripeUrl, "requests")).requests,
    control: <T>(path: string, body: unknown) => control<T>(stripeUrl, path, "POST", body),
  };
  const claude = {
    faults: (rules: (Partial<ClaudeFault> & Pick<ClaudeFault, "kind">)[]) =>
      control(claudeUrl, "faults", "POST", rules),
    clearFaults: () => control(claudeUrl, "faults", "DELETE"),
    mode: (mode: { mode: "normal" | "hostile" } | { mode: "always"; always: GivenAlways }) =>
      control(claudeUrl, "mode", "POST", mode),
    /** How often Claude was asked about an event whose text holds `needle`. */
    callsAbout: async (needle: string): Promise<number> => {
      const { requests } = await control<{ requests: unknown[] }>(claudeUrl, "requests?limit=100000");
      return requests.filter((request) => JSON.stringify(request).includes(needle)).length;
    },
  };
  /** The trace of an event once it has come to its end. */
  const ended = (id: string, boundMs = 60_000): Promise<Trace> =>
    waitFor(
      `${id} to end`,
      () => console.trace(id),
      (trace) => trace.terminal,
      boundMs,
    );
  /** Asked until there is an answer: a door on a busy machine may say 202 first, and the same words are the same request. */
  const answered = async (body: unknown, boundMs = 60_000): Promise<Answer<DecisionAnswer>> =>
    await waitFor(
      `an answer to ${JSON.stringify(body)}`,
      () => ingest.request<DecisionAnswer>(body, { prefer: "wait=20" }),
      ({ status }) => status !== 202,
      boundMs,
    );
  const refundsOf = async (payment: string) =>
    (await stripe.books()).refunds.filter(({ paymentIntent, released }) => paymentIntent === payment && !released);
  /** A subscription in the provider's books, and what calls changed in it. */
  const subscriptionOf = async (id: string) => {
    const { subscriptions, subscriptionChanges } = await stripe.books();
    return {
      state: subscriptions.find((one) => one.id === id),
      changes: subscriptionChanges.filter(({ subscription, effective }) => subscription === id && effective),
    };
  };
  /** What was sent to the provider on this path, in order. */
  const sentTo = async (path: string): Promise<LoggedRequest[]> =>
    (await stripe.requests()).filter((request) => request.method === "POST" && request.path === path);
  return { ingest, console, stripe, claude, ended, answered, refundsOf, subscriptionOf, sentTo };
}

type Faulted = { faults: Partial<Record<StripeFault["kind"], number>> };
type Acted = { results: { id: string; result: string }[] };
export type StripeObject = { object: string; id: string } & Record<string, unknown>;

async function call<T>(url: string, init: RequestInit): Promise<Answer<T>> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) as T };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function good<T>({ status, body }: Answer<T>): T {
  if (status >= 200 && status < 300) return body;
  throw new Error(`${status}: ${JSON.stringify(body).slice(0, 500)}`);
}

async function pages<Row>(ask: <T>(path: string) => Promise<T>, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { items: Row[]; next: string | null } = await ask(`${path}${after}`);
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return rows;
}
