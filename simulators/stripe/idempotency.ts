/**
 * Idempotency keys as https://docs.stripe.com/api/idempotent_requests describes them: the status and body of the first
 * request whose execution began are kept and replayed, errors and 500s too; requests that failed validation, or that met
 * another in flight, are not kept; keys may be forgotten after 24 hours, and here they are.
 */

import { createHash } from "node:crypto";

import { invalidRequest, type Refusal, refusal } from "./errors.ts";
import type { FormObject } from "./form.ts";

export interface IdempotencyRecord {
  /** Mode and account are part of the key: the same key in a test and a live request is two keys. */
  scope: string;
  key: string;
  path: string;
  fingerprint: string;
  status: number;
  body: string;
  requestId: string;
  createdSeconds: number;
}

export interface KeyedRequest {
  scope: string;
  key: string;
  path: string;
  fingerprint: string;
}

export type Admission =
  | { kind: "execute" }
  | { kind: "replay"; record: IdempotencyRecord }
  | { kind: "refuse"; refusal: Refusal };

export interface Idempotency {
  /** Marks the key as in flight when the answer is `execute`; the caller must then `store` or `release`. */
  admit(request: KeyedRequest, nowSeconds: number): Admission;
  store(record: IdempotencyRecord): void;
  release(request: KeyedRequest): void;
  records(): Iterable<IdempotencyRecord>;
  clear(): void;
}

export const KEPT_SECONDS = 24 * 60 * 60;
const KEY_LENGTH_MAX = 255;

export function createIdempotency(): Idempotency {
  const recordsByKey = new Map<string, IdempotencyRecord>();
  const inFlight = new Set<string>();
  const nameOf = (request: { scope: string; key: string }) => `${request.scope} ${request.key}`;

  return {
    admit(request, nowSeconds) {
      if (request.key.length > KEY_LENGTH_MAX) return { kind: "refuse", refusal: keyTooLong() };
      const name = nameOf(request);
      const record = recordsByKey.get(name);
      if (record !== undefined && nowSeconds - record.createdSeconds < KEPT_SECONDS) {
        if (record.path !== request.path) return { kind: "refuse", refusal: otherEndpoint(record.path, request) };
        if (record.fingerprint !== request.fingerprint)
          return { kind: "refuse", refusal: otherParameters(request.key) };
        return { kind: "replay", record };
      }
      if (inFlight.has(name)) return { kind: "refuse", refusal: keyInUse(request.key) };
      inFlight.add(name);
      return { kind: "execute" };
    },
    store(record) {
      recordsByKey.set(nameOf(record), record);
      inFlight.delete(nameOf(record));
    },
    release: (request) => void inFlight.delete(nameOf(request)),
    records: () => recordsByKey.values(),
    clear: () => {
      recordsByKey.clear();
      inFlight.clear();
    },
  };
}

/** The same parameters in another order are the same request. */
export function fingerprintOf(form: FormObject): string {
  return createHash("sha256")
    .update(JSON.stringify(inOrder(form)))
    .digest("base64url");
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, item]) => [key, inOrder(item)]);
}

function otherParameters(key: string): Refusal {
  return refusal(400, {
    type: "idempotency_error",
    message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

function otherEndpoint(firstPath: string, request: KeyedRequest): Refusal {
  return refusal(400, {
    type: "idempotency_error",
    message: `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${request.path}' instead of '${firstPath}'). Try using a key other than '${request.key}' if you meant to execute a different request.`,
  });
}

function keyInUse(key: string): Refusal {
  return refusal(
    409,
    {
      type: "invalid_request_error",
      code: "idempotency_key_in_use",
      message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
    },
    { "stripe-should-retry": "true" },
  );
}

function keyTooLong(): Refusal {
  return invalidRequest(`Idempotency keys can be up to ${KEY_LENGTH_MAX} characters long.`);
}
