import { describe, expect, it } from "vitest";
import type { InvoiceState, PaymentSnapshot } from "../../../shared/contracts/provider.ts";
import type { DoubtAbout, ReadWords } from "../../../shared/contracts/words.ts";
import { guard } from "../../../shared/policy/guardrails/guard.ts";
import type { GuardedContext, GuardedProposal } from "../../../shared/policy/guardrails/rule.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { invoiceOf, paymentOf, READ_TO_REFUND } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

const NOW = Date.parse("2026-10-24T09:00:00Z");
type Changes = {
  proposal?: Partial<GuardedProposal>;
  context?: Partial<GuardedContext>;
  payment?: Partial<PaymentSnapshot>;
  /** Null: the provider knows no such payment. */
  seen?: null;
};

function ask({ proposal = {}, context = {}, payment = {}, seen }: Changes, base: Partial<GuardedProposal> = {}) {
  const asked: GuardedProposal = {
    kind: "refund",
    variant: null,
    amountMinor: 4_250,
    currency: "usd",
    confidence: "high",
    by: "agent",
    extent: "part",
    words: naming(4_250),
    ...base,
    ...proposal,
  };
  const { result, verdicts } = guard(
    asked,
    {
      policy: policy.guardrails,
      mode: "test",
      customer: null,
      requester: null,
      decline: null,
      reservedMinor: 0,
      invoice: null,
      actionId: null,
      now: NOW,
      firstGrant: true,
      stated: null,
      step: 1,
      triesForOthers: 0,
      ...context,
    },
    seen === undefined ? paymentOf({ ...READ_TO_REFUND, ...payment }) : seen,
  );
  return { result, verdicts, kind: result.kind, rule: result.kind === "allow" ? verdicts.at(-1)?.rule : result.rule };
}
const naming = (...minors: number[]): ReadWords => ({
  amounts: minors.map((amountMinor) => ({ amountMinor, currency: "usd", isAsked: true })),
  doubts: [],
  asks: true,
});
const WHOLE = { extent: "whole", amountMinor: null, currency: null } as const;
const amountOf = (amountMinor: number | null) =>
  amountMinor === null
    ? { ...WHOLE, words: naming() }
    : ({ extent: "part", amountMinor, currency: "usd", words: naming(amountMinor) } as const);

describe("every proposal", () => {
  it("is allowed when nothing speaks against it, and every rule's word is recorded in order", () => {
    const { kind, verdicts } = ask({});
    expect(kind).toBe("allow");
    expect(verdicts.map(({ rule }) => rule)).toEqual([
      "payment_known",
      "mode",
      "requester",
      "currency",
      "customer",
      "dispute",
      "asked",
      "one_payment",
      "amount_known",
      "duplicate",
      "captured",
      "connect",
      "window",
      "confidence",
      "four_eyes",
    ]);
  });

  it("stops at the first rule that says no, and records no later one", () => {
    const { verdicts } = ask({ payment: { disputed: true, mode: "live" } });
    expect(verdicts.map(({ rule, verdict }) => [rule, verdict])).toEqual([
      ["payment_known", "allow"],
      ["mode", "escalate"],
    ]);
  });

  it.each([
    ["payment_known", { seen: null }],
    ["mode", { payment: { mode: "live" } }],
    ["currency", { proposal: { currency: "eur" } }],
    ["customer", { context: { customer: "cus_2" }, payment: { customer: "cus_1" } }],
    ["customer", { context: { customer: "cus_2" }, payment: { customer: null } }],
    ["dispute", { payment: { disputed: true } }],
  ] as [string, Changes][])("is a person's because of %s", (rule, changes) => {
    expect(ask(changes)).toMatchObject({ kind: "escalate", rule });
  });

  it.each(["escalate"] as const)("of kind %s is a person's: it has no executor", (kind) => {
    expect(ask({ proposal: { kind } })).toMatchObject({ kind: "escalate", rule: "executor" });
  });

  it("may name its customer when the payment is theirs", () => {
    expect(ask({ context: { customer: "cus_1" }, payment: { customer: "cus_1" } }).kind).toBe("allow");
  });
});

describe("the amount of a refund", () => {
  const refused = (changes: Changes, rule = "amount_known") =>
    expect(ask(changes)).toMatchObject({ kind: "escalate", rule });
  const whole = (words: ReadWords) => ({ proposal: { ...WHOLE, words } });

  it("is what remains where the whole is meant and nothing else is named", () => {
    expect(ask(whole(naming())).result).toEqual({ kind: "allow", amountMinor: 10_000 });
    expect(ask({ ...whole(naming()), payment: { refundedMinor: 3_000 } }).result).toMatchObject({ amountMinor: 7_000 });
  });

  it("is the whole only where every amount that is named equals what remains", () => {
    expect(ask(whole(naming(10_000))).kind).toBe("allow");
    refused(whole(naming(4_250)));
    refused(whole(naming(10_000, 4_250)));
    refused({ ...whole(naming(10_000)), payment: { refundedMinor: 1 } });
    refused({ ...whole(naming(10_000)), context: { reservedMinor: 1 } });
  });

  it("is the whole not where it was named in another currency", () => {
    refused(whole({ ...naming(), amounts: [{ amountMinor: 10_000, currency: "eur", isAsked: true }] }));
  });

  it("is a part only where that part was named", () => {
    refused({ proposal: { amountMinor: 4_251 } });
    refused({ proposal: { amountMinor: null } });
    refused({
      proposal: { words: { ...naming(), amounts: [{ amountMinor: 4_250, currency: "eur", isAsked: true }] } },
    });
  });

  it("is a part only where the text asks for it", () => {
    refused({
      proposal: { words: { ...naming(), amounts: [{ amountMinor: 4_250, currency: "usd", isAsked: false }] } },
    });
  });

  it("is the smallest of several, and only where each other is what the provider states", () => {
    const named = (...minors: number[]) => {
      const amounts = naming(...minors).amounts.map((one, index) => ({ ...one, isAsked: index === 0 }));
      return { proposal: { words: { ...naming(), amounts } }, payment: { refundedMinor: 2_000 } };
    };
    expect(ask(named(4_250, 10_000)).kind).toBe("allow");
    expect(ask(named(4_250, 8_000)).kind).toBe("allow");
    refused({ proposal: { words: naming(4_250, 10_000) } });
    refused(named(4_250, 9_999));
    refused(named(4_250, 2_000));
    refused(named(4_250, 6_000));
    refused({ proposal: { ...amountOf(10_000), words: naming(10_000, 4_250) } });
  });

  it("is a person's where the agent cannot tell, or nothing asks for money back", () => {
    refused({ proposal: { extent: "unclear" } });
    refused({ proposal: { words: { ...naming(4_250), asks: false } } }, "asked");
  });

  it.each<[DoubtAbout, boolean, boolean]>([
    ["component", true, false],
    ["count", true, false],
    ["fragment", true, false],
    ["part", true, true],
    ["words", true, true],
    ["quoted", true, true],
    ["number", true, true],
    ["amount", true, true],
    ["masked", true, true],
    ["reference", true, true],
    ["hidden", true, true],
    ["withdrawn", true, true],
    ["too_many", true, true],
  ])("with a doubt about %s is a person's for the whole: %s, for a part: %s", (about, forWhole, forPart) => {
    const doubts = [{ about, words: "the words in doubt" }];
    const asked = (proposal: Partial<GuardedProposal>, words: ReadWords) =>
      ask({ proposal: { ...proposal, words: { ...words, doubts } } });
    expect(asked(WHOLE, naming()).kind).toBe(forWhole ? "escalate" : "allow");
    const part = asked({}, naming(4_250));
    expect(part.kind).toBe(forPart ? "escalate" : "allow");
    if (forPart) expect(part.verdicts.at(-1)?.reason).toContain('"the words in doubt"');
  });

  it("is at most captured − refunded − reserved, to the cent", () => {
    const asked = (amountMinor: number) =>
      ask({ proposal: amountOf(amountMinor), payment: { refundedMinor: 3_000 }, context: { reservedMinor: 2_000 } });
    expect(asked(5_000).kind).toBe("allow");
    expect(asked(5_001)).toMatchObject({ kind: "escalate", rule: "captured" });
  });

  it("is never nothing", () => {
    expect(ask({ proposal: amountOf(0) })).toMatchObject({ kind: "escalate", rule: "captured" });
    expect(ask({ payment: { refundedMinor: 10_000 } })).toMatchObject({ kind: "escalate", rule: "captured" });
  });

  it("is lowered to what remains before the first grant, and never after it", () => {
    const everything = { ...amountOf(null), by: "outside" as const };
    const first = ask({ proposal: everything, payment: { refundedMinor: 3_000 } });
    expect(first.result).toEqual({ kind: "allow", amountMinor: 7_000 });
    expect(first.verdicts.find(({ rule }) => rule === "captured")?.verdict).toBe("lower");
    expect(ask({ proposal: everything, context: { firstGrant: false } })).toMatchObject({
      kind: "escalate",
      rule: "captured",
    });
  });
});

describe("a refund's other bounds", () => {
  it("the window, to the millisecond", () => {
    const { windowMs } = policy.guardrails.refund;
    expect(ask({ payment: { capturedAt: NOW - windowMs } }).kind).toBe("allow");
    expect(ask({ payment: { capturedAt: NOW - windowMs - 1 } })).toMatchObject({ kind: "escalate", rule: "window" });
    expect(ask({ payment: { capturedAt: null } })).toMatchObject({ kind: "escalate", rule: "window" });
  });

  it("medium confidence up to its amount, low never", () => {
    const { mediumConfidenceMaxUsdCents: max } = policy.guardrails.refund;
    const asked = (confidence: "low" | "medium", amountMinor: number) =>
      ask({ proposal: { ...amountOf(amountMinor), confidence }, payment: { capturedMinor: max + 1 } });
    expect(asked("medium", max).kind).toBe("allow");
    expect(asked("medium", max + 1)).toMatchObject({ kind: "escalate", rule: "confidence" });
    expect(asked("low", 1)).toMatchObject({ kind: "escalate", rule: "confidence" });
  });

  it("no confidence is asked of a proposal from outside, but everything else is", () => {
    const outside = { by: "outside", confidence: "low" } as const;
    expect(ask({ proposal: outside }).kind).toBe("allow");
    expect(ask({ proposal: outside, payment: { disputed: true } })).toMatchObject({
      kind: "escalate",
      rule: "dispute",
    });
  });

  it("four eyes above the threshold, whoever proposed it, in rough dollars", () => {
    const { fourEyesAboveUsdCents: max } = policy.guardrails.refund;
    const asked = (amountMinor: number, currency: string, by: "agent" | "outside" = "outside") =>
      ask({
        proposal: {
          amountMinor,
          currency,
          by,
          words: { ...naming(), amounts: [{ amountMinor, currency, isAsked: true }] },
        },
        payment: { currency, capturedMinor: amountMinor },
      });
    expect(asked(max, "usd").kind).toBe("allow");
    expect(asked(max + 1, "usd")).toMatchObject({ kind: "escalate", rule: "four_eyes" });
    expect(asked(max + 1, "usd", "agent")).toMatchObject({ kind: "escalate", rule: "four_eyes" });
    expect(asked(max, "jpy").kind).toBe("allow");
    expect(asked(max, "gbp")).toMatchObject({ kind: "escalate", rule: "four_eyes" });
  });
});

describe("who asks", () => {
  const of = (requester: GuardedContext["requester"], customer: string | null, its: string | null) => {
    const { kind, rule } = ask({ context: { requester, customer }, payment: { customer: its } });
    return kind === "allow" ? kind : rule;
  };

  it("as a customer is refunded what is theirs, and nothing of a guest's or another's", () => {
    expect(of("customer", "cus_1", "cus_1")).toBe("allow");
    expect(of("customer", "cus_1", null)).toBe("requester");
    expect(of("customer", "cus_1", "cus_2")).toBe("requester");
    expect(of("customer", "cus_1", "cus_1 ")).toBe("requester");
    expect(of("customer", null, "cus_1")).toBe("requester");
    expect(of("customer", null, null)).toBe("requester");
  });

  it("as staff is vouched for, also for a guest, and for the customer that is named for that one alone", () => {
    expect(of("staff", null, null)).toBe("allow");
    expect(of("staff", null, "cus_2")).toBe("allow");
    expect(of("staff", "cus_1", "cus_1")).toBe("allow");
    expect(of("staff", "cus_1", "cus_2")).toBe("customer");
    expect(of("staff", "cus_1", null)).toBe("customer");
  });

  it("is nobody of a provider's event, and of an outside agent", () => {
    expect(of(null, null, null)).toBe("allow");
  });
});

describe("an amount without a currency", () => {
  const bare = { amounts: [{ amountMinor: 2_000, currency: null, isAsked: true }], doubts: [], asks: true };

  it.each(["usd", "jpy"])("is never taken for one of a payment in %s", (currency) => {
    const payment = { currency, capturedMinor: 2_000, amountMinor: 2_000 };
    const proposal = { amountMinor: 2_000, currency: null, words: bare };
    expect(ask({ proposal, payment })).toMatchObject({ kind: "escalate", rule: "currency" });
    expect(ask({ proposal: { ...WHOLE, words: bare }, payment })).toMatchObject({ kind: "escalate", rule: "currency" });
    expect(ask({ proposal: { ...WHOLE, words: naming() }, payment }).kind).toBe("allow");
  });

  it("is a case beside whatever else is named, and for every kind", () => {
    const words = { ...naming(4_250), amounts: [...naming(4_250).amounts, ...bare.amounts] };
    expect(ask({ proposal: { words } })).toMatchObject({ kind: "escalate", rule: "currency" });
    const held = { status: "held", capturableMinor: 2_000, capturedMinor: 0 } as const;
    const capture = { kind: "authorize", variant: "capture", amountMinor: 2_000, currency: null, words: bare } as const;
    expect(ask({ proposal: capture, payment: held })).toMatchObject({ kind: "escalate", rule: "currency" });
    const retry = { kind: "retryPayment", ...WHOLE, words: bare } as const;
    expect(ask({ proposal: retry, payment: { status: "unpaid" } })).toMatchObject({ rule: "currency" });
  });

  it("does not weaken the rule on another currency", () => {
    expect(ask({ proposal: { currency: "jpy" } })).toMatchObject({ kind: "escalate", rule: "currency" });
  });
});

describe("a held authorisation", () => {
  const held = { status: "held", capturableMinor: 10_000, capturedMinor: 0 } as const;
  const capture = { kind: "authorize", variant: "capture", ...WHOLE, words: naming() } as const;
  const asked = (changes: Changes) => ask({ ...changes, payment: { ...held, ...changes.payment } }, capture);

  it("is captured whole where no amount was named", () => {
    expect(asked({}).result).toEqual({ kind: "allow", amountMinor: 10_000 });
  });

  it("is captured whole only where it is as large as the event says, in its currency", () => {
    const stated = (amountMinor: number, currency = "usd") => ({ context: { stated: { amountMinor, currency } } });
    expect(asked(stated(10_000)).kind).toBe("allow");
    for (const other of [stated(9_999), stated(10_001), stated(10_000, "gbp")])
      expect(asked(other)).toMatchObject({ kind: "escalate", rule: "capturable" });
    expect(asked({ ...stated(10_000), payment: { capturableMinor: 15_000 } })).toMatchObject({
      result: { reason: expect.stringMatching(/100\.00.*150\.00/) },
    });
    expect(asked({ ...stated(9_999), proposal: { variant: "release" } }).kind).toBe("allow");
    expect(asked({ ...stated(9_999), proposal: amountOf(4_250) }).kind).toBe("allow");
  });

  it.each([null, "at_once"] as const)("is neither captured nor released where the variant is %s", (variant) => {
    expect(asked({ proposal: { variant } })).toMatchObject({ kind: "escalate", rule: "variant" });
    expect(asked({ proposal: { variant }, context: { firstGrant: false } })).toMatchObject({ rule: "variant" });
  });

  it("is not captured beyond what is held", () => {
    expect(asked({ proposal: amountOf(10_000) }).kind).toBe("allow");
    expect(asked({ proposal: amountOf(10_001) })).toMatchObject({ kind: "escalate", rule: "capturable" });
  });

  it("is not captured for an amount that nobody named: what is not captured is gone", () => {
    expect(asked({ proposal: { amountMinor: 1, currency: "usd" } })).toMatchObject({
      kind: "escalate",
      rule: "capturable",
    });
    expect(asked({ proposal: amountOf(7_000) }).kind).toBe("allow");
    expect(asked({ proposal: amountOf(0) })).toMatchObject({ kind: "escalate", rule: "capturable" });
  });

  it("is left alone when there is nothing to capture or release", () => {
    expect(asked({ payment: { status: "canceled" } }).kind).toBe("leave");
    expect(asked({ proposal: { variant: "release" }, payment: { status: "paid" } }).kind).toBe("leave");
  });

  it.each(["elevated", "highest"])("is not captured at %s risk, but may be released", (riskLevel) => {
    expect(asked({ payment: { riskLevel } })).toMatchObject({ kind: "escalate", rule: "risk" });
    expect(asked({ proposal: { variant: "release" }, payment: { riskLevel } }).kind).toBe("allow");
  });

  it("of a large amount is a second person's to capture, and anybody's to release, which moves nothing", () => {
    const capturableMinor = policy.guardrails.authorize.fourEyesAboveUsdCents + 1;
    expect(asked({ payment: { capturableMinor } })).toMatchObject({ kind: "escalate", rule: "four_eyes" });
    const amount = amountOf(capturableMinor);
    const release = { ...amount, variant: "release" } as const;
    expect(asked({ proposal: amount, payment: { capturableMinor } })).toMatchObject({ rule: "four_eyes" });
    expect(asked({ proposal: release, payment: { capturableMinor } }).kind).toBe("allow");
  });
});

describe("a retry", () => {
  const open: InvoiceState = invoiceOf();
  const soft = declineOf("insufficient_funds", null);
  const asked = (changes: Changes) =>
    ask(
      {
        ...changes,
        payment: { status: "unpaid", invoice: "in_1", invoiceState: open, decline: soft, ...changes.payment },
      },
      { kind: "retryPayment", ...WHOLE, words: naming() },
    );

  it("is allowed while it is owed", () => {
    expect(asked({}).kind).toBe("allow");
  });

  it.each([
    ["paid", { invoiceState: { ...open, status: "paid" } }],
    ["paid without an invoice", { status: "paid", invoice: null, invoiceState: null }],
    ["void", { invoiceState: { ...open, status: "void" } }],
    ["uncollectible", { invoiceState: { ...open, status: "uncollectible" } }],
    ["cancelled", { status: "canceled" }],
  ] as [string, Partial<PaymentSnapshot>][])("is left when it is %s", (_what, payment) => {
    expect(asked({ payment })).toMatchObject({ kind: "leave", rule: "still_owed" });
  });

  it("is left to the provider while that plans a try of its own", () => {
    expect(asked({ payment: { invoiceState: { ...open, nextAttemptAt: NOW + 1 } } })).toMatchObject({
      kind: "leave",
      rule: "provider_retries",
    });
    expect(asked({ payment: { invoiceState: { ...open, nextAttemptAt: null } } }).kind).toBe("allow");
  });

  it("is left to the provider's own try for a while after its time, and then a person's, to the millisecond", () => {
    const planned = (agoMs: number) =>
      asked({ payment: { invoiceState: { ...open, nextAttemptAt: NOW - agoMs } } }).result;
    const { providerTryMs } = policy.guardrails.retry;
    for (const agoMs of [0, providerTryMs])
      expect(planned(agoMs)).toMatchObject({ kind: "leave", rule: "provider_retries" });
    expect(planned(providerTryMs + 1)).toMatchObject({
      kind: "escalate",
      rule: "provider_retries",
      reason: expect.stringContaining("does not say what became of it"),
    });
  });

  it.each(["lost_card", "stolen_card", "pickup_card", "fraudulent", "expired_card"])(
    "is a person's after %s",
    (declineCode) => {
      expect(asked({ payment: { decline: declineOf(declineCode, null) } })).toMatchObject({
        kind: "escalate",
        rule: "network_rules",
      });
      expect(asked({ context: { decline: declineOf(declineCode, null) } })).toMatchObject({
        kind: "escalate",
        rule: "network_rules",
      });
    },
  );

  it("is a person's after a code that no list has, which is said so", () => {
    const { result, rule } = asked({ payment: { decline: declineOf("something_new", null) } });
    expect([result, rule]).toMatchObject([
      { kind: "escalate", reason: "something_new is not a code that may be tried again, as far as we know" },
      "network_rules",
    ]);
  });

  it("is a person's where neither the provider nor the event says why; one of them is enough", () => {
    const silent = { payment: { decline: null } };
    expect(asked(silent).result).toMatchObject({ kind: "escalate", reason: "nobody says why it was declined" });
    expect(asked({ ...silent, context: { decline: declineOf("card_declined", null) } }).kind).toBe("escalate");
    expect(asked({ ...silent, context: { decline: soft } }).kind).toBe("allow");
    // The event's word is not kept with the action: it was judged with the first grant.
    expect(
      asked({ ...silent, proposal: { amountMinor: 4_250, currency: "usd" }, context: { firstGrant: false } }).kind,
    ).toBe("allow");
  });

  it("is left to the provider that plans a try of its own, also where nobody says why it failed", () => {
    const planned = { invoiceState: { ...open, nextAttemptAt: NOW + 1 } };
    for (const decline of [null, declineOf("something_new", null)]) {
      expect(asked({ payment: { ...planned, decline } })).toMatchObject({ kind: "leave", rule: "provider_retries" });
    }
    expect(asked({ payment: { ...planned, decline: declineOf("stolen_card", null) } }).kind).toBe("escalate");
  });

  it("is a person's against the advice not to try again, whatever the code", () => {
    const payment = { decline: declineOf("insufficient_funds", "do_not_try_again") };
    expect(asked({ payment })).toMatchObject({ kind: "escalate", rule: "network_rules" });
  });

  it("is a person's when the agent is not sure", () => {
    expect(asked({ proposal: { confidence: "low" } })).toMatchObject({ kind: "escalate", rule: "confidence" });
    expect(asked({ proposal: { confidence: "medium" } }).kind).toBe("allow");
  });

  it("is a person's when the charge is disputed", () => {
    expect(asked({ payment: { disputed: true } })).toMatchObject({ kind: "escalate", rule: "dispute" });
  });
});
