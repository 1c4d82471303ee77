import * as v from "valibot";
import { DAY_MS } from "../core/time.ts";
import { PROPOSED_ACTIONS, type Variant, type Workflow } from "./actions.ts";
import { amountMinor, CUSTOMER_MISSING, currency, requester, variant, variantFits } from "./event.ts";

/** How long the same request under one key is the same event. A promise of the API, so no policy changes it. */
export const IDEMPOTENCY_MS = DAY_MS;

const reference = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(255),
  v.regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces"),
  v.description("an id as a text without spaces"),
);

/**
 * `POST /v1/requests`: a person's request in plain language. `requester`: staff unless it says customer, who must own what it
 * is about. To say staff is to say nothing, as every request did before: it is the same request. With `case` it asks for
 * nothing: it answers what was asked about that case.
 */
export const plainRequest = v.pipe(
  v.strictObject({
    message: v.pipe(
      v.string(),
      v.trim(),
      v.minLength(1, "say what you want"),
      v.maxLength(20_000),
      v.description("what you want, in words"),
    ),
    payment: v.optional(reference),
    invoice: v.optional(reference),
    subscription: v.optional(reference),
    customer: v.optional(reference),
    requester: v.optional(requester),
    case: v.optional(
      v.pipe(
        v.string(),
        v.trim(),
        v.regex(/^case_[0-9a-f]{32}$/, "is not the id of a case: case_ and 32 signs from 0 to 9 and a to f"),
        v.description("the id of the case whose question this answers"),
      ),
    ),
  }),
  v.forward(
    v.check(({ requester, customer }) => requester !== "customer" || customer !== undefined, CUSTOMER_MISSING),
    ["customer"],
  ),
  v.transform(({ requester, ...request }) => (requester === "customer" ? { ...request, requester } : request)),
);
export type PlainRequest = v.InferOutput<typeof plainRequest>;

/** `POST /api/payments`: a decision that an outside agent made. Here it is a proposal, checked as any other: docs/decisions/0007. */
export const outsideDecision = v.strictObject({
  source: v.pipe(v.string(), v.minLength(1), v.maxLength(100), v.description("the name of the agent that decided")),
  decision: v.pipe(
    v.strictObject({
      action: v.picklist(PROPOSED_ACTIONS),
      /** Which of the action: capture or release. An authorize without one is a case. */
      variant: v.optional(v.nullable(variant)),
      reason: v.pipe(v.string(), v.maxLength(5_000), v.description("a text that says why")),
      amount_cents: v.optional(v.nullable(amountMinor)),
      currency: v.optional(v.nullable(currency)),
      next_agent: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(100)))),
      payment: v.optional(reference),
      invoice: v.optional(reference),
      subscription: v.optional(reference),
      customer: v.optional(reference),
    }),
    variantFits(),
  ),
});
export type OutsideDecision = v.InferOutput<typeof outsideDecision>;

/** The answer of both once the decision is made. */
export type DecisionAnswer = {
  status: "ok";
  received: true;
  workflow: Workflow | null;
  decision: {
    action: string;
    /** Only where the action has one. */
    variant?: Variant;
    reason: string;
    amount_cents: number | null;
    currency: string | null;
  };
};

/**
 * Every 202 of the endpoints that accept events. `rejected.lines` names at most 1,000. `ids`: what this request stored, also
 * beside what stood there (`…:signed`) and about it (`conflict:…`); absent where it is more than 100.
 */
export type Receipt = {
  accepted: number;
  duplicates: number;
  conflicts: number;
  rejected: { count: number; lines: { line: number; error: string; retryable?: true }[] };
  ids?: string[];
};

/** Names what was stored where the body of an answer is fixed, each id percent-encoded. */
export const EVENT_ID = "countersign-event-id";

/** RFC 9457. `detail` says what to do. Where a body was cut, it includes the counts of what was accepted. */
export type Problem = { type: string; title: string; status: number; detail: string } & Partial<CutReceipt>;
/** `continueFrom`: the line from which the rest is to be sent. All lines before it are answered. */
export type CutReceipt = Receipt & { continueFrom?: number };
