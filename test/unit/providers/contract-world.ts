import type { CallOptions, Effect, PaymentSnapshot, RefundView } from "../../../shared/contracts/provider.ts";
import type { PaymentReference } from "../../../shared/contracts/reference.ts";
import type { Provider, ProviderReader } from "../../../shared/providers/port.ts";

/** How the provider is to misbehave at the next call that moves money, in words that fit any provider. */
export type Disturbance =
  | "busy"
  | "error before the effect"
  | "error after the effect"
  | "cut before the effect"
  | "cut after the effect"
  | "silence before the effect"
  | "silence after the effect";

export type Paid = { payment: string; charge: string; invoice: string | null; customer: string };

/** A provider (in truth its stand-in) that a test can arrange. Amounts are in minor units. */
export type ContractWorld = {
  provider: Provider;
  /** Holds a key that may only read. */
  reader: ProviderReader;
  /** The code that the executor's provider has, with a key that the provider does not know. */
  unauthorized: Provider;
  /** The same code, where nothing listens. */
  unreachable: Provider;
  captured(input: { amountMinor: number; currency?: string; invoiceNumber?: string }): Promise<Paid>;
  held(input: { amountMinor: number }): Promise<string>;
  /** A payment without invoice, declined once already. */
  declined(input: { amountMinor: number; declineCode: string }): Promise<string>;
  /** An open invoice; with `declineCode`, one that was tried and declined, so that it has a payment. */
  openInvoice(input: { amountMinor: number; number?: string; declineCode?: string }): Promise<{ invoice: string }>;
  dispute(payment: string): Promise<void>;
  /** What the bank says next to this payment or invoice. */
  nextDecline(target: string, declineCode: string): Promise<void>;
  nextRefund(payment: string, status: "pending" | "failed"): Promise<void>;
  disturb(disturbance: Disturbance): Promise<void>;
  calm(): Promise<void>;
  /** The provider's own books: refunds that stand. */
  refundsInTheBooks(payment: string): Promise<number[]>;
  close(): Promise<void>;
};

const LONG_MS = 10_000;
let made = 0;

/** A number that no other test of this file run has had. */
export const unique = (): number => ++made;

/** A call with a key of its own. */
export function call(deadlineMs = LONG_MS): CallOptions {
  const actionId = `act_${String(++made).padStart(32, "0")}`;
  return { key: `${actionId}:1`, actionId, signal: AbortSignal.timeout(deadlineMs) };
}

/** The same call again, as a second delivery would make it. */
export const again = (first: CallOptions): CallOptions => ({ ...first, signal: soon() });

export const soon = (): AbortSignal => AbortSignal.timeout(LONG_MS);

/** The port as tests like it: what cannot be read throws. */
export function portOf(world: () => ContractWorld) {
  return {
    async snapshotOf(reference: PaymentReference): Promise<PaymentSnapshot> {
      const found = await world().reader.find(reference, soon());
      if (!found.ok || found.value === null) throw new Error(`not found: ${JSON.stringify({ reference, found })}`);
      return found.value;
    },
    async refundsOf(payment: string): Promise<RefundView[]> {
      const refunds = await world().provider.refundsOf(payment, soon());
      if (!refunds.ok) throw new Error(JSON.stringify(refunds.error));
      return refunds.value;
    },
    refund: (payment: string, amountMinor: number, options: CallOptions): Promise<Effect> =>
      world().provider.refund({ payment, amountMinor, currency: "usd" }, options),
  };
}
