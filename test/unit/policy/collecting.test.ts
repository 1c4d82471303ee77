import { describe, expect, it } from "vitest";
import type {
  Agreement,
  InvoicePaymentView,
  InvoiceState,
  PaymentSnapshot,
  SubscriptionSnapshot,
} from "../../../shared/contracts/provider.ts";
import { guard } from "../../../shared/policy/guardrails/guard.ts";
import type { GuardedContext, GuardedProposal } from "../../../shared/policy/guardrails/rule.ts";
import type { OwnChanges } from "../../../shared/policy/own-changes.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { AGREED, invoiceOf, paymentOf, subscriptionOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

const NOW = Date.parse("2026-10-24T09:00:00Z");
const UNCHANGED: OwnChanges = { ending: null, pausedByFailure: null, pausingByFailure: null };
type Changes = {
  proposal?: Partial<GuardedProposal>;
  context?: Partial<GuardedContext>;
  payment?: Partial<PaymentSnapshot>;
  invoice?: Partial<InvoiceState>;
  subscription?: Partial<SubscriptionSnapshot> | null;
};

/** A retry of 42.50 USD for a renewal that was declined. */
function ask({ proposal = {}, context = {}, payment = {}, invoice = {}, subscription = {} }: Changes = {}) {
  const seen = paymentOf({
    invoice: "in_1",
    invoiceState: invoiceOf({ subscription: "sub_1abc", ...invoice }),
    subscription: subscription === null ? null : subscriptionOf({ status: "past_due", ...subscription }),
    status: "unpaid",
    amountMinor: 4_250,
    capturedMinor: 0,
    decline: declineOf("insufficient_funds", null),
    ...payment,
  });
  return asked(seen, proposal, context);
}

/** The same for a payment without an invoice. */
const askOneOff = (agreement: Partial<Agreement> | null = {}, { proposal, context, payment }: Changes = {}) =>
  asked(
    paymentOf({
      status: "unpaid",
      amountMinor: 4_250,
      capturedMinor: 0,
      decline: declineOf("insufficient_funds", null),
      agreement: agreement && { ...AGREED, ...agreement },
      createdAt: NOW,
      ...payment,
    }),
    proposal,
    context,
  );

function asked(seen: PaymentSnapshot, proposal: Partial<GuardedProposal> = {}, context: Partial<GuardedContext> = {}) {
  const given: GuardedProposal = {
    kind: "retryPayment",
    variant: null,
    amountMinor: null,
    currency: typeof proposal.amountMinor === "number" ? "usd" : null,
    confidence: "high",
    by: "outside",
    extent: "whole",
    words: { amounts: [], doubts: [], asks: true },
    ...proposal,
  };
  const around: GuardedContext = {
    policy: policy.guardrails,
    mode: "test",
    customer: null,
    requester: null,
    invoice: null,
    actionId: null,
    decline: null,
    reservedMinor: 0,
    now: NOW,
    firstGrant: true,
    stated: null,
    step: 1,
    triesForOthers: 0,
    changes: UNCHANGED,
    ...context,
  };
  return guard(given, around, seen).result;
}

describe("the amount of a retry", () => {
  it("is what remains of the invoice, or the payment's own where it has none", () => {
    expect(ask()).toEqual({ kind: "allow", amountMinor: 4_250 });
    expect(ask({ invoice: { amountRemainingMinor: 1_250, amountPaidMinor: 3_000 } })).toEqual({
      kind: "allow",
      amountMinor: 1_250,
    });
    expect(askOneOff()).toEqual({ kind: "allow", amountMinor: 4_250 });
  });

  it.each([4_249, 4_251, 0])("that is asked for otherwise (%i instead of 4250) is a person's", (amountMinor) => {
    expect(ask({ proposal: { amountMinor: 4_250 } }).kind).toBe("allow");
    expect(ask({ proposal: { amountMinor } })).toMatchObject({ kind: "escalate", rule: "amount_owed" });
  });

  it("that was granted must be owed still: another sum is a person's, who is told both", () => {
    const again = { firstGrant: false };
    expect(ask({ proposal: { amountMinor: 4_250 }, context: again }).kind).toBe("allow");
    for (const amountRemainingMinor of [4_249, 4_251, 50_000])
      expect(
        ask({ proposal: { amountMinor: 4_250 }, context: again, invoice: { amountRemainingMinor } }),
      ).toMatchObject({ kind: "escalate", rule: "amount_owed" });
    const both = ask({ proposal: { amountMinor: 4_250 }, context: again, invoice: { amountRemainingMinor: 50_000 } });
    expect(both).toMatchObject({ reason: expect.stringMatching(/42\.50.*500\.00/) });
    expect(
      askOneOff({}, { proposal: { amountMinor: 4_250 }, context: again, payment: { amountMinor: 9_000 } }),
    ).toEqual(expect.objectContaining({ kind: "escalate", rule: "amount_owed" }));
  });

  it("is no more than the event says, in its currency: else a person's, who is told both", () => {
    const usd = (amountMinor: number) => ({ context: { stated: { amountMinor, currency: "usd" } as const } });
    expect(ask(usd(4_250)).kind).toBe("allow");
    expect(ask({ ...usd(4_250), invoice: { amountRemainingMinor: 1_250 } })).toEqual({
      kind: "allow",
      amountMinor: 1_250,
    });
    expect(ask({ ...usd(4_250), invoice: { amountRemainingMinor: 50_000 } })).toMatchObject({
      kind: "escalate",
      rule: "amount_owed",
      reason: expect.stringMatching(/42\.50 USD.*500\.00 USD/),
    });
    expect(askOneOff({}, usd(4_249))).toMatchObject({ kind: "escalate", rule: "amount_owed" });
    expect(ask({ ...usd(4_250), payment: { currency: "gbp" } })).toMatchObject({
      kind: "escalate",
      rule: "amount_owed",
      reason: expect.stringMatching(/42\.50 USD.*42\.50 GBP/),
    });
  });

  it("is not a part without an amount: a try takes all", () => {
    expect(ask({ proposal: { extent: "part" } })).toMatchObject({ kind: "escalate", rule: "amount_owed" });
    expect(ask({ proposal: { extent: "part", amountMinor: 4_250 } }).kind).toBe("allow");
  });

  it("is set before the first grant and never after it", () => {
    expect(ask({ context: { firstGrant: false } })).toMatchObject({ kind: "escalate", rule: "amount_owed" });
  });

  it("in another currency by now is a person's", () => {
    const granted = { amountMinor: 4_250, currency: "usd" };
    expect(ask({ proposal: granted, context: { firstGrant: false }, payment: { currency: "jpy" } })).toMatchObject({
      kind: "escalate",
      rule: "currency",
    });
  });

  it("is nothing where nothing remains: there is nothing to do", () => {
    expect(ask({ invoice: { amountRemainingMinor: 0 } })).toMatchObject({ kind: "leave", rule: "amount_owed" });
  });

  it("of a customer that is another one by now is a person's", () => {
    const context = { customer: "cus_1", firstGrant: false };
    const proposal = { amountMinor: 4_250 };
    expect(ask({ proposal, context, payment: { customer: "cus_1" } }).kind).toBe("allow");
    expect(ask({ proposal, context, payment: { customer: "cus_merged" } })).toMatchObject({
      kind: "escalate",
      rule: "customer",
    });
  });

  it("takes medium confidence and one person up to its limits, to the cent", () => {
    const { mediumConfidenceMaxUsdCents: medium, fourEyesAboveUsdCents: fourEyes } = policy.guardrails.retry;
    const of = (amountRemainingMinor: number, confidence: "high" | "medium", by: "agent" | "outside" = "agent") =>
      ask({ invoice: { amountRemainingMinor }, proposal: { confidence, by } });
    expect(of(medium, "medium").kind).toBe("allow");
    expect(of(medium + 1, "medium")).toMatchObject({ kind: "escalate", rule: "confidence" });
    expect(of(fourEyes, "high").kind).toBe("allow");
    expect(of(fourEyes + 1, "high")).toMatchObject({ kind: "escalate", rule: "four_eyes" });
    expect(of(9_000_000, "high", "outside")).toMatchObject({ kind: "escalate", rule: "four_eyes" });
  });
});

describe("how often a payment is tried", () => {
  const { declinedMax, maxSteps, bankDebitMaxSteps } = policy.guardrails.retry;
  const tried = (method: PaymentSnapshot["method"], triesForOthers: number | null, step = 1, firstGrant = true) =>
    ask({
      proposal: { amountMinor: 4_250 },
      payment: { method },
      context: { triesForOthers, step, firstGrant },
    });
  const isOver = { kind: "escalate", rule: "retries_left", reason: expect.stringContaining("another way to pay") };

  it("counts the tries of all its facts, and of this one each step", () => {
    for (let step = 1; step <= maxSteps; step += 1) expect(tried("card", 0, step, step === 1).kind).toBe("allow");
    expect(tried("card", declinedMax - 1).kind).toBe("allow");
    expect(tried("card", declinedMax)).toMatchObject(isOver);
    expect(tried("card", declinedMax - maxSteps, maxSteps, false).kind).toBe("allow");
    expect(tried("card", declinedMax - maxSteps + 1, maxSteps, false)).toMatchObject(isOver);
  });

  it.each(["bank_debit", "other", null] as const)("is twice in all for a method that is %s", (method) => {
    expect(tried(method, 0, bankDebitMaxSteps, false).kind).toBe("allow");
    expect(tried(method, bankDebitMaxSteps - 1).kind).toBe("allow");
    expect(tried(method, bankDebitMaxSteps)).toMatchObject(isOver);
    expect(tried(method, 1, bankDebitMaxSteps, false)).toMatchObject(isOver);
  });

  it("is a person's where it was not read before the first grant", () => {
    expect(tried("card", null)).toMatchObject({ kind: "escalate", rule: "retries_left" });
    expect(tried("card", null, 2, false).kind).toBe("allow");
  });
});

describe("the method that an invoice is charged with", () => {
  it("is the one that was tried and declined", () => {
    const of = (triedMethod: string, method: string) => ask({ payment: { triedMethod }, invoice: { method } });
    expect(of("pm_old", "pm_old").kind).toBe("allow");
    expect(of("pm_old", "pm_new")).toMatchObject({
      kind: "escalate",
      rule: "method_tried",
      reason: expect.stringMatching(/pm_old.*pm_new.*may have changed/),
    });
  });

  it("is a person's to find out where either of both is not known, at the first grant and after it", () => {
    for (const firstGrant of [true, false])
      for (const changes of [{ payment: { triedMethod: null } }, { invoice: { method: null } }])
        expect(ask({ ...changes, proposal: { amountMinor: 4_250 }, context: { firstGrant } })).toMatchObject({
          kind: "escalate",
          rule: "method_tried",
        });
  });

  it("asks nobody where nothing is owed, or the provider tries by itself", () => {
    expect(ask({ invoice: { method: null, nextAttemptAt: NOW + 1 } })).toMatchObject({ rule: "provider_retries" });
    expect(ask({ invoice: { method: null, amountRemainingMinor: 0 } }).kind).toBe("leave");
  });
});

describe("whether an invoice is paid", () => {
  it("is the invoice's to say, never one of its payments'", () => {
    expect(ask({ payment: { status: "paid" }, invoice: { amountRemainingMinor: 1_000 } })).toEqual({
      kind: "allow",
      amountMinor: 1_000,
    });
    expect(ask({ invoice: { status: "paid" } })).toMatchObject({ kind: "leave", rule: "still_owed" });
    expect(askOneOff({}, { payment: { status: "paid" } })).toMatchObject({ kind: "leave", rule: "still_owed" });
  });

  it.each([
    ["processing", "leave"],
    ["canceled", "leave"],
    ["needs_action", "escalate"],
    ["other", "escalate"],
    ["held", "escalate"],
  ] as const)("does not let a payment that is %s be tried: %s", (status, kind) => {
    expect(ask({ payment: { status } })).toMatchObject({ kind, rule: "still_owed" });
  });

  it("leaves a one-off payment that is held already", () => {
    expect(askOneOff({}, { payment: { status: "held" } })).toMatchObject({ kind: "leave", rule: "still_owed" });
  });
});

describe("another payment of the same invoice", () => {
  const view = (
    payment: string | null,
    status: InvoicePaymentView["status"],
    isDefault = false,
  ): InvoicePaymentView => ({
    payment,
    status,
    isDefault,
    paidMinor: 0,
    paidAt: null,
  });
  const beside = (...others: InvoicePaymentView[]) =>
    ask({ invoice: { payments: [view("pi_1", "open", true), ...others] } });

  it.each([
    ["pi_2", "open"],
    ["pi_2", "other"],
    [null, "open"],
  ] as const)("that may still pay it is a person's, who is told which: %s, %s", (payment, status) => {
    const told = { reason: expect.stringContaining(payment ?? "another payment") };
    expect(beside(view(payment, status))).toMatchObject({ kind: "escalate", rule: "still_owed", ...told });
  });

  it("that is over does not matter", () => {
    expect(beside().kind).toBe("allow");
    expect(beside(view("pi_0", "canceled"), view("pi_9", "paid")).kind).toBe("allow");
  });

  it("that is open beside a part that was paid is a person's as well", () => {
    const payments = [view("pi_1", "paid", true), view("pi_2", "open")];
    expect(ask({ payment: { status: "paid" }, invoice: { payments } })).toMatchObject({ rule: "still_owed" });
  });
});

describe("what ends collecting for a subscription", () => {
  const left = (changes: Changes) => expect(ask(changes)).toMatchObject({ kind: "leave", rule: "collection" });
  const asks = (changes: Changes) => expect(ask(changes)).toMatchObject({ kind: "escalate", rule: "collection" });
  const goesOn = (changes: Changes) => expect(ask(changes).kind).toBe("allow");
  const PAUSED = { pause: { behavior: "keep_as_draft", endsByItself: false } };
  const byFailure = (pausedByFailure: OwnChanges["pausedByFailure"]) => ({
    changes: { ...UNCHANGED, pausedByFailure },
  });

  it("is its end, an unpaid first invoice, a pause, and that the customer sends the money", () => {
    left({ subscription: { status: "ended" } });
    left({ subscription: { status: "incomplete" } });
    left({ subscription: PAUSED });
    left({ subscription: { collection: "sent_by_customer" } });
    left({ invoice: { collection: "sent_by_customer" } });
  });

  it("is no status in which it is collected, and a person's in every other", () => {
    goesOn({ subscription: { status: "active" } });
    goesOn({ subscription: { status: "past_due" } });
    for (const status of ["trialing", "unpaid", "paused", "other"] as const) asks({ subscription: { status } });
  });

  it("is not that it ends with its period: what is owed was delivered", () => {
    goesOn({ subscription: { ends: "at_period_end" } });
  });

  it("is a person's to find out where something was not read or is not known", () => {
    asks({ subscription: null });
    asks({ subscription: { subscription: "sub_other" } });
    asks({ payment: { invoiceState: null, invoice: "in_1" } });
    asks({ context: { changes: null } });
    asks({ invoice: { collection: "other" } });
    asks({ subscription: { collection: "other" } });
  });

  it("is not that the provider gave the invoice up, once it has tried", () => {
    goesOn({ invoice: { isAutomatic: false, isAttempted: true } });
    asks({ invoice: { isAutomatic: false, isAttempted: false } });
    goesOn({ invoice: { subscription: null, isAutomatic: true }, subscription: null });
    asks({ invoice: { subscription: null, isAutomatic: false }, subscription: null });
  });

  it("is not a pause that the failed payment itself caused, as it was set", () => {
    const caused = byFailure({ behavior: "keep_as_draft", invoice: "in_1" });
    goesOn({ subscription: PAUSED, context: caused });
    left({ subscription: { pause: { behavior: "void", endsByItself: false } }, context: caused });
    left({ subscription: { pause: { behavior: "keep_as_draft", endsByItself: true } }, context: caused });
  });

  it("is such a pause for every other invoice than the one whose payment failed", () => {
    for (const invoice of ["in_old", null])
      left({ subscription: PAUSED, context: byFailure({ behavior: "keep_as_draft", invoice }) });
  });

  it("is a person's to find out while our own pause for a failed payment is not over", () => {
    const context = { changes: { ...UNCHANGED, pausingByFailure: "act_1" } };
    asks({ subscription: PAUSED, context });
    goesOn({ context });
  });

  it("is a pause that was asked for and that the provider does not show yet", () => {
    const ending = { id: "act_1", what: "a pause", withPerson: false };
    left({ context: { changes: { ...UNCHANGED, ending } } });
    asks({ context: { changes: { ...UNCHANGED, ending: { ...ending, withPerson: true } } } });
  });
});

describe("a payment without an invoice", () => {
  it("is tried again only as its customer agreed", () => {
    expect(askOneOff().kind).toBe("allow");
    expect(askOneOff({ isOffSession: false })).toMatchObject({ kind: "leave", rule: "agreement" });
    expect(askOneOff(null)).toMatchObject({ kind: "escalate", rule: "agreement" });
  });

  it("is a person's where the method that was tried is not there any more", () => {
    expect(askOneOff({ method: null })).toMatchObject({ kind: "escalate", rule: "agreement" });
    expect(askOneOff({ isAttached: false })).toMatchObject({ kind: "escalate", rule: "agreement" });
  });

  it("is a person's where another payment came in for the same sum, which is named", () => {
    expect(askOneOff({ paidOtherwise: "pi_other" })).toMatchObject({
      kind: "escalate",
      rule: "agreement",
      reason: expect.stringContaining("pi_other"),
    });
  });

  it("counts its age from its last try, not from when it was made", () => {
    const { oneOffMaxAgeMs } = policy.guardrails.retry;
    const of = (declinedAt: number) => askOneOff({}, { payment: { createdAt: NOW - 10 * oneOffMaxAgeMs, declinedAt } });
    expect(of(NOW - oneOffMaxAgeMs).kind).toBe("allow");
    expect(of(NOW - oneOffMaxAgeMs - 1)).toMatchObject({ kind: "leave", rule: "agreement" });
  });

  it("is left once it is too old, to the millisecond", () => {
    const { oneOffMaxAgeMs } = policy.guardrails.retry;
    expect(askOneOff({}, { payment: { createdAt: NOW - oneOffMaxAgeMs } }).kind).toBe("allow");
    expect(askOneOff({}, { payment: { createdAt: NOW - oneOffMaxAgeMs - 1 } })).toMatchObject({
      kind: "leave",
      rule: "agreement",
    });
  });
});
