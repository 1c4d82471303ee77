import { describe, expect, it } from "vitest";
import { strictest } from "../../../shared/policy/declines.ts";
import { declineIn, declineOf, methodOf } from "../../../shared/providers/stripe/declines.ts";

const classOf = (code: string) => declineOf(code, null).class;

describe("what a decline means for another try", () => {
  it.each([
    "approve_with_id",
    "call_issuer",
    "card_velocity_exceeded",
    "do_not_honor",
    "generic_decline",
    "insufficient_funds",
    "issuer_not_available",
    "no_action_taken",
    "processing_error",
    "reenter_transaction",
    "try_again_later",
    "withdrawal_count_limit_exceeded",
  ])("%s: may be tried again", (code) => {
    expect(declineOf(code, null)).toEqual({ code, advice: null, class: "soft", isKnown: true });
  });

  it.each([
    "lost_card",
    "stolen_card",
    "pickup_card",
    "fraudulent",
    "do_not_try_again",
    "debit_not_authorized",
    "authorization_revoked",
    "duplicate_transaction",
    "highest_risk_level",
    "previously_declined_do_not_retry",
    "requested_block_on_incremental_authorization",
    "rule",
  ])("%s: never", (code) => {
    expect(classOf(code)).toBe("never");
    expect(declineOf(code, "try_again_later").class).toBe("never");
  });

  it.each([
    "account_closed",
    "authentication_required",
    "bank_account_declined",
    "expired_card",
    "india_recurring_payment_mandate_canceled",
    "invalid_account_number",
    "no_account",
    "payment_intent_authentication_failure",
    "payment_intent_mandate_invalid",
    "payment_method_customer_decline",
    "service_not_allowed",
    "testmode_decline",
  ])("%s: not before the customer did something", (code) => {
    expect(declineOf(code, null)).toMatchObject({ class: "needs_customer", isKnown: true });
    expect(declineOf(code, "try_again_later").class).toBe("needs_customer");
  });

  it.each(["something_new", "constructor", "R02", "payment_method_provider_decline", " insufficient_funds"])(
    "%j, which no list has, is a person's, whatever the advice",
    (code) => {
      expect(declineOf(code, null)).toMatchObject({ code, class: "needs_customer", isKnown: false });
      expect(declineOf(code, "try_again_later")).toMatchObject({ class: "needs_customer", isKnown: false });
    },
  );

  it.each([null, "", "card_declined", "payment_intent_payment_attempt_failed"])("%j is no reason", (code) => {
    const unsaid = { code: null, advice: null, class: "needs_customer", isKnown: false };
    expect(declineOf(code, null)).toEqual(unsaid);
    expect(declineOf(code, "try_again_later").class).toBe("soft");
  });

  it("the advice not to try again wins over any code, and unknown advice is no permission", () => {
    expect(declineOf("insufficient_funds", "do_not_try_again").class).toBe("never");
    expect(declineOf(null, "do_not_try_again").class).toBe("never");
    expect(declineOf("insufficient_funds", "confirm_card_data").class).toBe("needs_customer");
    expect(declineOf("insufficient_funds", "ask_again_nicely")).toMatchObject({
      class: "needs_customer",
      isKnown: false,
    });
  });
});

describe("of all that Stripe says of one try, the strictest counts", () => {
  const soft = { code: "card_declined", decline_code: "insufficient_funds", advice_code: "try_again_later" };
  const failed = (outcome: object, failure_code = "card_declined") => ({ failure_code, outcome });
  const issuer = { type: "issuer_declined", reason: "insufficient_funds", network_decline_code: "51" };

  it("where all of it is soft, it is soft", () => {
    expect(declineIn(soft, failed(issuer))).toEqual({
      code: "insufficient_funds",
      advice: "try_again_later",
      class: "soft",
      isKnown: true,
    });
    expect(declineIn(null, failed(issuer)).class).toBe("soft");
  });

  it.each<[string, object | null, object | null, object]>([
    [
      "the charge's reason beside a soft error",
      soft,
      failed({ ...issuer, type: "blocked", reason: "previously_declined_do_not_retry" }),
      { class: "never", code: "previously_declined_do_not_retry" },
    ],
    ["a custom rule of Radar's", null, failed({ type: "blocked", reason: "rule" }), { class: "never", code: "rule" }],
    ["a block without a reason", soft, failed({ type: "blocked", reason: null }), { class: "never", code: "blocked" }],
    ["a reason of a block that is new", null, failed({ type: "blocked", reason: "novel" }), { class: "never" }],
    [
      "an invalid request",
      null,
      failed({ type: "invalid", reason: null }),
      { class: "needs_customer", code: "invalid" },
    ],
    [
      "an outcome of a new type",
      soft,
      failed({ ...issuer, type: "novel" }),
      { class: "needs_customer", isKnown: false },
    ],
    ["the failure code", soft, failed({}, "account_closed"), { class: "needs_customer", code: "account_closed" }],
    [
      "the error's code beside its decline code",
      { ...soft, code: "debit_not_authorized" },
      null,
      { class: "never", code: "debit_not_authorized" },
    ],
    ["the charge's advice", soft, failed({ ...issuer, advice_code: "do_not_try_again" }), { class: "never" }],
    ["Mastercard's advice 03", { ...soft, network_advice_code: "03" }, null, { class: "never" }],
    ["Mastercard's advice 21", soft, failed({ ...issuer, network_advice_code: "21" }), { class: "never" }],
    ["Visa's stolen card", soft, failed({ ...issuer, network_decline_code: "43" }), { class: "never" }],
    ["an ACH return as unauthorised", { ...soft, network_decline_code: "R10" }, null, { class: "never" }],
  ])("%s", (_what, error, charge, expected) => {
    expect(declineIn(error, charge)).toMatchObject(expected);
  });

  it("a network's advice stands in where Stripe gives none; one that is not known is a person's", () => {
    const advised = (network_advice_code: string) => declineIn({ network_advice_code }, null);
    expect(["01", "02", "03", "21", "24", "30"].map((code) => advised(code).advice)).toEqual([
      "confirm_card_data",
      "try_again_later",
      "do_not_try_again",
      "do_not_try_again",
      "try_again_later",
      "try_again_later",
    ]);
    expect(advised("40")).toMatchObject({ class: "needs_customer", isKnown: false });
    expect(declineIn({ ...soft, network_advice_code: "40" }, null).class).toBe("soft");
  });

  it("a network's code permits nothing by itself", () => {
    expect(declineIn({ network_decline_code: "51" }, null)).toMatchObject({ class: "needs_customer", code: null });
  });

  it("what has another type than documented says nothing", () => {
    const strange = { decline_code: 1, code: {}, advice_code: [], network_advice_code: null };
    expect(declineIn(strange, { failure_code: false, outcome: "blocked" })).toMatchObject({
      code: null,
      isKnown: false,
    });
  });
});

describe("of the provider's word and the event's", () => {
  const soft = declineOf("insufficient_funds", null);
  const never = declineOf("lost_card", null);

  it("the stricter counts", () => {
    expect(strictest(soft, never)).toMatchObject({ declineClass: "never", code: "lost_card" });
    expect(strictest(never, soft)).toMatchObject({ declineClass: "never", code: "lost_card" });
    expect(strictest(soft, declineOf("something_new", null))).toMatchObject({ declineClass: "needs_customer" });
  });

  it("what is not known is named with its advice", () => {
    const unheard = declineOf("insufficient_funds", "ask_again_nicely");
    expect(strictest(unheard, null).code).toBe("insufficient_funds with the advice ask_again_nicely");
  });

  it("one without a reason changes nothing", () => {
    for (const silent of [null, declineOf(null, null), declineOf("card_declined", null)]) {
      expect(strictest(soft, silent)).toMatchObject({ declineClass: "soft", code: "insufficient_funds" });
      expect(strictest(silent, soft)).toMatchObject({ declineClass: "soft", code: "insufficient_funds" });
    }
  });

  it("no reason in either is no permission", () => {
    const unsaid = { declineClass: "needs_customer", code: null, isKnown: false };
    expect([strictest(null, null), strictest(declineOf(null, null), null)]).toEqual([unsaid, unsaid]);
  });
});

describe("a payment method", () => {
  it.each([
    "us_bank_account",
    "sepa_debit",
    "bacs_debit",
    "acss_debit",
    "au_becs_debit",
    "nz_bank_account",
    "ach_debit",
  ])("%s is a bank debit", (type) => expect(methodOf(type)).toBe("bank_debit"));

  it("is a card only where Stripe says so", () => {
    expect(["card", "card_present", "link", "paypal", ""].map(methodOf)).toEqual(
      ["card", "card"].concat(Array(3).fill("other")),
    );
  });

  it("that nobody names is no kind of method", () => {
    expect([null, undefined].map(methodOf)).toEqual([null, null]);
  });
});
