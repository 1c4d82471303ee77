import type { Branded, Mode } from "../core/ids.ts";
import type { ExecutableKind, VariantOf } from "./actions.ts";
import type { Failure } from "./failure.ts";

/** What the provider port exchanges, in our terms: references, snapshots and effects. The same for every provider. */
export type Reference =
  | { kind: "payment"; id: string }
  | { kind: "charge"; id: string }
  | { kind: "invoice"; id: string }
  /** The number that is printed on an invoice (INV-1042). It is found by search, which may lag a minute behind. */
  | { kind: "invoiceNumber"; number: string }
  | { kind: "subscription"; id: string };

/** The provider's current state of one payment. Amounts are in minor units of `currency`, times in epoch milliseconds. */
export type PaymentSnapshot = {
  /** Null for an invoice without a payment attempt, or one that was paid outside the provider. */
  payment: string | null;
  charge: string | null;
  customer: string | null;
  /** Set when the payment was found by its invoice; otherwise ask `invoiceOfPayment`. */
  invoice: string | null;
  invoiceState: InvoiceState | null;
  mode: Mode;
  currency: string;
  status: PaymentStatus;
  amountMinor: number;
  capturedMinor: number;
  capturableMinor: number;
  /** The sum of all refunds that succeeded or are pending, without failed and cancelled ones. */
  refundedMinor: number;
  disputed: boolean;
  /** The provider's fraud score of the charge: normal, elevated or highest; null where there is none. */
  riskLevel: string | null;
  createdAt: number;
  /** When the captured charge was made; the refund window counts from here. */
  capturedAt: number | null;
  /** Why the last try was declined; null where it was not. */
  decline: Decline | null;
  /** When the last try that was declined was made; null where the last was not declined, or the provider does not say. */
  declinedAt: number | null;
};

/**
 * paid          the money was collected
 * held          the money is authorised and waits to be captured or released
 * unpaid        nothing was collected: a try was declined, or none was made
 * needs_action  the customer must do something first
 * processing    the provider is collecting it
 * canceled      the money will not be collected, or was released
 * other         a state that the adapter does not know
 */
export type PaymentStatus = "paid" | "held" | "unpaid" | "needs_action" | "processing" | "canceled" | "other";

/** Whether the same card may be tried again: `soft` yes, `needs_customer` after the customer acted, `never` no. */
export type DeclineClass = "soft" | "needs_customer" | "never";
/** `code` and `advice` are the provider's words, for people. Code branches on `class`, which the adapter sets. */
export type Decline = { code: string | null; advice: string | null; class: DeclineClass };

export type InvoiceState = {
  status: "draft" | "open" | "paid" | "uncollectible" | "void";
  amountRemainingMinor: number;
  attemptCount: number;
  /** Epoch milliseconds; set when the provider will try again by itself. */
  nextAttemptAt: number | null;
};

/**
 * active, trialing, past_due   it runs; past_due: its newest invoice could not be collected
 * unpaid        it runs, and nothing is collected any more
 * paused        it does not run; not the same as a paused collection
 * incomplete    its first invoice was never paid
 * ended         cancelled or expired, for good
 * other         a state that the adapter does not know
 */
export type SubscriptionStatus =
  | "active"
  | "trialing"
  | "past_due"
  | "unpaid"
  | "paused"
  | "incomplete"
  | "ended"
  | "other";

/** What the provider says of one subscription, now. */
export type SubscriptionSnapshot = {
  subscription: string;
  customer: string | null;
  mode: Mode;
  status: SubscriptionStatus;
  currency: string;
  /** All of them, pages followed or counted as more than one. */
  items: SubscriptionItem[];
  /** Set while collecting is paused: what becomes of invoices meanwhile, and whether it ends at a date by itself. */
  pause: { behavior: string; endsByItself: boolean } | null;
  /** It is to end by itself: with its period, or at another date. */
  ends: "at_period_end" | "at_date" | null;
  /** A schedule changes it: direct changes are refused, or undone by the schedule. */
  isScheduled: boolean;
  /** A change of it waits for a payment. */
  hasPendingUpdate: boolean;
  /** It pays less than its price, and at another price perhaps does not. */
  hasDiscount: boolean;
  /** The lower price that policy names for its present one, as it is at the provider; null where none was looked for or found. */
  lowerPrice: PriceView | null;
};

export type SubscriptionItem = { id: string; price: PriceView; quantity: number | null };

/** `amountMinor` is for one unit and one period; null where a price has no one amount (tiers, usage). */
export type PriceView = {
  id: string;
  amountMinor: number | null;
  currency: string;
  /** "1 month"; null for a price that does not recur. */
  interval: string | null;
  /** Whether taxes are in the amount or come on top of it, in the provider's word; null where it does not say. */
  taxes: string | null;
  isActive: boolean;
};

export type RefundView = {
  id: string;
  amountMinor: number;
  currency: string;
  status: "succeeded" | "pending" | "failed" | "canceled" | "requires_action";
  actionId: string | null;
  /** The provider's reason for a failed refund (lost_or_stolen_card); null where it gives none. */
  failureReason: string | null;
  createdAt: number;
};

/** How a call that moves money ended. `stored`: the provider replays this answer under the same key. */
export type Effect =
  | { kind: "done"; providerObject: string; amountMinor: number | null; pending: boolean; note: string }
  /** A bank declined. */
  | { kind: "declined"; decline: Decline; note: string }
  /** The provider refused: this request can never succeed. */
  | { kind: "refused"; code: string; note: string; stored: boolean }
  /** Certainly without effect, and may succeed later: 429, 409 in flight, connection refused. */
  | { kind: "not_now"; failure: Failure }
  /** No clear answer. `storedError`: the provider answered with a server error, which it replays under the key. */
  | { kind: "unclear"; note: string; storedError: boolean };

export type CallOptions = { key: string; actionId: string; signal: AbortSignal };

/** What a change of price does to the running period: https://docs.stripe.com/billing/subscriptions/prorations */
export type Proration = "none" | "create_prorations" | "always_invoice";

/** The input of each kind of action at a provider. Amounts in minor units. */
type Inputs = {
  authorize: { variant: "capture"; payment: string; amountMinor: number } | { variant: "release"; payment: string };
  refund: { payment: string; amountMinor: number; currency: string };
  /** An invoice is paid; a payment without an invoice is confirmed again. */
  retryPayment: { invoice: string } | { payment: string };
  pause: { subscription: string; behavior: VariantOf<"pause"> };
  resume: { subscription: string };
  cancel: { subscription: string; when: VariantOf<"cancel"> };
  /** `quantity`: of the item now, which the change keeps; null where the price has none (usage). */
  downgrade: { subscription: string; item: string; price: string; quantity: number | null; proration: Proration };
};
export type InputOf<Kind extends ExecutableKind> = Inputs[Kind];

/** What guardrails and executors get for each kind of target. A retry gets the payment of its invoice. */
export type Snapshots = { payment: PaymentSnapshot; invoice: PaymentSnapshot; subscription: SubscriptionSnapshot };
export type Snapshot = Snapshots[keyof Snapshots];

export const isSubscription = (snapshot: Snapshot): snapshot is SubscriptionSnapshot => "items" in snapshot;

/** The snapshot that a look-up of this reference answers. */
export type SnapshotOf<R extends Reference> = R extends { kind: "subscription" }
  ? SubscriptionSnapshot
  : PaymentSnapshot;

/** The name of a registration in providers/: `stripe`. */
export type ProviderName = Branded<"provider name">;

/** The kinds of things that a text or an agent can name. `invoiceNumber` is the number printed on an invoice. */
export type ReferenceKind = "payment" | "charge" | "invoice" | "invoiceNumber" | "subscription" | "customer";

/**
 * The formats of a provider's ids: an id of `kind` begins with `start`, and the regular expression `rest` matches what
 * follows. A text is searched in this order.
 */
export type IdGrammar = readonly { kind: ReferenceKind; start: string; rest: string }[];

/** Null where the text is not an id of this provider. */
export const kindOfId = (grammar: IdGrammar, id: string): ReferenceKind | null =>
  grammar.find(({ start }) => start !== "" && id.startsWith(start))?.kind ?? null;
