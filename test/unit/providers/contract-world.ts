import type { Failure } from "../../../shared/contracts/failure.ts";
import type {
  At,
  CallOptions,
  Effect,
  InputOf,
  PaymentReference,
  PaymentSnapshot,
  RefundView,
} from "../../../shared/contracts/provider.ts";
import type { Result } from "../../../shared/core/result.ts";
import type { Provider, ProviderReader } from "../../../shared/providers/port.ts";
import { policy } from "../../helpers/policy.ts";

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
  /** A payment without invoice, declined once already, and the method that was tried. `isAgreed`: it may be charged later. */
  declined(input: {
    amountMinor: number;
    declineCode: string;
    isAgreed?: boolean;
  }): Promise<{ payment: string; method: string }>;
  /** An open invoice and the method that is charged for it; with `declineCode`, one that was tried and declined, so that it has a payment. */
  openInvoice(input: {
    amountMinor: number;
    paidMinor?: number;
    number?: string;
    declineCode?: string;
  }): Promise<{ invoice: string; method: string }>;
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
  return { key: `${actionId}:1`, actionId, ...soon(deadlineMs) };
}

/** The same call again, as a second delivery would make it. */
export const again = (first: CallOptions): CallOptions => ({ ...first, signal: soon().signal });

/** In the platform's own account. */
export const soon = (deadlineMs = LONG_MS): At => ({ account: null, signal: AbortSignal.timeout(deadlineMs) });

/** A refund that leaves what was moved to other accounts. */
export const refundOf = (payment: string, amountMinor: number): InputOf<"refund"> => ({
  payment,
  amountMinor,
  currency: "usd",
  reverseTransfer: false,
  refundFee: false,
});

/** The port as tests like it: what cannot be read throws. */
export function portOf(world: () => ContractWorld) {
  return {
    async snapshotOf(reference: PaymentReference): Promise<PaymentSnapshot> {
      return seen(reference, await world().reader.find(reference, soon()));
    },
    async toRefund(reference: PaymentReference): Promise<PaymentSnapshot> {
      return seen(reference, await world().reader.findToRefund(reference, soon()));
    },
    async toCollect(reference: PaymentReference): Promise<PaymentSnapshot> {
      return seen(
        reference,
        await world().reader.findToCollect(reference, soon(), policy.guardrails.retry.oneOffMaxAgeMs),
      );
    },
    async refundsOf(payment: string): Promise<RefundView[]> {
      const reference = { kind: "payment", id: payment } as const;
      const { refunds } = seen(reference, await world().provider.findToRefund(reference, soon()));
      if (refunds === null) throw new Error(`the refunds of ${payment} were not read`);
      return refunds;
    },
    refund: (payment: string, amountMinor: number, options: CallOptions): Promise<Effect> =>
      world().provider.refund(refundOf(payment, amountMinor), options),
  };
}

function seen(reference: PaymentReference, found: Result<PaymentSnapshot | null, Failure>): PaymentSnapshot {
  if (!found.ok || found.value === null) throw new Error(`not found: ${JSON.stringify({ reference, found })}`);
  return found.value;
}
