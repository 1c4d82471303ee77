import { parseJson } from "./json.ts";
import { type ProviderKeyUse, providerKeyComplaint } from "./provider-key.ts";
import { err, ok, type Result } from "./result.ts";
import { splitSecrets, valuesIn } from "./secrets.ts";
import { isLoopbackUrl } from "./url.ts";

/**
 * Every secret of every Worker, and what it must be. Each has at least 128 bits: where it is encoded its bytes are counted (16);
 * a text has 32 characters, since 32 digits of hexadecimal, the poorest of the usual alphabets, are 128 bits. What
 * is refused is told by its name and never quoted.
 */
type Form =
  /** A text of our own choice. `least`: of the values behind the first. `hasCallers`: its values may be grouped under names. */
  | { kind: "text"; several: boolean; leastBehind?: number; hasCallers?: true; address?: string }
  | { kind: "webhook"; complaint(value: string): string | null }
  | { kind: "api-key"; role: ProviderKeyUse["role"]; address: string }
  /** A JSON document with a reader of its own: shared/grant/keys.ts. */
  | { kind: "document" };

const LEAST_CHARACTERS = 32;
const LEAST_BYTES = 16;
/** What an earlier version asked of a CONTENT_HASH_KEY. Behind the first it only recognises what it hashed then. */
const LEAST_BEFORE = 16;

export const SECRETS = {
  INGEST_KEY: { kind: "text", several: true, hasCallers: true },
  READ_KEY: { kind: "text", several: true },
  CONSOLE_TOKEN: { kind: "text", several: true },
  CONTENT_HASH_KEY: { kind: "text", several: true, leastBehind: LEAST_BEFORE },
  ANTHROPIC_API_KEY: { kind: "text", several: false, address: "ANTHROPIC_BASE_URL" },
  STRIPE_WEBHOOK_SECRET: { kind: "webhook", complaint: stripeComplaint },
  STANDARD_WEBHOOK_SECRET: { kind: "webhook", complaint: standardComplaint },
  ADYEN_HMAC_KEY: { kind: "webhook", complaint: adyenComplaint },
  STRIPE_SECRET_KEY: { kind: "api-key", role: "writes", address: "STRIPE_API_BASE" },
  STRIPE_READ_KEY: { kind: "api-key", role: "reads", address: "STRIPE_API_BASE" },
  GRANT_SIGNING_KEY: { kind: "document" },
  GRANT_PUBLIC_KEYS: { kind: "document" },
  APPROVAL_SIGNING_KEY: { kind: "document" },
  APPROVAL_PUBLIC_KEYS: { kind: "document" },
  AUDIT_SIGNING_KEY: { kind: "document" },
  AUDIT_PUBLIC_KEYS: { kind: "document" },
} satisfies Record<string, Form>;
export type SecretName = keyof typeof SECRETS;

export const isSecretName = (name: string): name is SecretName => Object.hasOwn(SECRETS, name);
const formOf = (name: SecretName): Form => SECRETS[name];

/** The values of several keys by whose they are. Each group is one caller's: the first is in use, the others are older ones. */
export type Callers = readonly (readonly string[])[];

/** What is wrong with a secret among its bindings, for `${name} ${complaint}`; null where nothing is, also where it is empty. */
export function secretComplaint(name: SecretName, env: object): string | null {
  const text = textIn(env, name);
  const form = formOf(name);
  if (text.trim() === "" || form.kind === "document") return null;
  if (form.kind === "webhook") return webhookComplaint(text, form.complaint);
  if (form.kind === "api-key") {
    const isStandIn = isLoopbackUrl(textIn(env, form.address));
    return providerKeyComplaint(text.trim(), { role: form.role, mode: textIn(env, "PROVIDER_MODE"), isStandIn });
  }
  const callers = callersIn(text, form.hasCallers === true);
  if (!callers.ok) return callers.error;
  const values = callers.value.flat();
  if (values.length === 0) return NO_VALUE;
  if (values.length > 1 && !form.several) return "must be one value, on one line";
  if (new Set(values).size < values.length) return "has one value twice";
  // A stand-in on this machine takes any key.
  const isStandIn = form.address !== undefined && isLoopbackUrl(textIn(env, form.address));
  const leastOf = (index: number): number => {
    if (isStandIn) return 1;
    return index === 0 ? LEAST_CHARACTERS : (form.leastBehind ?? LEAST_CHARACTERS);
  };
  const whence = form.address === undefined ? "make one with `openssl rand -base64 32`" : "copy all of it";
  return firstOf(values, (value, index) => textComplaint(value, leastOf(index), whence));
}

/** The values of a secret whose complaint is null, without what stands around them. Empty: it is not set. */
export function secretValues(name: SecretName, env: object): string[] {
  return secretCallers(name, env).flat();
}

/** The value of a secret that has one. */
export const secretValue = (name: SecretName, env: object): string => secretValues(name, env)[0] ?? "";

/** The same by caller. */
export function secretCallers(name: SecretName, env: object): Callers {
  const text = textIn(env, name);
  const form = formOf(name);
  if (form.kind === "document") return [[text]];
  if (form.kind === "webhook") return [splitSecrets(text)];
  const callers = callersIn(text, form.kind === "text" && form.hasCallers === true);
  return callers.ok ? callers.value : [];
}

/** `{"shop": ["new", "old"], "desk": "key"}` is two callers; without names all values are of one. */
function callersIn(text: string, hasCallers: boolean): Result<Callers, string> {
  if (!hasCallers || !text.trim().startsWith("{")) {
    const values = valuesIn(text);
    return values.ok ? ok([values.value]) : values;
  }
  const parsed = parseJson(text);
  const named: unknown[] = parsed.ok ? Object.values(parsed.value as object) : [];
  const groups = named.map((one) => valuesIn(typeof one === "string" ? one : JSON.stringify(one)));
  const values = groups.flatMap((group) => (group.ok && group.value.length > 0 ? [group.value] : []));
  return values.length > 0 && values.length === named.length ? ok(values) : err(NO_CALLERS);
}

const NO_VALUE = "holds no value";
const NO_CALLERS =
  'begins with { and is no JSON of callers and their keys, such as {"shop": ["new", "old"], "desk": "key"}';

function webhookComplaint(text: string, complaint: (value: string) => string | null): string | null {
  const values = valuesIn(text);
  if (!values.ok) return values.error;
  const each = splitSecrets(text);
  return each.length === 0 ? NO_VALUE : firstOf(each, complaint);
}

/** Says which of several values it is. */
function firstOf(
  values: readonly string[],
  complaintOf: (value: string, index: number) => string | null,
): string | null {
  for (const [index, value] of values.entries()) {
    const complaint = complaintOf(value, index);
    if (complaint !== null)
      return values.length === 1 ? complaint : `(value ${index + 1} of ${values.length}) ${complaint}`;
  }
  return null;
}

function textComplaint(value: string, least: number, whence: string): string | null {
  if (value.includes(","))
    return 'has a comma: write several values a line each, or as ["new", "old"], so that none is cut';
  if (!/^[\x21-\x7e]+$/.test(value)) return "has a blank, or a character that no header can carry";
  if (/["'`\\]/.test(value)) return "has a quote or a backslash, which a file or a shell has left there";
  return value.length < least ? `has fewer than ${least} characters: ${whence}` : null;
}

function stripeComplaint(value: string): string | null {
  if (!/^whsec_[A-Za-z0-9+/=_-]+$/.test(value))
    return "must begin with whsec_, as Stripe shows it, without blanks or quotes";
  return value.length - "whsec_".length < LEAST_CHARACTERS ? "is too short to be a whole secret of Stripe" : null;
}

function standardComplaint(value: string): string | null {
  const encoded = value.replace(/^whsec_/, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return "must be whsec_ and base64 behind it, without blanks or quotes";
  const bytes = Math.floor((encoded.replace(/=+$/, "").length * 3) / 4);
  return bytes < LEAST_BYTES ? `has fewer than ${LEAST_BYTES} bytes` : null;
}

function adyenComplaint(value: string): string | null {
  if (!/^(?:[0-9a-f]{2})+$/i.test(value)) return "must be whole bytes in hexadecimal, as Adyen shows it";
  return value.length / 2 < LEAST_BYTES ? `has fewer than ${LEAST_BYTES} bytes` : null;
}

function textIn(env: object, name: string): string {
  const value: unknown = Reflect.get(env, name);
  return typeof value === "string" ? value : "";
}
