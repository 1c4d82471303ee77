import Stripe from "stripe";
import type { Lane } from "../../shared/contracts/event.ts";
import type { Problem } from "../../shared/contracts/http.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import type { Callers } from "../../shared/core/secret-forms.ts";
import { valuesIn } from "../../shared/core/secrets.ts";
import type { Paces } from "../../shared/http/pace.ts";
import type { RequestDeps } from "../../workers/ingest/deps.ts";
import { createIngest } from "../../workers/ingest/handle.ts";
import { createMemoryLedger } from "./memory-ledger.ts";

export const NOW = Date.UTC(2026, 9, 20, 12, 34, 56);
export const STRIPE_SECRETS = ["whsec_new_for_tests", "whsec_old_for_tests"];
export const STANDARD_SECRET = `whsec_${btoa("a secret for the tests only")}`;
export const ADYEN_KEY = "00112233445566778899aabbccddeeff";
export const INGEST_KEYS = ["ingest-one", "ingest-two"];
export const READ_KEY = "read-one";

type RequestBody = NonNullable<NonNullable<ConstructorParameters<typeof Request>[1]>["body"]>;

export const CONTENT_HASH_KEY = "content-hash-key-one";
export type DoorOptions = {
  /** One a line. */
  contentHashKey?: string;
  /** By caller; by default each key is a caller's own. */
  ingestKeys?: Callers;
  /** The ledger of another door, as of a deployment before. */
  memory?: ReturnType<typeof createMemoryLedger>;
  ring?: (lane: Lane, doorbells: EventDoorbell[]) => Promise<void>;
  /** Instead of the one in memory. */
  ledger?: RequestDeps["ledger"];
  shards?: number;
  subrequests?: number;
  paces?: Paces;
};

/** The whole public door as a function in Node: the real app over a ledger in memory, and a clock that is set by hand. */
export function openDoor({
  ring,
  ledger,
  shards = 4,
  subrequests = 10_000,
  contentHashKey = CONTENT_HASH_KEY,
  ingestKeys = INGEST_KEYS.map((key) => [key]),
  memory: given,
  paces,
}: DoorOptions = {}) {
  let nowMs = NOW;
  const rung: { lane: Lane; doorbells: EventDoorbell[] }[] = [];
  const logged: Record<string, unknown>[] = [];
  const memory = given ?? createMemoryLedger(() => nowMs);
  const sleeps: (() => void)[] = [];
  const answer = createIngest({
    secrets: {
      webhooks: {
        STRIPE_WEBHOOK_SECRET: STRIPE_SECRETS.join(", "),
        STANDARD_WEBHOOK_SECRET: STANDARD_SECRET,
        ADYEN_HMAC_KEY: ADYEN_KEY,
      },
      ingestKeys,
      readKeys: [READ_KEY],
      contentHashKeys: valuesOf(contentHashKey),
    },
    mode: "test",
    shards,
    subrequests,
    now: () => nowMs,
    sleep: async (delayMs) => {
      nowMs += delayMs;
      for (const wake of sleeps.splice(0)) wake();
    },
    log: (line) => logged.push(line),
    ...(paces === undefined ? {} : { paces }),
  });
  const deps = {
    ledger: ledger ?? memory.ledger,
    gate: { heard: async () => [], spoilt: async () => null },
    ring:
      ring ??
      (async (lane: Lane, doorbells: EventDoorbell[]) => {
        rung.push({ lane, doorbells });
      }),
  };
  const send = (request: Request): Promise<Response> => answer(request, deps);
  const post = (path: string, body: RequestBody, headers: Record<string, string> = {}): Promise<Response> =>
    send(new Request(`http://door${path}`, { method: "POST", body, headers, ...streamed(body) }));

  return {
    memory,
    rung,
    logged,
    send,
    post,
    postJson: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      post(path, JSON.stringify(body), {
        authorization: `Bearer ${INGEST_KEYS[0]}`,
        "content-type": "application/json",
        ...headers,
      }),
    postLines: (body: RequestBody, query = "") =>
      post(`/v1/events${query}`, body, {
        authorization: `Bearer ${INGEST_KEYS[0]}`,
        "content-type": "application/x-ndjson",
      }),
    postStripe: async (body: string, options: { secret?: string; ageSeconds?: number } = {}) =>
      post("/webhooks/stripe", body, { "stripe-signature": await signStripe(body, nowMs, options) }),
    get: (path: string, key: string | null = READ_KEY) =>
      send(new Request(`http://door${path}`, key === null ? {} : { headers: { authorization: `Bearer ${key}` } })),
    setNow: (toMs: number) => {
      nowMs = toMs;
    },
    now: () => nowMs,
    /** What happens elsewhere while a caller waits: called before the door looks again. */
    whileWaiting: (happen: () => void) => sleeps.push(happen),
  };
}

function valuesOf(secret: string): string[] {
  const values = valuesIn(secret);
  return values.ok ? values.value : [];
}

function streamed(body: RequestBody): { duplex?: "half" } {
  return body instanceof ReadableStream ? { duplex: "half" } : {};
}

/** Signed by the official SDK. `ageSeconds` negative: in the future. */
export function signStripe(
  body: string,
  nowMs: number,
  { secret = STRIPE_SECRETS[0] ?? "", ageSeconds = 0 }: { secret?: string; ageSeconds?: number } = {},
): Promise<string> {
  return Stripe.webhooks.generateTestHeaderStringAsync({
    payload: body,
    secret,
    timestamp: Math.floor(nowMs / 1000) - ageSeconds,
    cryptoProvider: Stripe.createSubtleCryptoProvider(),
  } as Parameters<typeof Stripe.webhooks.generateTestHeaderStringAsync>[0]);
}

export async function hmacBase64Of(key: Uint8Array<ArrayBuffer>, text: string): Promise<string> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text));
  return Buffer.from(mac).toString("base64");
}

export async function problemOf(response: Response): Promise<Problem> {
  if (response.headers.get("content-type") !== "application/problem+json") {
    throw new Error(`not a problem: ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as Problem;
}
