import * as v from "valibot";
import { isKnownCurrency } from "../core/currencies.ts";
import { ACTIONS, type KindWithVariants } from "./actions.ts";
import { OVERRIDABLE } from "./case-decision.ts";
import { FACT_KINDS } from "./facts.ts";
import { FAILURE_REASONS } from "./failure.ts";
import { ROLES } from "./people.ts";
import { RULE_NAMES } from "./rules.ts";

/**
 * The policy document: every number and list that a guardrail, the gate, a schedule or a case's handling reads. Its version
 * is the hash of its content; each section has a hash of its own, and what was decided under a section is stale only when
 * that section changes. Every field is required and no other is allowed: what is not said is not policy. The descriptions
 * are for people, and say where a rule comes from that is not ours: docs/policy.md is written from them.
 */
const whole = (says: string) =>
  v.pipe(
    v.number("a whole number"),
    v.safeInteger("a whole number, without a fraction"),
    v.minValue(0, "must not be negative"),
    v.description(says),
  );
const ms = (says: string) => whole(`${says}; in milliseconds`);
const usdCents = (says: string) => whole(`${says}; in US cents, converted roughly`);
const from = <const Options extends readonly string[]>(options: Options, says: string) =>
  v.pipe(v.array(v.picklist(options)), v.description(says));

const MAY_FOLLOW =
  "which actions may follow from it, whatever an agent proposes; any other proposal becomes a case. Money is refunded only on a request, and collected only where it is owed or held";
const decides = <const Who extends readonly string[]>(who: Who, says: string) =>
  v.pipe(v.picklist(who), v.description(says));
const byAgent = <const Follows extends readonly string[]>(follows: Follows) =>
  v.strictObject({
    decides: decides(
      ["agent", "person"],
      "agent: Claude proposes; person: it becomes a case, and nothing follows by itself",
    ),
    mayFollow: from(follows, MAY_FOLLOW),
  });

/** What a grant depends on: a change of it makes each grant stale, and it is renewed when it is due. */
const guardrails = v.strictObject({
  grantLifeMs: ms("how long a grant is good: long enough for a busy queue; after a longer wait it is renewed"),
  facts: v.strictObject({
    failed_renewal: byAgent(["retry", "pause", "downgrade"]),
    failed_payment: byAgent(["retry"]),
    held_authorization: byAgent(["authorize"]),
    request: byAgent(["refund", "pause", "downgrade", "resume", "cancel"]),
    outside_decision: v.strictObject({
      decides: decides(
        ["outside", "person"],
        "outside: what the outside agent decided is checked; person: it becomes a case",
      ),
      mayFollow: from(["authorize", "refund", "retry", "pause", "downgrade", "resume", "cancel"], MAY_FOLLOW),
    }),
  }),
  refund: v.strictObject({
    windowMs: ms(
      "how old a payment may be: our own limit, against fraud; issuers seldom accept much older card refunds, and Stripe names no limit. For as long, another refund of the same amount on the same payment is a possible duplicate",
    ),
    mediumConfidenceMaxUsdCents: usdCents("up to this amount medium confidence is enough"),
    fourEyesAboveUsdCents: usdCents(
      "above this amount of one payment, with what was refunded of it before, a person must approve",
    ),
    connect: v.pipe(
      v.strictObject({ reverseTransfer: v.boolean(), refundApplicationFee: v.boolean() }),
      v.description(
        "what goes back with the whole of a charge that moved money to a connected account or took a fee. How much goes back with a part, policy does not say: a person decides. https://docs.stripe.com/connect/destination-charges#issue-refunds",
      ),
    ),
  }),
  authorize: v.strictObject({
    mediumConfidenceMaxUsdCents: usdCents("up to this amount medium confidence is enough"),
    fourEyesAboveUsdCents: usdCents("above this amount a person must approve"),
    riskyLevels: v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1))),
      v.description(
        "the risk levels of the provider at which a person decides about a capture: https://docs.stripe.com/radar/risk-evaluation#risk-outcomes",
      ),
    ),
  }),
  retry: v.strictObject({
    firstDelayMs: ms("the wait before our first try"),
    capMs: ms("the longest wait between two tries"),
    maxSteps: whole("how often we try a card"),
    bankDebitMaxSteps: whole(
      "how often we try any other method. A returned bank debit may be sent again twice. Nacha: at most two reinitiations, for R01 and R09 alone, within 180 days (https://docs.galileo-ft.com/pro/reference/api-reference-restricted-company-entry-descriptions-values). SEPA names no number; two is what others take, since each return costs a fee (https://docs.adyen.com/online-payments/auto-rescue/sepa)",
    ),
    declinedMax: whole(
      "how many declined tries of one payment within the window. Visa allows 20 reattempts in 30 days (since 2025-05-25), Mastercard 35: we stay well below either",
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
    authorize: v.pipe(
      v.nullable(v.picklist(ACTIONS.authorize.variants)),
      v.description("where nobody says which; null: a case. A capture cannot be taken back, nor can a release"),
    ),
    pause: v.pipe(
      v.picklist(ACTIONS.pause.variants),
      v.description("where nobody says which: what happens to invoices meanwhile"),
    ),
    cancel: v.pipe(
      v.picklist(ACTIONS.cancel.variants),
      v.description("where nobody says which: what was paid for is had"),
    ),
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
        "what a downgrade does to the running period: nothing. https://docs.stripe.com/billing/subscriptions/prorations",
      ),
    ),
    contradictionWindowMs: ms("two different changes of one subscription within this time contradict each other"),
    sentAgainMs: ms(
      "for how long a call that may have been lost is sent again. Stripe forgets its key after 24 hours: https://docs.stripe.com/api/idempotent_requests",
    ),
  }),
  worthUsdCents: v.pipe(
    v.record(
      v.pipe(v.string(), v.check(isKnownCurrency, "no currency that is known here: three small letters, such as eur")),
      v.pipe(v.number("a number"), v.minValue(0.000001, "more than zero")),
    ),
    v.description(
      "what one major unit is roughly worth in US cents, for thresholds only, never for amounts: by hand, for 2026-11, not from a feed; a pegged currency by its peg (AED, BAM, FKP, GIP, HKD, KYD, SAR, XAF, XCD, XCG, XOF, XPF), one with several rates by the official one. A currency that is not in it is below no threshold",
    ),
  ),
});

/** The most money at risk in a sliding hour. The gate alone enforces it, and reads it at once: no grant depends on it. */
const envelopes = v.strictObject({
  all: usdCents("the most at risk in a sliding hour, of everything"),
  kind: usdCents("the same, of one kind of action"),
  account: usdCents("the same, of one account"),
  customer: usdCents("the same, of one customer"),
  payment: usdCents(
    "the same, of one payment. It is as large as a customer's: of a guest, the payment is all that is known. Within a customer's it stops nothing more",
  ),
  approver: usdCents("the same, of what one approver lets pass over an envelope"),
  approvals: usdCents("the same, of all that approvals let pass over an envelope"),
});

const disposition = v.strictObject({
  retries: v.pipe(
    v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(100))),
    v.description("how often it is tried again; null: it is not counted, as of limits and outages"),
  ),
  otherwise: v.pipe(v.picklist(["dead", "case"]), v.description("what comes after that")),
});
/** What becomes of failures and of waits. Shards keep their own copy: no decision and no send depends on it. */
const handling = v.strictObject({
  patienceMs: ms(
    "a row without news for so long is told of in a case for information, while it goes on: after four tries at least, since they are an hour apart at most",
  ),
  dispositions: v.strictObject(
    Object.fromEntries(FAILURE_REASONS.map((reason) => [reason, disposition])) as Record<
      (typeof FAILURE_REASONS)[number],
      typeof disposition
    >,
  ),
});

/** What a case is about, in a word, for the queue of people. */
export const CASE_KINDS = [
  "refund",
  "failed_payment",
  "authorization",
  "subscription",
  "dispute",
  "fraud_warning",
  "unknown_outcome",
  "defective",
  "denied_before",
  "other",
  "information",
] as const;
export type CaseKind = (typeof CASE_KINDS)[number];
/** How policy names what no rule and no failure made a case. */
export const NO_RULE = "none";
const reasonCodes = v.pipe(
  v.record(v.pipe(v.string(), v.regex(/^[a-z][a-z_]{1,39}$/)), v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  v.description("each code, and what it means"),
);
const ofCaseKind = v.strictObject({
  priority: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(99), v.description("1 comes first")),
  dueMs: v.nullable(ms("until when it is to be decided, from its opening; null: nothing but its own deadline")),
  whenDue: v.pipe(
    v.picklist(["alarm", "close"]),
    v.description("what happens when that passes; nothing is ever approved by it"),
  ),
});
const cases = v.strictObject({
  kinds: v.strictObject(
    Object.fromEntries(CASE_KINDS.map((kind) => [kind, ofCaseKind])) as Record<CaseKind, typeof ofCaseKind>,
  ),
  /**
   * What nobody has to judge one by one, by the rule that made it a case, else the reason of its failure, else the fact that
   * only people decide, else `none`. Any other is put before people.
   */
  noise: v.array(
    v.strictObject({
      kind: v.picklist(CASE_KINDS),
      rule: v.picklist([...RULE_NAMES, ...FAILURE_REASONS, ...FACT_KINDS, NO_RULE]),
      as: v.picklist(["group", "record"]),
    }),
  ),
  disputeAlarmMs: ms("how long before a dispute's deadline an alarm is raised"),
  snoozeMaxMs: ms("the longest snooze"),
  denialMs: v.strictObject({
    refund: ms("for how long a denied refund of a payment stands"),
    authorize: ms("as refund"),
    retryPayment: ms("as refund"),
    pause: ms("as refund"),
    resume: ms("as refund"),
    downgrade: ms("as refund"),
    cancel: ms("as refund"),
  }),
  denyReasons: reasonCodes,
  closeReasons: reasonCodes,
});

const approvals = v.strictObject({
  lifeMs: ms("for how long an approval is good, a half-given one too"),
  fourEyesAboveUsdCents: usdCents("above this amount a second person must approve as well"),
  mayOverride: from(OVERRIDABLE, "the verdicts that an approval may override"),
});

const publishing = v.strictObject({
  mayDraft: from(ROLES, "who may draft"),
  mayPublish: from(ROLES, "who may publish"),
  fourEyes: v.pipe(v.boolean(), v.description("who drafted it may not publish it")),
  maxFactor: v.pipe(
    v.number(),
    v.minValue(1),
    v.description("by how much a number of guardrails, envelopes or approvals may change at once"),
  ),
  most: v.pipe(v.record(v.string(), v.number()), v.description("by path: what a number may never be above")),
});

export const policyDocument = v.strictObject({ guardrails, envelopes, handling, cases, approvals, publishing });
export type PolicyDocument = v.InferOutput<typeof policyDocument>;
export type SectionName = keyof PolicyDocument;

/** A document that may be worked with: `version` is the hash of all of it, `sections` of each part. 32 hexadecimal digits. */
export type Policy = PolicyDocument & { version: string; sections: Readonly<Record<SectionName, string>> };

/** What the ledger needs to know a duplicate: it comes with each new action, from the policy under which that was decided. */
export type DuplicateNumbers = {
  refundWindowMs: number;
  declinedMax: number;
  declinedWindowMs: number;
  contradictionWindowMs: number;
  denialMs: PolicyDocument["cases"]["denialMs"];
};

/** One publication, as the gate has it. `n` counts from 1; the first is the deployment's default. */
export type Publication = {
  n: number;
  version: string;
  document: PolicyDocument;
  at: number;
  /** Null: the deployment's own. */
  by: { id: string; name: string } | null;
  draftedBy: { id: string; name: string } | null;
};
