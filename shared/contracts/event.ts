import * as v from "valibot";
import { isAmountMinor, toCurrency } from "../core/money.ts";
import { isTime } from "../core/time.ts";
import { PROPOSED_ACTIONS, type ProposedAction, VARIANTS, type Variant, variantsOfProposed } from "./actions.ts";
import type { Tells } from "./facts.ts";
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
);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const time = v.custom<number>(isTime, "must be whole milliseconds since 1970, and a date");

/** Epoch milliseconds inside; callers may also write ISO 8601 with a zone. */
const instant = v.union(
  [
    time,
    v.pipe(
      v.string(),
      v.isoTimestamp(),
      v.transform((text) => Date.parse(text)),
    ),
  ],
  "must be ISO 8601 with a time zone, or whole milliseconds since 1970",
);

export const amountMinor = v.custom<number>(
  isAmountMinor,
  "must be a whole number of minor units, not negative and within the safe integer range",
);

export const currency = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const known = toCurrency(dataset.value);
    if (known !== null) return known;
    addIssue({ message: "is not a currency we know" });
    return NEVER;
  }),
);

export const variant = v.picklist(VARIANTS, `must be one of ${VARIANTS.join(", ")}`);

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
  id: identifier,
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
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
  refundStatus: v.optional(v.pipe(v.string(), v.maxLength(100))),
  amountMinor: v.optional(amountMinor),
  currency: v.optional(currency),
  declineCode: v.optional(v.pipe(v.string(), v.maxLength(100))),
  /** The provider's advice on a decline: Stripe's `advice_code` (do_not_try_again, try_again_later, confirm_card_data). */
  adviceCode: v.optional(v.pipe(v.string(), v.maxLength(100))),
  riskLevel: v.optional(v.pipe(v.string(), v.maxLength(100))),
  /** What the event is about, where no other field names it: a payout, an account, a mandate, a checkout session, a capture. */
  object: v.optional(identifier),
  /** The provider's status of that dispute, as the event states it: needs_response, won, lost … */
  disputeStatus: v.optional(v.pipe(v.string(), v.maxLength(100))),
  /** Why the customer or the bank disputes it, in the provider's word. */
  disputeReason: v.optional(v.pipe(v.string(), v.maxLength(100))),
  /** Until when the dispute can be answered. 0: it cannot be answered. */
  evidenceDueBy: v.optional(time),
  /** What the event says beyond its type, in one word: not_actionable, unpaid, charges_disabled, inactive, a failure code. */
  circumstance: v.optional(v.pipe(v.string(), v.maxLength(100))),
  /** The provider's own count of tries, from 1. */
  attempt: v.optional(count),
  /** When the provider itself will try again. */
  nextAttemptAt: v.optional(time),
  /**
   * The action of ours that the event names: our own call caused the event, or its refund carries the action's id. Anyone
   * can copy that id, so it is a reason to read the provider and proves nothing.
   */
  actionId: v.optional(v.pipe(v.string(), v.regex(/^act_[0-9a-f]{32}$/))),
  text: v.optional(v.pipe(v.string(), v.maxLength(20_000))),
  /** Who asks, of a `countersign.request` only; staff where it is absent. */
  requester: v.optional(requester),
  /** Set when the event is a decision of an outside agent (`/api/payments`). */
  proposed: v.optional(
    v.pipe(
      v.strictObject({
        action: v.picklist(PROPOSED_ACTIONS),
        variant: v.optional(variant),
        reason: v.pipe(v.string(), v.maxLength(5_000)),
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
 */
type Derived = { tells?: Tells; contentHash?: string; covered?: readonly string[] };
export type PaymentEvent = v.InferOutput<typeof senderEvent> & Derived;
export type Lane = PaymentEvent["lane"];
export const LANES: readonly Lane[] = lane.options;

const REQUEST = "countersign.request";
/** A signed and a keyed event have one id and contradict each other: docs/decisions/0032. No sender may use the type. */
export const CONFLICT = "countersign.conflict";

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
  if (type !== REQUEST) return `requester: only a ${REQUEST} has one; leave it out of a ${type}`;
  return requester === "customer" && customer === undefined ? `customer: ${CUSTOMER_MISSING}` : null;
}
export const CUSTOMER_MISSING = "name the customer who asks, because requester is customer";

/**
 * All issues in one line for the sender: "amountMinor: must be a whole number …; currency: …". What was sent is not repeated:
 * it may be private, and so may the name of a field that we do not know.
 */
export function explainIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${pathOf(issue)}: ${issue.message.replace(/ but received ".*$/su, "")}`).join("; ");
}

function pathOf(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "body";
  return /^[A-Za-z_.\d]{1,80}$/.test(path) && !/\d{3}/.test(path) ? path : "a field whose name we do not know";
}
