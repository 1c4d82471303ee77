/** What people wrote, as it may be stored: an event, the bytes it came in, and any other text. */
import type { PaymentEvent } from "../../contracts/event.ts";
import { canonicalJson, parseJson } from "../../core/json.ts";
import { startOf } from "../../core/text.ts";
import { mask, maskCovering, maskIdentifier } from "./mask.ts";

/** What names something, or is one of a few words. All else that is a text may have been written by a person. */
const KEPT: ReadonlySet<string> = new Set([
  "id",
  "account",
  "payment",
  "charge",
  "invoice",
  "customer",
  "subscription",
  "dispute",
  "refund",
  "object",
  "actionId",
  "currency",
  "mode",
  "lane",
  "requester",
  "tells",
  "contentHash",
  "covered",
  "edits",
]);

/** `said`: what was written, as it came, for a keyed hash. Null where nobody wrote anything. */
export type CoveredEvent = { event: PaymentEvent; said: string | null };

/** The event with every text in it masked. Ids stay: an agent and a person must tell them apart. */
export function coverEvent(event: PaymentEvent): CoveredEvent {
  const { text, proposed, ...rest } = event;
  const fields = Object.entries(rest).map(([name, value]) => ({
    name,
    value,
    masked: KEPT.has(name) ? value : maskedValue(value),
  }));
  const changed = fields.filter(({ value, masked }) => value !== masked);
  const words = text === undefined ? null : maskCovering(text);
  if (words === null && proposed === undefined && changed.length === 0) return { event, said: null };
  return {
    event: {
      ...rest,
      ...Object.fromEntries(changed.map(({ name, masked }) => [name, masked])),
      ...(words === null ? {} : { text: words.text, covered: [...words.written, ...words.covered] }),
      ...(proposed === undefined ? {} : { proposed: { ...proposed, reason: mask(proposed.reason) } }),
    },
    said: canonicalJson([text ?? null, proposed?.reason ?? null, changed.map(({ name, value }) => [name, value])]),
  };
}

/** The same value where nothing is to be masked. */
function maskedValue(value: unknown): unknown {
  if (typeof value === "string") return mask(value);
  if (!Array.isArray(value)) return value;
  const masked = value.map(maskedValue);
  return masked.some((one, index) => one !== value[index]) ? masked : value;
}

/** The ids in an event, as the bytes that it came in have them. */
export function idsOf(event: PaymentEvent): ReadonlySet<string> {
  const ids = Object.entries(event).flatMap(([name, value]) =>
    KEPT.has(name) && typeof value === "string" ? [value] : [],
  );
  return new Set([...ids, event.id.slice(event.id.indexOf(":") + 1)]);
}

/**
 * The field whose id, or whose number, is certainly the number of a card or an account, for its sender; null where there is none. An id is kept
 * as it came, so such a one must not be taken. References of Adyen's have 16 digits too, and begin with 7, 8 or 9.
 */
export function numberSentAsId(event: Partial<PaymentEvent>): { field: string; what: "a card" | "an account" } | null {
  for (const [field, value] of Object.entries(event)) {
    const isKept = typeof value === "number" || (typeof value === "string" && KEPT.has(field));
    if (!isKept) continue;
    const id = field === "id" ? String(value).slice(String(value).indexOf(":") + 1) : String(value);
    const masked = maskIdentifier(id);
    if (masked === "[card]" && /^[2-6]/.test(id)) return { field, what: "a card" };
    if (masked === "[iban]") return { field, what: "an account" };
  }
  return null;
}

/**
 * The beginning of a text, masked before it is cut: half a number is found by no mask. Four times as much is looked at as is
 * kept, because who answers decides how long the whole is.
 */
export const maskedStart = (text: string, length: number, masks: (text: string) => string = mask): string =>
  startOf(masks(startOf(text, 4 * length)), length);

const NONE: ReadonlySet<string> = new Set();

/** A body that somebody sent: still JSON where it was JSON. */
export const maskBody = (raw: string, kept: ReadonlySet<string> = NONE): string =>
  parseJson(raw).ok ? maskJson(raw, kept) : mask(raw);

/** In valid JSON a quote begins or ends a text, and digits outside of texts are a number. */
const TOKENS = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d[\d.eE+-]*/g;
/** A time in milliseconds has as many digits, and begins as no card does. */
const isCard = (digits: string): boolean => /^\d{13,19}$/.test(digits) && maskIdentifier(digits) !== digits;
/** A value that a name explains is short. */
const LONGEST_NAMED = 200;

/** Valid JSON with each text in it masked, names too, and all else as it came. `kept`: texts that stay. */
export function maskJson(raw: string, kept: ReadonlySet<string> = NONE): string {
  let name = "";
  return raw.replace(TOKENS, (token: string, colon: string | undefined) => {
    if (!token.startsWith('"')) return maskedNumber(name, token);
    const literal = colon === undefined ? token : token.slice(0, -colon.length);
    const text = textOf(literal);
    if (colon !== undefined) name = text;
    if (kept.has(text)) return token;
    const masked = colon === undefined ? maskNamed(name, text) : PLAIN.test(text) ? text : mask(text);
    return masked === text ? token : JSON.stringify(masked) + (colon ?? "");
  });
}

/** {"cvc": 737}: a number says as little of itself as a text does. */
function maskedNumber(name: string, token: string): string {
  if (isCard(token.replace(/^-|\.0*$/g, ""))) return '"[card]"';
  const masked = /\d{3}/.test(token) && TELLING.test(name) ? maskNamed(name, token) : token;
  return masked === token ? token : JSON.stringify(masked);
}

const textOf = (literal: string): string =>
  literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1);

/** Most texts of a provider's event are ids and versions of its API, and masks are slow. A number in an id may be a card's. */
const PLAIN =
  /^(?!sk_|rk_|whsec_|gh[a-z]_)(?!.*\d{8})(?:[a-z]{2,12}_[A-Za-z0-9_]+|\d{4}-\d\d-\d\d(?:\.[a-z]+)?|[a-z_.]+)$/;
/** What stands beside these names is one, whatever it looks like. */
const SECRET = /secret|passw|passphrase|passcode|pwd|kennwort|contrase|api_?key|access_?token/i;
/** Beside these names a value may be a secret that says nothing of itself. */
const TELLING =
  /token|key|code|c[vs][cv]|cid|pin|otp|tan|geheim|clave|senha|ssn|cpf|tax|national|social|iban|account|konto|phone|mobil|tel/i;

/** The name beside a value says what it is, as a word before it would: {"cvc": "737"}. */
function maskNamed(name: string, text: string): string {
  if (SECRET.test(name) && text !== "") return "[secret]";
  const isTelling = text.length <= LONGEST_NAMED && /\d{3}/.test(text) && TELLING.test(name);
  if (!isTelling && PLAIN.test(text)) return text;
  if (!isTelling) return mask(text);
  const start = `${name.replaceAll("_", " ")}: `;
  const both = mask(start + text);
  return both.startsWith(start) ? both.slice(start.length) : both.slice(Math.max(0, both.indexOf("[")));
}
