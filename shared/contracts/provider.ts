import type { Branded, Mode } from "../core/ids.ts";
import type { ExecutableKind, VariantOf } from "./actions.ts";
import type { Failure } from "./failure.ts";

/** What is known of things at a provider, and what calls to it came to: in our words, whichever provider it is. */
export type Reference =
  | { kind: "payment"; id: string }
  | { kind: "charge"; id: string }
  | { kind: "invoice"; id: string }
  /** The number that people write on invoices (INV-1042), found by search: it may lag a minute. */
  | { kind: "invoiceNumber"; number: string }
  | { kind: "subscription"; id: string };

/** What the provider says of one payment, now. Amounts in minor units of `currency`. */
export type PaymentSnapshot = {
  /** Null for an invoice that nothing has tried to pay yet, or that was paid outside the provider. */
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
  /** All refunds that stand or are on their way; failed and cancelled ones are not in it. */
  refundedMinor: number;
  disputed: boolean;
  /** The provider's fraud score of the charge: normal, elevated, highest; null when it has none. */
  riskLevel: string | null;
  createdAt: number;
  /** When the captured charge was made; the refund window counts from here. */
  capturedAt: number | null;
  /** Why the last try was declined; null where none was. */
  decline: Decline | null;
};

/**
 * paid          the money is there
 * held          reserved, and waits to be captured or released
 * unpaid        nothing came in: a try was declined, or none was made
 * needs_action  the customer must do something first
 * processing    the provider is collecting it
 * canceled      it will not be collected, or was released
 * other         a state that the adapter does not know
 */
export type PaymentStatus = "paid" | "held" | "unpaid" | "needs_action" | "processing" | "canceled" | "other";

/** What a decline means for another try of the same card. */
export type DeclineClass = "soft" | "needs_customer" | "never";
/** `code` and `advice` are the provider's words, for people; code branches on `class`, which the adapter tells. */
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
  /** Set while collecting is paused: what becomes of invoices meanwhile. */
  pause: { behavior: string } | null;
  /** It is to end by itself: with its period, or at another date. */
  ends: "at_period_end" | "at_date" | null;
  /** A schedule changes it: direct changes are refused, or undone by the schedule. */
  isScheduled: boolean;
  /** A change of it waits for a payment. */
  hasPendingUpdate: boolean;
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
  isActive: boolean;
};

export type RefundView = {
  id: string;
  amountMinor: number;
  currency: string;
  status: "succeeded" | "pending" | "failed" | "canceled" | "requires_action";
  actionId: string | null;
  /** Why the bank failed it, in the provider's word (lost_or_stolen_card); null where it did not, or did not say. */
  failureReason: string | null;
  createdAt: number;
};

/** How a call that should move money ended. `stored`: the provider replays this answer under the same key. */
export type Effect =
  | { kind: "done"; providerObject: string; amountMinor: number | null; pending: boolean; note: string }
  /** A bank said no. */
  | { kind: "declined"; decline: Decline; note: string }
  /** The provider said no for good: the request can never succeed as it is. */
  | { kind: "refused"; code: string; note: string; stored: boolean }
  /** Certainly no effect, and worth trying again later: 429, 409 in flight, connection refused. */
  | { kind: "not_now"; failure: Failure }
  /** No clear answer. `storedErrorAt` is set where the provider answered with a server error. */
  | { kind: "unclear"; note: string; storedError: boolean };

export type CallOptions = { key: string; actionId: string; signal: AbortSignal };

/** What a change of price does about the running period: https://docs.stripe.com/billing/subscriptions/prorations */
export type Proration = "none" | "create_prorations" | "always_invoice";

/** What each kind of action asks of a provider. */
type Inputs = {
  authorize: { variant: "capture"; payment: string; amountMinor: number } | { variant: "release"; payment: string };
  refund: { payment: string; amountMinor: number; currency: string };
  /** An invoice is paid; a payment without one is confirmed again. */
  retryPayment: { invoice: string } | { payment: string };
  pause: { subscription: string; behavior: VariantOf<"pause"> };
  resume: { subscription: string };
  cancel: { subscription: string; when: VariantOf<"cancel"> };
  downgrade: { subscription: string; item: string; price: string; proration: Proration };
};
export type InputOf<Kind extends ExecutableKind> = Inputs[Kind];

/** What guardrails and executors are shown of each kind of target. A retry sees the payment of its invoice. */
export type Snapshots = { payment: PaymentSnapshot; invoice: PaymentSnapshot; subscription: SubscriptionSnapshot };
export type Snapshot = Snapshots[keyof Snapshots];

export const isSubscription = (snapshot: Snapshot): snapshot is SubscriptionSnapshot => "items" in snapshot;

/** What a reference leads to. */
export type SnapshotOf<R extends Reference> = R extends { kind: "subscription" }
  ? SubscriptionSnapshot
  : PaymentSnapshot;

/** The name of a registration in providers/: `stripe`. */
export type ProviderName = Branded<"provider name">;

/** What can be pointed at, in our words. `invoiceNumber` is what people write on an invoice. */
export type ReferenceKind = "payment" | "charge" | "invoice" | "invoiceNumber" | "subscription" | "customer";

/**
 * How a provider writes its ids, as data: an id of `kind` begins with `start` and goes on with characters that the regular
 * expression `rest` takes. In the order in which ids are looked for in a text.
 */
export type IdGrammar = readonly { kind: ReferenceKind; start: string; rest: string }[];

/** Null for what is no id of this provider. */
export const kindOfId = (grammar: IdGrammar, id: string): ReferenceKind | null =>
  grammar.find(({ start }) => start !== "" && id.startsWith(start))?.kind ?? null;
