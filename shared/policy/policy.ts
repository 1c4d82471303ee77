import type { KindWithVariants, VariantOf } from "../contracts/actions.ts";
import { CURRENCIES } from "../core/currencies.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../core/time.ts";

/**
 * The policy document: every number and list that a guardrail, the gate or the retry schedule reads. A change of it is a
 * new version; grants of an older version are not executed, they are decided again.
 */
export const POLICY = {
  version: "2026-11-27.1",
  /** How long a grant is valid. Long enough for a busy queue; after a longer wait it is renewed. */
  grantLifeMs: HOUR_MS,
  refund: {
    /**
     * Our own limit, against fraud. Issuers seldom accept much older card refunds; Stripe names no limit. For as long,
     * another refund of the same amount on the same payment is a possible duplicate.
     */
    windowMs: 180 * DAY_MS,
    /** Up to this amount, converted roughly to US cents, medium confidence is enough. */
    mediumConfidenceMaxUsdCents: 10_000,
    /** Above this amount of one payment, with what was refunded of it before, converted roughly to US cents, a person must approve. */
    fourEyesAboveUsdCents: 50_000,
    /**
     * What goes back with the whole of a charge that moved money to a connected account or took a fee. How much goes back
     * with a part, policy does not say: a person decides. https://docs.stripe.com/connect/destination-charges#issue-refunds
     */
    connect: { reverseTransfer: true, refundApplicationFee: true },
  },
  authorize: { mediumConfidenceMaxUsdCents: 50_000, fourEyesAboveUsdCents: 500_000 },
  /**
   * The most money at risk in a sliding hour, converted roughly to US cents. Only the gate enforces it. A payment's is as
   * large as a customer's: of a guest, the payment is all that is known. Within a customer's it stops nothing more.
   */
  envelopes: { all: 5_000_000, kind: 4_000_000, account: 2_000_000, customer: 100_000, payment: 100_000 },
  retry: {
    firstDelayMs: 6 * HOUR_MS,
    capMs: 72 * HOUR_MS,
    maxSteps: 5,
    /**
     * A returned bank debit may be sent again twice. Nacha: at most two reinitiations, for R01 and R09 alone, within 180 days
     * (https://docs.galileo-ft.com/pro/reference/api-reference-restricted-company-entry-descriptions-values). SEPA names no
     * number; two is what others take, since each return costs a fee (https://docs.adyen.com/online-payments/auto-rescue/sepa).
     */
    bankDebitMaxSteps: 2,
    /** Visa allows 20 reattempts in 30 days (since 2025-05-25), Mastercard 35: we stay well below either. */
    declinedMax: 10,
    declinedWindowMs: 30 * DAY_MS,
    /** As for captures: both take what the customer owes, and what was taken can be given back. */
    mediumConfidenceMaxUsdCents: 50_000,
    fourEyesAboveUsdCents: 500_000,
    /** A try that the provider planned may still be on its way for so long after its time. Later, nobody knows what became of it. */
    providerTryMs: HOUR_MS,
    /**
     * A payment without an invoice is tried for so long after its last try. All steps take a week at most; twice that leaves
     * room for a late decision, and what a customer has waited for longer they have bought elsewhere.
     */
    oneOffMaxAgeMs: 14 * DAY_MS,
  },
  /**
   * The variant of each kind that has some, where nobody says which; null: a case. A capture cannot be taken back, nor can a
   * release. For pause: what happens to invoices meanwhile.
   */
  variants: { authorize: null, pause: "keep_as_draft", cancel: "at_period_end" },
  subscription: {
    /** A price → its lower price, by the provider's price ids. A price that is not listed cannot be downgraded. */
    lowerPriceByPrice: { price_standin_pro_monthly: "price_standin_basic_monthly" } as Readonly<Record<string, string>>,
    proration: "none",
    /** Two different changes of one subscription within this time contradict each other. */
    contradictionWindowMs: MINUTE_MS,
    /** A call that may have been lost is sent again for so long. Stripe forgets its key after 24 hours: /api/idempotent_requests. */
    sentAgainMs: 23 * HOUR_MS,
  },
  /**
   * A row without news for so long is told of in a case for information, while it goes on: after four tries at least, since
   * they are an hour apart at most. No grant depends on it, so a change needs no new version.
   */
  patience: { ms: 4 * HOUR_MS },
  /** How long the same request is the same event. */
  requests: { idempotencyMs: DAY_MS },
} as const satisfies { variants: { [Kind in KindWithVariants]: VariantOf<Kind> | null } } & Record<string, unknown>;

/**
 * The rough worth in US cents, for thresholds only, never for amounts. Null for a currency without a worth: what cannot be
 * measured against a threshold is not below it.
 */
export function roughUsdCents(amountMinor: number, currency: string): number | null {
  const facts = CURRENCIES.get(currency);
  return facts === undefined ? null : (amountMinor / 10 ** facts.decimals) * facts.usdCents;
}

export const withoutWorth = (currency: string, so: string): string =>
  `${currency.toUpperCase()} has no worth in policy: ${so}`;
