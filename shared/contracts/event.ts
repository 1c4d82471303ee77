import * as v from "valibot";
import { isAmountMinor, toCurrency } from "../core/money.ts";
import { isTime, looksLikeSeconds } from "../core/time.ts";
import type { Act } from "./act.ts";
import { PROPOSED_ACTIONS, type ProposedAction, VARIANTS, type Variant, variantsOfProposed } from "./actions.ts";
import type { Tells } from "./facts.ts";
import { notA } from "./issues.ts";
import { listOf } from "./list.ts";

/**
 * Our normalised event: one shape for what a provider, a file or a caller sends.
 * Inside the pipeline `id` is the stored id, `source:id`. The ledger also keeps the raw bytes.
 */
const identifier = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(255),
  v.regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces"),
  v.description("an id as a text without spaces"),
);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.description("a whole number, not negative"));
const code = v.pipe(v.string(), v.maxLength(100), v.description("a short text, as the provider writes it"));

const MILLISECONDS = "whole milliseconds since 1970";
const time = v.pipe(
  v.custom<number>(isTime, ({ input }) =>
    typeof input === "number" ? `${MILLISECONDS}, and a date` : `a number of milliseconds${notA(input)}`,
  ),
  v.metadata({ type: "integer" }),
  v.description("a number of milliseconds since 1970"),
);

export const INSTANT = `ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or ${MILLISECONDS}`;
/** Epoch milliseconds inside; callers may also write ISO 8601 with a zone. */
const instant = v.pipe(
  v.union(
    [
      time,
      v.pipe(
        v.string(),
        v.isoTimestamp(),
        v.transform((text) => Date.parse(text)),
      ),
    ],
    ({ input }) => instantProblem(input),
  ),
  v.description(INSTANT),
);

/** What is wrong with a time that was sent, without repeating it. */
export function instantProblem(input: unknown): string {
  if (typeof input !== "string") return typeof input === "number" ? INSTANT : `${INSTANT}${notA(input)}`;
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(input)) return "a number of milliseconds, not a text";
  const hasNoZone = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$/.test(input.trim());
  return hasNoZone ? 'the time zone is missing; write it like "2026-11-02T09:00:00Z"' : INSTANT;
}

/** A time that was meant in seconds is of 1970 otherwise, and what depends on its age would go wrong. For senders alone: what was stored is read as it is. */
export const secondsProblem = ({ occurredAt }: { occurredAt: number }): string | null =>
  looksLikeSeconds(occurredAt) ? "occurredAt: milliseconds; this looks like seconds: times 1,000" : null;

const IN_MINOR_UNITS = "an integer in minor units, like 4250 for 42.50 USD";
export const amountMinor = v.pipe(
  v.custom<number>(isAmountMinor, ({ input }) => `${IN_MINOR_UNITS}${whyNoAmount(input)}`),
  v.metadata({ type: "integer", minimum: 0 }),
  v.description(IN_MINOR_UNITS),
);

function whyNoAmount(input: unknown): string {
  if (typeof input !== "number") return notA(input);
  if (input < 0) return ", not negative";
  return Number.isInteger(input) ? ", and not beyond 9,007,199,254,740,991" : ", not a fraction";
}

export const currency = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const known = toCurrency(dataset.value);
    if (known !== null) return known;
    const isInForm = /^\s*[A-Za-z]{3}\s*$/.test(dataset.value);
    addIssue({ message: isInForm ? "is not a currency we know; three letters like USD" : "three letters like USD" });
    return NEVER;
  }),
  v.description("three letters like USD"),
);

export const variant = v.picklist(VARIANTS);

/** A variant that the action does not have is the sender's mistake. One that is missing is not: policy says what follows. */
export const variantFits = <Proposed extends { action: ProposedAction; variant?: Variant | null | undefined }>() =>
  v.rawCheck<Proposed>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const input = dataset.value;
    const { action, variant = null } = input;
    const known = variantsOfProposed(action);
    if (variant === null || known.includes(variant)) return;
    const has = known.length === 0 ? "has no variant" : `is one of ${known.join(", ")}`;
    const path = { type: "object", origin: "value", input, key: "variant", value: variant } as const;
    addIssue({ message: `${action} ${has}, not ${variant}`, path: [path] });
  });

export const mode = v.picklist(["live", "test"]);
export const lane = v.picklist(["live", "batch"]);
/** `staff`: the holder of the sender's key vouches for the request. `customer`: it must be about what is theirs. */
export const requester = v.picklist(["staff", "customer"]);
export type Requester = v.InferOutput<typeof requester>;

/** An event as a sender may write it. */
export const senderEvent = v.strictObject({
  id: v.pipe(identifier, v.description('a text without spaces like "evt-1042", yours alone')),
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(200), v.description('a text like "invoice.payment_failed"')),
  occurredAt: instant,
  mode,
  account: v.optional(identifier),
  payment: v.optional(identifier),
  charge: v.optional(identifier),
  invoice: v.optional(identifier),
  customer: v.optional(identifier),
  subscription: v.optional(identifier),
  dispute: v.optional(identifier),
  refund: v.optional(identifier),
  /** The provider's status of that refund: pending, requires_action, succeeded, failed, canceled. */
  refundStatus: v.optional(code),
  amountMinor: v.optional(amountMinor),
  currency: v.optional(currency),
  declineCode: v.optional(code),
  /** The provider's advice on a decline: Stripe's `advice_code` (do_not_try_again, try_again_later, confirm_card_data). */
  adviceCode: v.optional(code),
  riskLevel: v.optional(code),
  /** What the event is about, where no other field names it: a payout, an account, a mandate, a checkout session, a capture. */
  object: v.optional(identifier),
  /** The provider's status of that dispute, as the event states it: needs_response, won, lost … */
  disputeStatus: v.optional(code),
  /** Why the customer or the bank disputes it, in the provider's word. */
  disputeReason: v.optional(code),
  /** Until when the dispute can be answered. 0: it cannot be answered. */
  evidenceDueBy: v.optional(time),
  /** What the event says beyond its type, in one word: not_actionable, unpaid, charges_disabled, inactive, a failure code. */
  circumstance: v.optional(code),
  /** The provider's own count of tries, from 1. */
  attempt: v.optional(count),
  /** When the provider itself will try again. */
  nextAttemptAt: v.optional(time),
  /**
   * The action of ours that the event names: our own call caused the event, or its refund carries the action's id. Anyone
   * can copy that id, so it is a reason to read the provider and proves nothing.
   */
  actionId: v.optional(v.pipe(v.string(), v.regex(/^act_[0-9a-f]{32}$/, "must be act_ and 32 hexadecimal digits"))),
  text: v.optional(v.pipe(v.string(), v.maxLength(20_000), v.description("what somebody wrote"))),
  /** Who asks, of a `countersign.request` only; staff where it is absent. */
  requester: v.optional(requester),
  /** Set when the event is a decision of an outside agent (`/api/payments`). */
  proposed: v.optional(
    v.pipe(
      v.strictObject({
        action: v.picklist(PROPOSED_ACTIONS),
        variant: v.optional(variant),
        reason: v.pipe(v.string(), v.maxLength(5_000), v.description("a text that says why")),
      }),
      variantFits(),
    ),
  ),
  /** The provider's fields that could not be read. Nothing is guessed: such an event can only become a case. */
  defects: v.optional(listOf(v.string(), 20)),
  lane: v.optional(lane, "live"),
});

/**
 * What is derived by us and never taken from a sender. Events that were stored before it existed have none.
 * `contentHash`: of what people wrote, by a key of ingest, because two texts may look the same once they are masked.
 * `covered`: what the mask hid at the door and is not certainly an identifier, or what the sender wrote as a mask does.
 * `act`: of the record of a person's act. `edits`: what a person sent this event in place of.
 */
type Derived = { tells?: Tells; contentHash?: string; covered?: readonly string[]; act?: Act; edits?: Edits };
/** `event`: the one that was sent first, also where its edit was edited again: it is the same fact. `letter`: the dead letter. */
export type Edits = { event: string; letter: string };
export type PaymentEvent = v.InferOutput<typeof senderEvent> & Derived;
export type Lane = PaymentEvent["lane"];
export const LANES: readonly Lane[] = lane.options;

const REQUEST = "countersign.request";
/** A signed and a keyed event have one id and contradict each other: docs/decisions/0032. No sender may use the type. */
export const CONFLICT = "countersign.conflict";

/** What somebody answers to a question about a case, which `object` names. No sender may use the type: /v1/requests makes it. */
export const ANSWER = "countersign.answer";

/** Who asks; null for an event that is no request. Requests that were stored before it was asked have none: staff's. */
export const requesterOf = ({ type, requester }: Pick<PaymentEvent, "type" | "requester">): Requester | null =>
  type === REQUEST ? (requester ?? "staff") : null;

/** What is wrong with an event's requester, for its sender; null where nothing is. */
export function requesterProblem({
  type,
  requester,
  customer,
}: Pick<PaymentEvent, "type" | "requester" | "customer">): string | null {
  if (requester === undefined) return null;
  if (type !== REQUEST) return `requester: only a ${REQUEST} has one; leave it out here`;
  return requester === "customer" && customer === undefined ? `customer: ${CUSTOMER_MISSING}` : null;
}
export const CUSTOMER_MISSING = "name the customer who asks, because requester is customer";
