/** API keys: https://docs.stripe.com/api/authentication. Any key of the right form is the platform's. */

import type { IncomingHttpHeaders } from "node:http";

import { refusal } from "./errors.ts";
import { isConnected, noAccess, PLATFORM_ACCOUNT, type World } from "./world.ts";

export interface Caller {
  /** As error messages show it. */
  maskedKey: string;
  livemode: boolean;
  /** A restricted key whose name contains `read` may only read: `rk_test_read…`. */
  isReadOnly: boolean;
}

const KEY = /^(sk|rk)_(test|live)_[\w-]+$/;

export function authenticate(headers: IncomingHttpHeaders): Caller {
  const key = keyOf(headers.authorization);
  if (key === null) {
    throw refusal(401, {
      type: "invalid_request_error",
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
    });
  }
  const match = KEY.exec(key);
  if (match === null) {
    throw refusal(401, { type: "invalid_request_error", message: `Invalid API Key provided: ${masked(key)}` });
  }
  return {
    maskedKey: masked(key),
    livemode: match[2] === "live",
    isReadOnly: match[1] === "rk" && key.includes("read"),
  };
}

/** The account that the request is made for: the platform's own (null), or the connected one of `Stripe-Account`. */
export function accountOf(world: World, headers: IncomingHttpHeaders, caller: Caller): string | null {
  const account = headers["stripe-account"];
  if (account === undefined || account === PLATFORM_ACCOUNT) return null;
  if (typeof account === "string" && isConnected(world, account)) return account;
  throw noAccess(String(account), caller.maskedKey);
}

export function requireWrite(caller: Caller): void {
  if (!caller.isReadOnly) return;
  throw refusal(403, {
    type: "invalid_request_error",
    message: "The provided key does not have the required permissions for this endpoint.",
  });
}

function keyOf(authorization: string | undefined): string | null {
  const [scheme = "", credentials = ""] = (authorization ?? "").split(" ");
  if (credentials === "") return null;
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return null;
  return Buffer.from(credentials, "base64").toString().split(":")[0] || null;
}

function masked(key: string): string {
  return key.length <= 8 ? "*".repeat(key.length) : `${key.slice(0, 8)}${"*".repeat(key.length - 8)}`;
}
