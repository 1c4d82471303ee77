import * as v from "valibot";
import { isKnownCurrency } from "../core/currencies.ts";
import { ACTIONS, type KindWithVariants } from "./actions.ts";
import { choice, choiceOrNull, from, minutes, ms, notEndless, said, usdCents, whole } from "./policy-fields.ts";

const MAY_FOLLOW =
  "which actions may follow from it, whatever an agent proposes; any other proposal becomes a case. Money is refunded only on a request, and collected only where it is owed or held";
const byAgent = <const Follows extends readonly string[]>(follows: Follows) =>
  v.strictObject({
    decides: choice(
      ["agent", "person"],
      "agent: Claude proposes; person: it becomes a case, and nothing follows by itself",
    ),
    mayFollow: from(follows, MAY_FOLLOW),
  });

const goesBack = (what: string): string =>
  said(
    `with the whole of a charge goes back ${what}. How much of it goes back with a part, policy does not say: a person decides`,
    "https://docs.stripe.com/connect/destination-charges#issue-refunds",
  );

/** What a grant depends on: a change of it makes each grant stale, and it is renewed when it is due. */
export const guardrails = v.strictObject({
  grantLifeMs: minutes("how long a grant is good: long enough for a busy queue; after a longer wait it is renewed"),
  facts: v.strictObject({
    failed_renewal: byAgent(["retry", "pause", "downgrade"]),
    failed_payment: byAgent(["retry"]),
    held_authorization: byAgent(["authorize"]),
    request: byAgent(["refund", "pause", "downgrade", "resume", "cancel"]),
    outside_decision: v.strictObject({
      decides: choice(
        ["outside", "person"],
        "outside: what the outside agent decided is checked; person: it becomes a case",
      ),
      mayFollow: from(["authorize", "refund", "retry", "pause", "downgrade", "resume", "cancel"], MAY_FOLLOW),
    }),
  }),
  refund: v.strictObject({
    windowMs: ms(
      "how old a payment may be; and for how long another refund of the same amount on the same payment is a possible duplicate",
      "our own limit, against fraud; issuers seldom accept much older card refunds, and Stripe names no limit",
    ),
    mediumConfidenceMaxUsdCents: usdCents("up to this amount medium confidence is enough"),
    fourEyesAboveUsdCents: usdCents(
      "above this amount of one payment, with what was refunded of it before, a person must approve",
    ),
    connect: v.strictObject({
      reverseTransfer: v.pipe(
        v.boolean("true or false"),
        v.description(goesBack("what it moved to a connected account")),
      ),
      refundApplicationFee: v.pipe(v.boolean("true or false"), v.description(goesBack("the fee that it took"))),
    }),
  }),
  authorize: v.strictObject({
    mediumConfidenceMaxUsdCents: usdCents("up to this amount medium confidence is enough"),
    fourEyesAboveUsdCents: usdCents("above this amount a person must approve"),
    riskyLevels: v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1))),
      v.description(
        said(
          "the risk levels of the provider at which a person decides about a capture",
          "https://docs.stripe.com/radar/risk-evaluation#risk-outcomes",
        ),
      ),
    ),
  }),
  retry: v.strictObject({
    firstDelayMs: minutes("the wait before our first try"),
    capMs: ms("the longest wait between two tries"),
    maxSteps: whole("how often we try a card"),
    bankDebitMaxSteps: whole(
      "how often we try any other method. A returned bank debit may be sent again twice",
      "Nacha: at most two reinitiations, for R01 and R09 alone, within 180 days (https://docs.galileo-ft.com/pro/reference/api-reference-restricted-company-entry-descriptions-values). SEPA names no number; two is what others take, since each return costs a fee (https://docs.adyen.com/online-payments/auto-rescue/sepa)",
    ),
    declinedMax: whole(
      "how many declined tries of one payment within the window: we stay well below what card networks allow",
      "Visa allows 20 reattempts in 30 days (since 2025-05-25), Mastercard 35",
    ),
    declinedWindowMs: ms("the window of declinedMax"),
    mediumConfidenceMaxUsdCents: usdCents(
      "up to this amount medium confidence is enough. As for captures: both take what the customer owes, and what was taken can be given back",
    ),
    fourEyesAboveUsdCents: usdCents("above this amount a person must approve"),
    providerTryMs: ms(
      "for how long after its time a try that the provider planned may still be on its way. Later, nobody knows what became of it",
    ),
    oneOffMaxAgeMs: ms(
      "for how long after its last try a payment without an invoice is tried. All steps take a week at most; twice that leaves room for a late decision, and what a customer has waited for longer they have bought elsewhere",
    ),
  }),
  variants: v.strictObject({
    authorize: choiceOrNull(
      ACTIONS.authorize.variants,
      "where nobody says which; null: a case. A capture cannot be taken back, nor can a release",
    ),
    pause: choice(ACTIONS.pause.variants, "where nobody says which: what happens to invoices meanwhile"),
    cancel: choice(ACTIONS.cancel.variants, "where nobody says which: what was paid for is had"),
  } satisfies Record<KindWithVariants, v.GenericSchema>),
  subscription: v.strictObject({
    lowerPriceByPrice: v.pipe(
      v.record(v.string(), v.string()),
      v.description(
        "a price and its lower price, by the provider's price ids. A price that is not listed cannot be downgraded",
      ),
    ),
    proration: v.pipe(
      v.literal("none"),
      v.description(
        said(
          "what a downgrade does to the running period: nothing",
          "https://docs.stripe.com/billing/subscriptions/prorations",
        ),
      ),
    ),
    contradictionWindowMs: ms("two different changes of one subscription within this time contradict each other"),
    sentAgainMs: ms(
      "for how long a call that may have been lost is sent again",
      "Stripe forgets its key after 24 hours, https://docs.stripe.com/api/idempotent_requests",
    ),
  }),
  worthUsdCents: v.pipe(
    v.record(
      v.pipe(v.string(), v.check(isKnownCurrency, "no currency that is known here: three small letters, such as eur")),
      v.pipe(v.number("a number"), notEndless, v.minValue(0.000001, "more than zero")),
    ),
    v.description(
      said(
        "what one major unit is roughly worth in US cents, for thresholds only, never for amounts. A currency that is not in it is below no threshold",
        "by hand, for 2026-11, not from a feed; a pegged currency by its peg (AED, BAM, FKP, GIP, HKD, KYD, SAR, XAF, XCD, XCG, XOF, XPF), one with several rates by the official one",
      ),
    ),
  ),
});
