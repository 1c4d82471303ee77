import type { Failure } from "../contracts/failure.ts";
import type { CallOptions, Effect, PaymentSnapshot, Reference, RefundView } from "../contracts/provider.ts";
import type { Mode } from "../core/ids.ts";
import type { Result } from "../core/result.ts";

/**
 * The provider port: what the pipeline needs of a payment provider, in our words. Each adapter passes the same
 * contract suite. Every call takes a signal whose deadline lies before the lease ends; none is retried inside.
 */

/** Read-only: the classifier holds nothing more (a restricted key). */
export interface ProviderReader {
  readonly name: string;
  readonly mode: Mode;
  /** `ok: true, value: null`: there is no such thing. */
  find(reference: Reference, signal: AbortSignal): Promise<Result<PaymentSnapshot | null, Failure>>;
  /** Whether an invoice belongs to this payment: asked, not inferred from order. */
  invoiceOfPayment(payment: string, signal: AbortSignal): Promise<Result<string | null, Failure>>;
}

export interface Provider extends ProviderReader {
  /** All refunds of one payment, newest first, pages followed. */
  refundsOf(payment: string, signal: AbortSignal): Promise<Result<RefundView[], Failure>>;
  refund(input: { payment: string; amountMinor: number; currency: string }, call: CallOptions): Promise<Effect>;
  capture(input: { payment: string; amountMinor: number }, call: CallOptions): Promise<Effect>;
  release(input: { payment: string }, call: CallOptions): Promise<Effect>;
  payInvoice(input: { invoice: string }, call: CallOptions): Promise<Effect>;
  confirmPayment(input: { payment: string }, call: CallOptions): Promise<Effect>;
}
