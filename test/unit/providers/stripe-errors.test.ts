import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { effectOf, failureOf, problemOf, type StripeProblem } from "../../../shared/providers/stripe/errors.ts";

const problem = (fields: Partial<StripeProblem>): StripeProblem => ({
  status: 400,
  type: "invalid_request_error",
  code: null,
  param: null,
  declineCode: null,
  networkAdviceCode: null,
  networkDeclineCode: null,
  adviceCode: null,
  message: "no",
  requestId: "req_1",
  retryAfterMs: null,
  neverSent: false,
  ...fields,
});

describe("what a failed call that should move money came to", () => {
  test.each<[string, Partial<StripeProblem>, object]>([
    [
      "nothing listens",
      { status: null, type: null, neverSent: true },
      { kind: "not_now", failure: { reason: "provider_unavailable" } },
    ],
    ["no answer", { status: null, type: null }, { kind: "unclear", storedError: false }],
    ["401", { status: 401 }, { kind: "not_now", failure: { reason: "provider_unauthorized" } }],
    ["403", { status: 403 }, { kind: "not_now", failure: { reason: "provider_unauthorized" } }],
    [
      "an account that the key does not reach",
      { status: 403, code: "account_invalid" },
      { kind: "not_now", failure: { reason: "account_unreachable" } },
    ],
    [
      "429",
      { status: 429, code: "rate_limit", retryAfterMs: 3_000 },
      { kind: "not_now", failure: { reason: "provider_rate_limited", retryAfterMs: 3_000 } },
    ],
    [
      "a locked object",
      { status: 429, code: "lock_timeout" },
      { kind: "not_now", failure: { reason: "provider_rate_limited" } },
    ],
    ["a gateway's 429", { status: 429, type: null }, { kind: "not_now", failure: { reason: "provider_rate_limited" } }],
    [
      "the key in flight",
      { status: 409, code: "idempotency_key_in_use" },
      { kind: "not_now", failure: { reason: "provider_unavailable" } },
    ],
    ["500", { status: 500, type: "api_error" }, { kind: "unclear", storedError: true }],
    ["a gateway's 500", { status: 500, type: null }, { kind: "unclear", storedError: false }],
    ["502", { status: 502, type: "api_error" }, { kind: "unclear", storedError: false }],
    ["503", { status: 503, type: "api_error" }, { kind: "unclear", storedError: false }],
    ["a gateway's 404", { status: 404, type: null }, { kind: "unclear", storedError: false }],
    ["a redirect", { status: 302, type: null }, { kind: "unclear", storedError: false }],
    ["a 200 with an error in it", { status: 200 }, { kind: "unclear", storedError: false }],
    [
      "a decline",
      {
        status: 402,
        type: "card_error",
        code: "card_declined",
        declineCode: "lost_card",
        adviceCode: "do_not_try_again",
      },
      { kind: "declined", decline: { code: "lost_card", advice: "do_not_try_again", class: "never" } },
    ],
    [
      "a decline without a decline code",
      { status: 402, type: "card_error", code: "expired_card" },
      { kind: "declined", decline: { code: "expired_card", class: "needs_customer" } },
    ],
    [
      "a customer who must act",
      { status: 402, code: "invoice_payment_intent_requires_action" },
      { kind: "declined", decline: { code: "authentication_required" } },
    ],
    [
      "other parameters under the key",
      { type: "idempotency_error" },
      { kind: "refused", code: "idempotency_error", stored: false },
    ],
    [
      "a parameter that is not known",
      { code: "parameter_unknown", param: "foo" },
      { kind: "refused", code: "parameter_unknown", stored: false },
    ],
    [
      "an invalid parameter without a code",
      { param: "amount" },
      { kind: "refused", code: "invalid_request_error", stored: false },
    ],
    [
      "refunded already",
      { code: "charge_already_refunded" },
      { kind: "refused", code: "charge_already_refunded", stored: true },
    ],
    ["disputed", { code: "charge_disputed" }, { kind: "refused", code: "charge_disputed", stored: true }],
    ["no balance", { code: "balance_insufficient" }, { kind: "refused", code: "balance_insufficient", stored: true }],
    [
      "no such thing",
      { status: 404, code: "resource_missing", param: "id" },
      { kind: "refused", code: "resource_missing", stored: true },
    ],
  ])("%s", (_what, fields, expected) => {
    expect(effectOf(problem(fields))).toMatchObject(expected);
  });

  test("only a connection that never stood is certain to have sent nothing; every other one is unclear", () => {
    for (const code of ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]) {
      expect(effectOf(problemOf(thrownByFetch(code), 0)).kind).toBe("not_now");
    }
    for (const code of [
      "ECONNRESET",
      "EPIPE",
      "ETIMEDOUT",
      "UND_ERR_SOCKET",
      "EHOSTUNREACH",
      "UND_ERR_HEADERS_TIMEOUT",
    ]) {
      expect(effectOf(problemOf(thrownByFetch(code), 0)).kind).toBe("unclear");
    }
    expect(effectOf(problemOf(new TypeError("Network connection lost."), 0)).kind).toBe("unclear");
    expect(effectOf(problemOf("a bug", 0)).kind).toBe("unclear");
  });
});

describe("what a failed reading came to", () => {
  test.each<[string, Partial<StripeProblem>, string]>([
    ["no answer", { status: null, type: null }, "provider_unavailable"],
    ["401", { status: 401 }, "provider_unauthorized"],
    ["403", { status: 403 }, "provider_unauthorized"],
    ["an account that the key does not reach", { status: 403, code: "account_invalid" }, "account_unreachable"],
    ["a right that the key lacks", { status: 403, code: "more_permissions_required" }, "provider_unauthorized"],
    ["429", { status: 429 }, "provider_rate_limited"],
    ["500", { status: 500, type: "api_error" }, "provider_unavailable"],
    ["a gateway's 404", { status: 404, type: null }, "provider_unavailable"],
    ["no such thing", { status: 404, code: "resource_missing" }, "provider_not_found"],
    ["an unknown route", { status: 404 }, "provider_refused"],
    ["400", { status: 400 }, "provider_refused"],
  ])("%s", (_what, fields, reason) => {
    expect(failureOf(problem(fields)).reason).toBe(reason);
  });
});

describe("what Stripe's error carries", () => {
  const stripeError = (raw: object) => Stripe.errors.StripeError.generate(raw as never);

  test("the network's words are read beside Stripe's, and the strictest counts", () => {
    const declined = { statusCode: 402, type: "card_error", code: "card_declined", decline_code: "do_not_honor" };
    const effect = (network: object) => effectOf(problemOf(stripeError({ ...declined, ...network }), 0));
    expect(effect({})).toMatchObject({ decline: { class: "soft" } });
    expect(effect({ network_advice_code: "21" })).toMatchObject({ decline: { class: "never" } });
    expect(effect({ network_decline_code: "41" })).toMatchObject({ decline: { class: "never" } });
  });

  test("retry-after is read as seconds and as a date, and nonsense is nothing", () => {
    const retryAfterMs = (value: string) =>
      problemOf(
        stripeError({ statusCode: 429, type: "invalid_request_error", headers: { "retry-after": value } }),
        Date.UTC(2026, 0, 1),
      ).retryAfterMs;
    expect(retryAfterMs("7")).toBe(7_000);
    expect(retryAfterMs("Thu, 01 Jan 2026 00:00:05 GMT")).toBe(5_000);
    expect(retryAfterMs("soon")).toBeNull();
  });

  test("the note names Stripe's request, so that a person can find it in the dashboard", () => {
    const error = stripeError({ statusCode: 500, type: "api_error", message: "Sorry!", requestId: "req_42" });
    expect(effectOf(problemOf(error, 0))).toMatchObject({ note: expect.stringContaining("req_42") });
  });
});

function thrownByFetch(code: string): Error {
  const detail = new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
  return new Stripe.errors.StripeConnectionError({ message: "An error occurred", detail } as never);
}
