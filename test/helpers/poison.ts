import fc from "fast-check";
import { QUEUES } from "../../shared/contracts/queues.ts";
import { type Forged, textOfForged } from "./forger.ts";

/**
 * What a person finds of a message in the dead letters: its origin, and its body as text. `told`: the id by which an
 * envelope tells its first message; what tells the same one again is kept once.
 */
export type Expected = { queue: string; text: string; told: string | null };

const WORDS = ["", "x", "__proto__", "constructor", "act_", "stripe:evt_nobody", `act_${"0".repeat(32)}`, "pi_nobody"];
const ODD = ["\u0000", "\ud800", "../../etc", "' OR 1=1 --", "ﷺ".repeat(99), "n".repeat(100), "n".repeat(101)];
const LONG = ["i".repeat(300), "i".repeat(301), "i".repeat(600), "i".repeat(601)];

/** `ids`: of rows that stand in the ledger, events and actions; `subjects`: of these actions. */
export function poisonFor(ids: readonly string[], subjects: readonly string[]): fc.Arbitrary<Forged> {
  const word = fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom(...WORDS, ...ODD, ...LONG));
  const known = fc.constantFrom(...ids);
  const subject = fc.oneof(fc.constantFrom(...subjects), word);
  const summary = fc.constantFrom("", "refund of 9999.00 USD, approved");
  const nonce = fc.constantFrom("", "forged", "n".repeat(100));
  const bell = fc.oneof(
    fc.record({ kind: fc.constant("event"), id: fc.oneof(known, word), nonce, summary }),
    fc.record({ kind: fc.constantFrom("regrant", "action"), id: fc.oneof(known, word), subject, nonce, summary }),
  );
  const anyValue = fc.oneof(word, fc.jsonValue({ maxDepth: 2 }));
  const nearBell = fc.record(
    {
      kind: fc.oneof(fc.constantFrom("event", "regrant", "action", "dead", "EVENT"), anyValue),
      id: fc.oneof(known, anyValue),
      subject: fc.oneof(subject, anyValue),
      nonce: anyValue,
      summary: anyValue,
      amountMinor: fc.constantFrom(999_900, "999900"),
      constructor: fc.jsonValue({ maxDepth: 1 }),
    },
    { requiredKeys: ["kind", "id"] },
  );
  const envelope = fc.record(
    {
      kind: fc.constant("dead"),
      queue: fc.constantFrom(...QUEUES, "payroll"),
      body: fc.oneof(bell, nearBell, fc.jsonValue({ maxDepth: 2 })),
      bodyIsText: fc.constantFrom(true, false),
      failure: fc.record({ reason: fc.constantFrom("bug", "malformed_message", "made up"), detail: word }),
      delivery: fc.record({
        message: word,
        attempts: fc.constantFrom(1, 0, -1, 1.5, 1e300),
        firstAt: fc.constantFrom(0, 1, -5, 0.5, 1e300),
      }),
    },
    { requiredKeys: ["kind", "queue", "body", "failure"] },
  );
  const asJson = (value: unknown): Forged => ({ make: "json", text: JSON.stringify(value) });
  return fc.oneof(
    { arbitrary: bell.map(asJson), weight: 4 },
    { arbitrary: nearBell.map(asJson), weight: 3 },
    { arbitrary: envelope.map(asJson), weight: 3 },
    { arbitrary: fc.jsonValue({ maxDepth: 4 }).map(asJson), weight: 3 },
    { arbitrary: bell.map((value): Forged => ({ make: "json", text: polluted(value) })), weight: 1 },
    {
      arbitrary: fc
        .oneof(
          word,
          bell.map((value) => JSON.stringify(value)),
        )
        .map((text): Forged => ({ make: "text", text: sendable(text) })),
      weight: 1,
    },
    {
      arbitrary: fc.uint8Array({ maxLength: 50 }).map((bytes): Forged => ({ make: "bytes", bytes: [...bytes] })),
      weight: 1,
    },
    { arbitrary: huge, weight: 1 },
    // Deeper ones the local queue itself does not deliver; see test/unit/queue.
    { arbitrary: fc.integer({ min: 10, max: 1_000 }).map((depth): Forged => ({ make: "nest", depth })), weight: 1 },
    {
      arbitrary: fc
        .constantFrom("map", "set", "nothing", "noNumber", "buffer", "circle")
        .map((of): Forged => ({ make: "clone", of })),
      weight: 1,
    },
  );
}

/** As UTF-8, and without NUL, at which the local queues cut a message of the content type `text`. */
const sendable = (text: string): string => text.toWellFormed().replaceAll("\u0000", "");

const repeated = (as: "json" | "text", unit: string, times: number): Forged => ({ make: "repeat", as, unit, times });
/** Up to the 128,000 bytes of a message, as its content type counts them. */
const huge = fc.oneof(
  fc.integer({ min: 10_000, max: 127_900 }).map((times) => repeated("json", "x", times)),
  fc.constantFrom(
    repeated("json", "x", 127_998),
    repeated("text", "x", 128_000),
    repeated("json", "€", 42_600),
    repeated("json", '"', 63_900),
    repeated("text", "\u0001", 100_000),
  ),
);

/** A doorbell that also tries to change what every object inherits. */
const polluted = (bell: object): string =>
  JSON.stringify(bell).replace(/\}$/, ',"__proto__":{"kind":"action","id":"act_polluted","approved":true}}');

/** Where a message must end: in the dead letters, with its text; or nowhere, since it is a doorbell that rings in vain. */
export function letterOf(queue: string, forged: Forged): Expected | null {
  const text = textOfForged(forged);
  const body: unknown = forged.make === "json" ? JSON.parse(forged.text) : null;
  const origin = queue.replace(/-dlq$/, "");
  if (origin === queue) {
    return isBell(body, kindsOf(queue)) ? null : { queue, text, told: null };
  }
  if (isBell(body, ["event", "regrant", "action"])) return null;
  if (!isEnvelope(body)) return { queue: origin, text, told: null };
  const { body: inner, failure } = body;
  if (failure.reason !== "malformed_message" && isBell(inner, ["event", "regrant", "action"])) return null;
  const isText = body.bodyIsText === true && typeof inner === "string";
  return { queue: body.queue, text: isText ? inner : JSON.stringify(inner), told: body.delivery?.message ?? null };
}

/** The doorbells of each queue. An answer to a question comes to `escalate` as an event. */
function kindsOf(queue: string): string[] {
  if (queue.startsWith("events")) return ["event", "regrant"];
  return queue === "escalate" ? ["event", "action"] : ["action"];
}

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown, min: number, max: number) =>
  typeof value === "string" && value.length >= min && value.length <= max;
const hasFields = (value: Fields, fields: string[], more: string[] = []): boolean =>
  fields.every((field) => Object.hasOwn(value, field)) &&
  Object.keys(value).every((field) => fields.includes(field) || more.includes(field));

/** The contract of a doorbell, said a second time and without the library, so that the two must agree. */
function isBell(value: unknown, kinds: string[]): boolean {
  if (!isObject(value) || typeof value.kind !== "string" || !kinds.includes(value.kind)) return false;
  const common = ["kind", "id", "nonce", "summary"];
  const isEvent = value.kind === "event";
  if (!hasFields(value, isEvent ? common : [...common, "subject"])) return false;
  if (!isText(value.id, 1, 600) || !isText(value.nonce, 0, 100) || !isText(value.summary, 0, 300)) return false;
  return isEvent || isText(value.subject, 1, 600);
}

type Envelope = {
  queue: string;
  body: unknown;
  bodyIsText?: unknown;
  failure: { reason: string };
  delivery?: { message: string };
};

function isEnvelope(value: unknown): value is Envelope {
  if (!isObject(value) || value.kind !== "dead") return false;
  if (!hasFields(value, ["kind", "queue", "body", "failure"], ["bodyIsText", "delivery"])) return false;
  if (Object.hasOwn(value, "bodyIsText") && value.bodyIsText !== true) return false;
  if (!(QUEUES as readonly string[]).includes(String(value.queue))) return false;
  const { delivery } = value;
  if (delivery === undefined) return true;
  const isCount = (count: unknown) => Number.isSafeInteger(count) && Number(count) >= 0;
  return (
    isObject(delivery) && isText(delivery.message, 0, 100) && isCount(delivery.attempts) && isCount(delivery.firstAt)
  );
}
