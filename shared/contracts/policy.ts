import * as v from "valibot";
import { ACTIONS, type KindWithVariants } from "./actions.ts";
import { OVERRIDABLE } from "./case-decision.ts";
import { FAILURE_REASONS } from "./failure.ts";
import { ROLES } from "./people.ts";

/**
 * The policy document: every number and list that a guardrail, the gate, a schedule or a case's handling reads. Its version
 * is the hash of its content; each section has a hash of its own, and what was decided under a section is stale only when
 * that section changes. Every field is required and no other is allowed: what is not said is not policy.
 */
const whole = (says: string) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.description(says));
const ms = (says: string) => whole(`${says}; in milliseconds`);
const usdCents = (says: string) => whole(`${says}; in US cents, converted roughly`);
const from = <const Options extends readonly string[]>(options: Options, says: string) =>
  v.pipe(v.array(v.picklist(options)), v.description(says));

const byAgent = <const Follows extends readonly string[]>(follows: Follows) =>
  v.strictObject({ decides: v.picklist(["agent", "person"]), mayFollow: from(follows, "what may follow from it") });

const variantOf = <Kind extends KindWithVariants>(kind: Kind) => v.nullable(v.picklist(ACTIONS[kind].variants));

/** What a grant depends on: a change of it makes each grant stale, and it is renewed when it is due. */
const guardrails = v.strictObject({
  grantLifeMs: ms("how long a grant is good; after a longer wait it is renewed"),
  facts: v.strictObject({
    failed_renewal: byAgent(["retry", "pause", "downgrade"]),
    failed_payment: byAgent(["retry"]),
    held_authorization: byAgent(["authorize"]),
    request: byAgent(["refund", "pause", "downgrade", "resume", "cancel"]),
    outside_decision: v.strictObject({
      decides: v.picklist(["outside", "person"]),
      mayFollow: from(["authorize", "refund", "retry", "pause", "downgrade", "resume", "cancel"], "what may follow"),
    }),
  }),
  refund: v.strictObject({
    windowMs: ms(
      "how old a payment may be, and for how long another refund of the same amount is a possible duplicate",
    ),
    mediumConfidenceMaxUsdCents: usdCents("up to this amount medium confidence is enough"),
    fourEyesAboveUsdCents: usdCents("above this sum of one payment's refunds a person must approve"),
    connect: v.strictObject({ reverseTransfer: v.boolean(), refundApplicationFee: v.boolean() }),
  }),
  authorize: v.strictObject({
    mediumConfidenceMaxUsdCents: usdCents("up to this amount medium confidence is enough"),
    fourEyesAboveUsdCents: usdCents("above this amount a person must approve"),
    riskyLevels: v.array(v.pipe(v.string(), v.minLength(1))),
  }),
  retry: v.strictObject({
    firstDelayMs: ms("the wait before our first try"),
    capMs: ms("the longest wait between two tries"),
    maxSteps: whole("how often we try a card"),
    bankDebitMaxSteps: whole("how often we try any other method"),
    declinedMax: whole("how many declined tries of one payment within the window"),
    declinedWindowMs: ms("the window of declinedMax"),
    mediumConfidenceMaxUsdCents: usdCents("up to this amount medium confidence is enough"),
    fourEyesAboveUsdCents: usdCents("above this amount a person must approve"),
    providerTryMs: ms("for how long after its time a try of the provider may be on its way"),
    oneOffMaxAgeMs: ms("for how long a payment without an invoice is tried after its last try"),
  }),
  variants: v.strictObject({
    authorize: variantOf("authorize"),
    pause: v.picklist(ACTIONS.pause.variants),
    cancel: v.picklist(ACTIONS.cancel.variants),
  }),
  subscription: v.strictObject({
    lowerPriceByPrice: v.record(v.string(), v.string()),
    proration: v.literal("none"),
    contradictionWindowMs: ms("two different changes of one subscription within this time contradict each other"),
    sentAgainMs: ms("for how long a call that may have been lost is sent again"),
  }),
  /** One major unit in US cents, for thresholds only. A currency that is not in it is below no threshold. */
  worthUsdCents: v.record(v.pipe(v.string(), v.regex(/^[a-z]{3}$/)), v.pipe(v.number(), v.minValue(0.000001))),
});

/** The most money at risk in a sliding hour. The gate alone enforces it, and reads it at once: no grant depends on it. */
const envelopes = v.strictObject({
  all: usdCents("of everything"),
  kind: usdCents("of one kind of action"),
  account: usdCents("of one account"),
  customer: usdCents("of one customer"),
  payment: usdCents("of one payment"),
  approver: usdCents("of what one approver lets pass over an envelope"),
  approvals: usdCents("of all that approvals let pass over an envelope"),
});

const disposition = v.strictObject({
  retries: v.pipe(
    v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(100))),
    v.description("null: not counted"),
  ),
  otherwise: v.picklist(["dead", "case"]),
});
/** What becomes of failures and of waits. Shards keep their own copy: no decision and no send depends on it. */
const handling = v.strictObject({
  patienceMs: ms("for how long a row may be without news before a person is told"),
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
  /** By the rule that made it a case: what nobody has to judge one by one. Any other is put before people. */
  noise: v.array(
    v.strictObject({ kind: v.picklist(CASE_KINDS), rule: v.string(), as: v.picklist(["group", "record"]) }),
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
