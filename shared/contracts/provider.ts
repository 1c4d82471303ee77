import type { Mode } from "../core/ids.ts";
import type { Failure } from "./failure.ts";

/** What is known of things at a provider, and what calls to it came to: in our words, whichever provider it is. */
export type Reference =
  | { kind: "payment"; id: string }
  | { kind: "charge"; id: string }
  | { kind: "invoice"; id: string }
  /** The number that people write on invoices (INV-1042), found by search: it may lag a minute. */
  | { kind: "invoiceNumber"; number: string };

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
  status:
    | "succeeded"
    | "requires_capture"
    | "requires_payment_method"
    | "requires_action"
    | "processing"
    | "canceled"
    | "other";
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
  declineCode: string | null;
  adviceCode: string | null;
};

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
  /** Why the bank failed it, in the provider's word (lost_or_stolen_card); null where it did not, or did not say. */
  failureReason: string | null;
  createdAt: number;
};

/** How a call that should move money ended. `stored`: the provider replays this answer under the same key. */
export type Effect =
  | { kind: "done"; providerObject: string; amountMinor: number | null; pending: boolean; note: string }
  /** A bank said no. */
  | { kind: "declined"; declineCode: string | null; adviceCode: string | null; note: string }
  /** The provider said no for good: the request can never succeed as it is. */
  | { kind: "refused"; code: string; note: string; stored: boolean }
  /** Certainly no effect, and worth trying again later: 429, 409 in flight, connection refused. */
  | { kind: "not_now"; failure: Failure }
  /** No clear answer. `storedErrorAt` is set where the provider answered with a server error. */
  | { kind: "unclear"; note: string; storedError: boolean };

export type CallOptions = { key: string; actionId: string; signal: AbortSignal };
