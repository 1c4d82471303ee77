import * as v from "valibot";
import { isAmountMinor, toCurrency } from "../core/money.ts";
import { PROPOSED_ACTIONS } from "./actions.ts";
import type { Tells } from "./facts.ts";

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

/** Epoch milliseconds inside; callers may also write ISO 8601 with a zone. */
const instant = v.union(
  [
    v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
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

export const mode = v.picklist(["live", "test"]);
export const lane = v.picklist(["live", "batch"]);

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
  /** The provider's own count of tries, from 1. */
  attempt: v.optional(count),
  /** When the provider itself will try again. */
  nextAttemptAt: v.optional(count),
  /**
   * The action of ours that the event names: our own call caused the event, or its refund carries the action's id. Anyone
   * can copy that id, so it is a reason to read the provider and proves nothing.
   */
  actionId: v.optional(v.pipe(v.string(), v.regex(/^act_[0-9a-f]{32}$/))),
  text: v.optional(v.pipe(v.string(), v.maxLength(20_000))),
  /** Set when the event is a decision of an outside agent (`/api/payments`). */
  proposed: v.optional(
    v.strictObject({
      action: v.picklist(PROPOSED_ACTIONS),
      reason: v.pipe(v.string(), v.maxLength(5_000)),
    }),
  ),
  /** The provider's fields that could not be read. Nothing is guessed: such an event can only become a case. */
  defects: v.optional(v.pipe(v.array(v.string()), v.maxLength(20))),
  lane: v.optional(lane, "live"),
});

/** `tells` is derived by us and never taken from a sender. Events that were stored before it existed have none. */
export type PaymentEvent = v.InferOutput<typeof senderEvent> & { tells?: Tells };
export type Lane = PaymentEvent["lane"];

/** All issues in one line for the sender: "amountMinor: must be a whole number …; currency: …". */
export function explainIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${v.getDotPath(issue) ?? "body"}: ${issue.message}`).join("; ");
}
