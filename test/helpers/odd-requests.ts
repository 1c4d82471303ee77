import { createHmac } from "node:crypto";
import { request } from "node:http";
import fc from "fast-check";
import { stripeSignature } from "../../cli/demo/deliver.ts";
import type { Keys } from "../../cli/stack/index.ts";

/** A request as it is described: small enough to be read when it fails. The body is made, and signed, when it is sent. */
export type Odd = {
  method: string;
  path: string;
  headers: Record<string, string>;
  auth: "known" | "unknown" | "none";
  signed: boolean;
  /** Without a declared length. */
  chunked: boolean;
  body: Body;
};
type Body =
  | { make: "none" }
  | { make: "text"; text: string }
  | { make: "bytes"; bytes: number[] }
  | { make: "nest"; depth: number; isClosed: boolean }
  | { make: "repeat"; before: string; unit: string; times: number; after: string };

export type Route = { method: string; path: string };

/** Of the methods that reach a Worker at all: workerd itself refuses those that it does not know. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "SEARCH", "PURGE", "REPORT"];
const SEGMENTS = [
  ..."x stripe:evt_1 act_1 dl_1 case_1 redrive discard lift . .. %2e%2e%2f %00 %0a %ff %F0%9F %ED%A0%80 % %zz %25 constructor __proto__".split(
    " ",
  ),
  `act_${"0".repeat(32)}`,
  `dl_${"0".repeat(32)}`,
  "i".repeat(5_000),
];
const VALUES = [
  ..."0 1 50 200 1000 1001 -1 1.5 1e9 NaN true null live batch dead redriving open closed events refund bug % %00 %ff + WzEsIngiXQ W10 == AAAA 999999999999999 9999999999999999 2026-10-23T09:00:00Z 2026-02-31T25:61:00Z".split(
    " ",
  ),
  "v".repeat(3_000),
];
const NAMES = "limit cursor state queue reason since until lane wait __proto__ x".split(" ");
const TYPES = [
  ..."application/json application/x-ndjson application/jsonl text/plain multipart/form-data application/x-www-form-urlencoded".split(
    " ",
  ),
  "application/json; charset=utf-16",
  'application/json; charset="utf-8"',
  "APPLICATION/JSON",
  ";;;",
  "",
];
const ENCODINGS = ["identity", "gzip", "br", "deflate, gzip", "x"];
const headerText = fc.string({ unit: "binary-ascii", maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e]/g, "?"));

const headers = fc.record(
  {
    "content-type": fc.oneof({ arbitrary: fc.constantFrom(...TYPES), weight: 4 }, { arbitrary: headerText, weight: 1 }),
    "content-encoding": fc.constantFrom(...ENCODINGS),
    prefer: fc.oneof(fc.constantFrom("wait=0", "wait=1", "wait=abc", "respond-async"), headerText.map(withoutWait)),
    "idempotency-key": fc.oneof(headerText, fc.constantFrom('""', '"key"', "k".repeat(255), "k".repeat(256), "ключ")),
    "stripe-signature": fc.oneof(headerText, fc.constantFrom("t=1,v1=00", "t=,v1=", "t=99999999999999999999,v1=zz")),
    "webhook-id": headerText,
    "webhook-timestamp": fc.constantFrom("0", "-1", "1e3", "99999999999999999999", "now"),
    "webhook-signature": fc.oneof(headerText, fc.constantFrom("v1,", "v1,%%%", "v2,AAAA v1,AAAA")),
    hmacsignature: headerText,
    "accept-encoding": fc.constantFrom("gzip", "br, *;q=0", "x"),
    "x-forwarded-host": headerText,
    range: fc.constantFrom("bytes=0-0", "x"),
    "if-none-match": headerText,
    origin: fc.constantFrom("null", "https://example.com"),
  },
  { requiredKeys: [] },
);

/** A person who asks us to wait is waited for: no bug, and too long for a test. */
function withoutWait(text: string): string {
  return text.replaceAll(/wait/gi, "?");
}

const word = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom("", "usd", "xxx", "refund", "test", "live", "\u0000", "\ud800"),
);
const number = fc.constantFrom<unknown>(0, 4250, -1, 42.5, 2 ** 53, 1e308, "4250", null);
const value = fc.oneof(word, number, fc.jsonValue({ maxDepth: 2 }));
const known = (fields: string) =>
  fc.record(Object.fromEntries(fields.split(" ").map((name) => [name, value])), { requiredKeys: [] });
const ids = fc.array(fc.oneof(fc.constant(`dl_${"0".repeat(32)}`), value), { maxLength: 3 });
/** Objects with the names that the routes look for, and sometimes with what they want. */
const shaped = fc.oneof(
  known(
    "id type occurredAt mode account payment charge invoice amountMinor currency text lane attempt requester proposed",
  ),
  fc.record({
    id: word,
    type: word,
    occurredAt: fc.constantFrom(1_790_000_000_000, "2026-10-23T09:00:00Z", -1),
    mode: fc.constantFrom("test", "live"),
  }),
  fc.record({
    id: word,
    object: fc.constant("event"),
    type: word,
    created: number,
    livemode: value,
    data: known("object"),
  }),
  fc.record(
    { message: word, payment: value, invoice: value, customer: value, requester: value },
    { requiredKeys: ["message"] },
  ),
  fc.record({
    source: word,
    decision: known("action variant reason amount_cents currency next_agent payment invoice"),
  }),
  fc.record({ live: value, notificationItems: fc.array(known("NotificationRequestItem"), { maxLength: 2 }) }),
  fc.record({ ids, reason: value }, { requiredKeys: ["ids"] }),
  fc.record({
    scope: fc.constantFrom("payment:pi_odd", "customer:cus_odd", "kind:odd", "charge:pi_odd", "ALL", "payment:", "x:y"),
    reason: value,
  }),
  fc.jsonValue({ maxDepth: 4 }),
);
const json = shaped.map((one) => JSON.stringify(one));
const body: fc.Arbitrary<Body> = fc.oneof(
  { arbitrary: json.map((text): Body => ({ make: "text", text })), weight: 10 },
  {
    arbitrary: fc
      .array(fc.oneof(json, word), { maxLength: 6 })
      .map((lines): Body => ({ make: "text", text: lines.join("\n") })),
    weight: 3,
  },
  {
    arbitrary: fc.array(shaped, { maxLength: 4 }).map((list): Body => ({ make: "text", text: JSON.stringify(list) })),
    weight: 2,
  },
  {
    arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes): Body => ({ make: "bytes", bytes: [...bytes] })),
    weight: 3,
  },
  {
    arbitrary: fc
      .tuple(fc.constantFrom(100, 5_000, 10_000, 100_000), fc.boolean())
      .map(([depth, isClosed]): Body => ({ make: "nest", depth, isClosed })),
    weight: 1,
  },
  { arbitrary: fc.constantFrom<Body>(repeated(1_100_000), repeated(1_048_500), repeated(300_000)), weight: 1 },
  { arbitrary: fc.constant<Body>({ make: "none" }), weight: 2 },
);

function repeated(times: number): Body {
  return { make: "repeat", before: '{"message":"', unit: "x", times, after: '"}' };
}

/** Mostly a route as it is meant, with one thing or another that is not. */
export function oddRequestTo(routes: readonly Route[]): fc.Arbitrary<Odd> {
  const segment = fc.oneof(
    fc.constantFrom(...SEGMENTS),
    fc.string({ maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const onRoute = fc.constantFrom(...routes).chain(({ method, path }) =>
    fc.record({
      method: fc.oneof(
        { arbitrary: fc.constant(method), weight: 5 },
        { arbitrary: fc.constantFrom(...METHODS), weight: 1 },
      ),
      path: segment.map((text) => path.replace(/:id(\{\.\+\})?/, () => text)),
    }),
  );
  const nowhere = fc.record({
    method: fc.constantFrom(...METHODS),
    path: fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
  });
  const query = fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES)), { maxLength: 3 });
  return fc
    .record({
      where: fc.oneof({ arbitrary: onRoute, weight: 9 }, { arbitrary: nowhere, weight: 1 }),
      query,
      headers,
      type: fc.constantFrom("application/json", "application/x-ndjson", null),
      auth: fc.constantFrom("known", "known", "known", "known", "unknown", "none"),
      signed: fc.boolean(),
      chunked: fc.boolean(),
      body,
    })
    .map(({ where, query: pairs, type, headers: given, ...rest }) => ({
      ...rest,
      method: where.method,
      path: pairs.length === 0 ? where.path : `${where.path}?${pairs.map((pair) => pair.join("=")).join("&")}`,
      headers: type === null ? given : { ...given, "content-type": type },
    }));
}

export type Answered = { status: number; type: string; text: string };

/**
 * workerd shows a Worker no body of a GET or a HEAD, so nobody can read it to its end: its sender may find the connection
 * closed before the answer. Such a request is sent again; any other that is not answered is a failure.
 */
export async function sendOdd(origin: string, token: string, keys: Keys, odd: Odd): Promise<Answered> {
  for (let tries = 1; ; tries++) {
    try {
      return await sendOnce(origin, token, keys, odd);
    } catch (error) {
      const { code = "" } = error as { code?: string };
      const mayBreak = ["GET", "HEAD"].includes(odd.method) && odd.body.make !== "none";
      if (!mayBreak || !["EPIPE", "ECONNRESET"].includes(code) || tries === 10) throw error;
    }
  }
}

/** Sent as it is: `fetch` would refuse a body with GET, tidy up the path, and know better about headers. */
function sendOnce(origin: string, token: string, keys: Keys, odd: Odd): Promise<Answered> {
  const bytes = bytesOf(odd.body);
  const auth = { known: { authorization: `Bearer ${token}` }, unknown: { authorization: "Bearer x" }, none: {} }[
    odd.auth
  ];
  const length = odd.chunked || odd.body.make === "none" ? {} : { "content-length": String(bytes.byteLength) };
  const all = { ...odd.headers, ...auth, ...(odd.signed ? signaturesOf(bytes, keys) : {}), ...length };
  const latin1 = Object.fromEntries(
    Object.entries(all).map(([name, text]) => [name, Buffer.from(text).toString("latin1")]),
  );
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sending = request(
      { hostname, port, method: odd.method, path: odd.path, headers: latin1, agent: false },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            type: String(answer.headers["content-type"] ?? ""),
            text: Buffer.concat(parts).toString("utf8"),
          }),
        );
      },
    );
    sending.on("error", reject);
    sending.end(bytes);
  });
}

function bytesOf(given: Body): Buffer {
  switch (given.make) {
    case "none":
      return Buffer.alloc(0);
    case "text":
      return Buffer.from(given.text);
    case "bytes":
      return Buffer.from(given.bytes);
    case "nest":
      return Buffer.from(`${'{"a":'.repeat(given.depth)}1${given.isClosed ? "}".repeat(given.depth) : ""}`);
    case "repeat":
      return Buffer.from(`${given.before}${given.unit.repeat(given.times)}${given.after}`);
  }
}

/** Good ones, of every provider at once: each door looks at its own. */
function signaturesOf(bytes: Buffer, keys: Keys): Record<string, string> {
  const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest("base64");
  const text = bytes.toString("utf8");
  const seconds = String(Math.floor(Date.now() / 1000));
  const standard = Buffer.from(keys.STANDARD_WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");
  return {
    "stripe-signature": stripeSignature(text, keys.STRIPE_WEBHOOK_SECRET),
    "webhook-id": "msg_odd",
    "webhook-timestamp": seconds,
    "webhook-signature": `v1,${hmac(standard, `msg_odd.${seconds}.${text}`)}`,
    hmacsignature: hmac(Buffer.from(keys.ADYEN_HMAC_KEY, "hex"), text),
  };
}
