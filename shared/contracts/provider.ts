import type { Branded, Mode } from "../core/ids.ts";
import type { ExecutableKind, VariantOf } from "./actions.ts";
import type { Failure } from "./failure.ts";

/**
 * Where a read or a call goes: the connected account, or null for the platform's own; and its deadline.
 * https://docs.stripe.com/connect/authentication
 */
export type At = { account: string | null; signal: AbortSignal };

/** What the provider port exchanges, in our terms: references, snapshots and effects. The same for every provider. */
export type Reference =
  | { kind: "payment"; id: string }
  | { kind: "charge"; id: string }
  | { kind: "invoice"; id: string }
  /** The number that is printed on an invoice (INV-1042). It is found by search, which may lag a minute behind. */
  | { kind: "invoiceNumber"; number: string }
  | { kind: "subscription"; id: string };
export type PaymentReference = Exclude<Reference, { kind: "subscription" }>;

/**
 * The provider's current state of one payment. Amounts are in minor units of `currency`, times in epoch milliseconds.
 * What is null because it was not read is never permission: a rule that needs it escalates.
 */
export type PaymentSnapshot = {
  /** The account in which it was found; null: the platform's own. */
  account: string | null;
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
  /** All refunds, newest first. Null: not read. */
  refunds: RefundView[] | null;
  /** The invoices that it paid. Null: not read, or not to be read. */
  invoiceParts: InvoicePart[] | null;
  /** The connected account that gets its money: a destination charge. Null: none. */
  destination: string | null;
  /** What it moved between accounts. Null: not read. */
  connect: ConnectView | null;
  /** It was disputed once; the provider never takes that back. */
  disputed: boolean;
  /** All disputes of the charge. Null: not read. */
  disputes: DisputeView[] | null;
  /** How it is paid; null where no method is known. */
  method: MethodKind | null;
  /** The payment method of the last try, by its id; null where nothing was tried, or the provider does not say with what. */
  triedMethod: string | null;
  /** The action of ours that the payment's metadata names; metadata can be copied. Null where it names none. */
  actionId: string | null;
  /** The subscription of its invoice. Null: it has none, or it was not read. */
  subscription: SubscriptionSnapshot | null;
  /** What the customer of a payment without an invoice agreed to. Null: not read. */
  agreement: Agreement | null;
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
 * What one payment paid for one invoice. `creditedMinor`: given back for it otherwise than by a refund of the payment; null
 * where something was, and nobody can tell of which of the invoice's payments. `overpaidMinor`: paid beyond the invoice, and
 * on the customer's balance since.
 */
export type InvoicePart = {
  invoice: string;
  subscription: string | null;
  paidMinor: number;
  creditedMinor: number | null;
  overpaidMinor: number;
};

/**
 * Connect: https://docs.stripe.com/connect/destination-charges. `destination`: the account to which the charge's money was
 * transferred. `isGrouped`: other transfers of its
 * group stand, which may have been made from it.
 */
export type ConnectView = {
  destination: string | null;
  transferredMinor: number;
  reversedMinor: number;
  feeMinor: number;
  feeRefundedMinor: number;
  isGrouped: boolean;
};

/**
 * inquiry         the bank asks; the money is still here
 * inquiry_closed  the bank asked, and it is over
 * open            the money is with the bank
 * won, lost       it is over
 * prevented       it was blocked, or resolved, before it began; resolved, the customer has got the money
 * other           a status that the adapter does not know
 */
export type DisputeStatus = "inquiry" | "inquiry_closed" | "open" | "won" | "lost" | "prevented" | "other";
export type DisputeView = { id: string; status: DisputeStatus; isRefundable: boolean };

/**
 * `isOffSession`: the customer agreed to be charged later. `method`: the one that was tried; `isAttached`: it still belongs
 * to the payment's customer. `paidOtherwise`: another payment of the same customer and sum that came in since it was made.
 */
export type Agreement = {
  isOffSession: boolean;
  method: string | null;
  isAttached: boolean;
  paidOtherwise: string | null;
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

/**
 * Whether the same payment method may be tried again: `soft` yes; `needs_customer` not before the customer, or a person, did
 * something; `never` no.
 */
export type DeclineClass = "soft" | "needs_customer" | "never";
/**
 * `code` and `advice` are the provider's words, for people. Code branches on `class`, which the adapter sets, and only names
 * `isKnown`: false where the class is a guess on the strict side, because nothing is said or no list of ours has the word.
 */
export type Decline = { code: string | null; advice: string | null; class: DeclineClass; isKnown: boolean };
/** What kind of payment method was tried. */
export type MethodKind = "card" | "bank_debit" | "other";

export type InvoiceState = {
  status: "draft" | "open" | "paid" | "uncollectible" | "void";
  amountRemainingMinor: number;
  /** By all of its payments together. */
  amountPaidMinor: number;
  subscription: string | null;
  collection: Collection;
  /** The payment method that the provider would charge for it, by its id. Null: there is none, or it was not read. */
  method: string | null;
  /** The provider moves it on by itself (drafts, reminders, tries). */
  isAutomatic: boolean;
  /** The provider has tried to collect it. */
  isAttempted: boolean;
  payments: InvoicePaymentView[];
  attemptCount: number;
  /** Epoch milliseconds; set when the provider will try again by itself. */
  nextAttemptAt: number | null;
};

/** Who pays an invoice: the provider charges the customer, or the customer sends the money. */
export type Collection = "charged" | "sent_by_customer" | "other";

/** One payment of an invoice. `isDefault`: the one that the provider tries. `paidAt` in epoch milliseconds. */
export type InvoicePaymentView = {
  /** Its payment intent, else its charge; null for money from elsewhere. */
  payment: string | null;
  status: "open" | "paid" | "canceled" | "other";
  isDefault: boolean;
  paidMinor: number;
  paidAt: number | null;
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
  /** The account in which it was found; null: the platform's own. */
  account: string | null;
  mode: Mode;
  status: SubscriptionStatus;
  collection: Collection;
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
  /** It only released what was authorised and never captured: no money went back. */
  isRelease: boolean;
  /** The provider's reason for a failed refund (lost_or_stolen_card); null where it gives none. */
  failureReason: string | null;
  createdAt: number;
};

/**
 * What the cases about facts without an action are about, as the provider has it now, by its id. `dueAt`: until when a
 * dispute can be answered, 0 where it cannot; null where the provider does not say. `word`: the provider's own status.
 */
export type Matters = {
  dispute: {
    status: DisputeStatus;
    word: string;
    reason: string | null;
    amountMinor: number;
    currency: string;
    dueAt: number | null;
    /** It waits for our answer. */
    isAwaited: boolean;
    /** Of its payment, newest first. */
    refunds: RefundView[];
  };
  refund: { status: RefundView["status"]; word: string; failureReason: string | null };
  account: { isCharging: boolean; isPaidOut: boolean; why: string | null };
  /** The payment of an authorisation that is over. `cancellation`: why it was canceled, in the provider's word. */
  hold: { status: PaymentStatus; cancellation: string | null };
  mandate: { word: string; method: string | null; customer: string | null };
};
export type MatterKind = keyof Matters;

/** How a call that moves money ended. `stored`: the provider replays this answer under the same key. */
export type Effect =
  | { kind: "done"; providerObject: string; amountMinor: number | null; pending: boolean; note: string }
  /** The call was refused because what it asks for is so already. `actionId`: the action that the object names, or null. */
  | {
      kind: "found";
      providerObject: string;
      amountMinor: number | null;
      pending: boolean;
      note: string;
      actionId: string | null;
    }
  /** A bank declined. */
  | { kind: "declined"; decline: Decline; note: string }
  /** The provider refused: this request can never succeed. */
  | { kind: "refused"; code: string; note: string; stored: boolean }
  /** Certainly without effect, and may succeed later: 429, 409 in flight, connection refused. */
  | { kind: "not_now"; failure: Failure }
  /** No clear answer. `storedError`: the provider answered with a server error, which it replays under the key. */
  | { kind: "unclear"; note: string; storedError: boolean };

export type CallOptions = At & { key: string; actionId: string };

/** What a change of price does to the running period: https://docs.stripe.com/billing/subscriptions/prorations */
export type Proration = "none" | "create_prorations" | "always_invoice";

/** The input of each kind of action at a provider. Amounts in minor units. */
type Inputs = {
  authorize: { variant: "capture"; payment: string; amountMinor: number } | { variant: "release"; payment: string };
  /** `reverseTransfer`, `refundFee`: what was moved to a connected account, and the fee for it, go back as well. */
  refund: { payment: string; amountMinor: number; currency: string; reverseTransfer: boolean; refundFee: boolean };
  /**
   * An invoice is paid, or a payment without an invoice is confirmed again, with the method that was tried. `paidMinor`: what
   * was paid of the invoice before the call.
   */
  retryPayment: { invoice: string; paidMinor: number; method: string } | { payment: string; method: string };
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
