import type { Branded, Mode } from "../core/ids.ts";
import type { ExecutableKind } from "./actions.ts";
import type { Failure } from "./failure.ts";

/** What the provider port exchanges, in our terms: references, snapshots and effects. The same for every provider. */
export type Reference =
  | { kind: "payment"; id: string }
  | { kind: "charge"; id: string }
  | { kind: "invoice"; id: string }
  /** The number that is printed on an invoice (INV-1042). It is found by search, which may lag a minute behind. */
  | { kind: "invoiceNumber"; number: string };

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

/** The input of each kind of action at a provider. Amounts in minor units. */
type Inputs = {
  authorize: { variant: "capture"; payment: string; amountMinor: number } | { variant: "release"; payment: string };
  refund: { payment: string; amountMinor: number; currency: string };
  /** An invoice is paid; a payment without an invoice is confirmed again. */
  retryPayment: { invoice: string } | { payment: string };
};
export type InputOf<Kind extends ExecutableKind> = Inputs[Kind];

/** What guardrails and executors get for each kind of target. A retry gets the payment of its invoice. */
export type Snapshots = { payment: PaymentSnapshot; invoice: PaymentSnapshot };

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
