import * as v from "valibot";
import { OVERRIDABLE } from "./case-decision.ts";
import { CASE_KINDS, type CaseKind } from "./case-kinds.ts";
import { FACT_KINDS } from "./facts.ts";
import { FAILURE_REASONS } from "./failure.ts";
import { ROLES } from "./people.ts";
import { contradictionsIn } from "./policy-checks.ts";
import { choice, from, minutes, ms, notEndless, usdCents, wholeBetween } from "./policy-fields.ts";
import { guardrails } from "./policy-guardrails.ts";
import { RULE_NAMES } from "./rules.ts";

export { CASE_KINDS, type CaseKind } from "./case-kinds.ts";

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
    v.nullable(wholeBetween(0, 100)),
    v.description("how often it is tried again; null: it is not counted, as of limits and outages"),
  ),
  otherwise: choice(["dead", "case"], "what comes after that"),
});
/** What becomes of failures and of waits. Shards keep their own copy: no decision and no send depends on it. */
const handling = v.strictObject({
  patienceMs: minutes(
    "a row without news for so long is told of in a case for information, while it goes on: after four tries at least, since they are an hour apart at most",
  ),
  dispositions: v.strictObject(
    Object.fromEntries(FAILURE_REASONS.map((reason) => [reason, disposition])) as Record<
      (typeof FAILURE_REASONS)[number],
      typeof disposition
    >,
  ),
});

/** How policy names what no rule and no failure made a case. */
export const NO_RULE = "none";
const reasonCodes = v.pipe(
  v.record(v.pipe(v.string(), v.regex(/^[a-z][a-z_]{1,39}$/)), v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  v.minEntries(1, "name a reason, or no case can be decided so"),
  v.description("each code, and what it means"),
);
const ofCaseKind = v.strictObject({
  priority: v.pipe(wholeBetween(1, 99), v.description("1 comes first")),
  dueMs: v.pipe(
    v.nullable(ms("a wait")),
    v.description("the time for its decision, from its opening, in milliseconds; null: none but its own deadline"),
  ),
  whenDue: choice(["alarm", "close"], "what happens when that passes; nothing is ever approved by it"),
});
const denial = ms("for how long a denial stands for its target: another action of the kind is a case that names it");
const cases = v.strictObject({
  kinds: v.strictObject(
    Object.fromEntries(CASE_KINDS.map((kind) => [kind, ofCaseKind])) as Record<CaseKind, typeof ofCaseKind>,
  ),
  noise: v.pipe(
    v.array(
      v.strictObject({
        kind: v.picklist(CASE_KINDS),
        rule: v.picklist([...RULE_NAMES, ...FAILURE_REASONS, ...FACT_KINDS, NO_RULE]),
        as: v.picklist(["group", "record"]),
      }),
    ),
    v.description(
      "what nobody has to judge one by one, by the rule that made it a case, else the reason of its failure, else the fact that only people decide, else none: shown as a group, or only recorded. Any other is put before people",
    ),
  ),
  disputeAlarmMs: ms("how long before a dispute's deadline an alarm is raised"),
  snoozeMaxMs: ms("the longest snooze"),
  denialMs: v.strictObject({
    refund: denial,
    authorize: denial,
    retryPayment: denial,
    pause: denial,
    resume: denial,
    downgrade: denial,
    cancel: denial,
  }),
  denyReasons: reasonCodes,
  closeReasons: reasonCodes,
});

const approvals = v.strictObject({
  lifeMs: minutes("for how long an approval is good, a half-given one too"),
  fourEyesAboveUsdCents: usdCents("above this amount a second person must approve as well"),
  mayOverride: from(OVERRIDABLE, "the verdicts that an approval may override"),
});

const publishing = v.strictObject({
  mayDraft: v.pipe(from(ROLES, "who may draft"), v.minLength(1, "name a role, or nobody can ever draft again")),
  mayPublish: v.pipe(from(ROLES, "who may publish"), v.minLength(1, "name a role, or nobody can ever publish again")),
  fourEyes: v.pipe(
    v.boolean("true or false"),
    v.description(
      "who drafted it may not publish it. The deployment's own document (the first publication) has no author: whoever may publish may go back to it, also where somebody drafted it again",
    ),
  ),
  maxFactor: v.pipe(
    v.number("a number"),
    notEndless,
    v.minValue(1, "1 or more; 1 allows no change"),
    v.description("by how much a number of guardrails, envelopes or approvals may change at once"),
  ),
  most: v.pipe(
    v.record(v.string(), v.pipe(v.number("a number"), notEndless)),
    v.description("by the path of a number, as guardrails.retry.declinedMax: what it may never be above"),
  ),
});

/**
 * The policy document: every number and list that a guardrail, the gate, a schedule or a case's handling reads. Its version
 * is the hash of its content; each section has a hash of its own, and what was decided under a section is stale only when
 * that section changes. Every field is required and no other is allowed: what is not said is not policy. docs/policy.md and
 * docs/policy.schema.json are written from the descriptions.
 */
export const policyDocument = v.pipe(
  v.strictObject({ guardrails, envelopes, handling, cases, approvals, publishing }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { value: input } = dataset;
    for (const { path, message } of contradictionsIn(input)) {
      const [first, ...others] = path.map(
        (key) => ({ type: "object", origin: "value", input, key, value: input }) as const,
      );
      if (first !== undefined) addIssue({ message, path: [first, ...others] });
    }
  }),
);
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
