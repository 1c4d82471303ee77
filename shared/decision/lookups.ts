import type { Failure } from "../contracts/failure.ts";
import type {
  At,
  MatterKind,
  Matters,
  PaymentReference,
  PaymentSnapshot,
  PriceView,
  Reference,
  Snapshot,
  SnapshotOf,
} from "../contracts/provider.ts";
import type { Limiter } from "../core/concurrency.ts";
import type { Result } from "../core/result.ts";
import type { ProviderReader, Registration } from "../providers/port.ts";

/** How long a look-up at the provider may take. After it the event is tried again later. */
const READ_DEADLINE_MS = 15_000;

/** What a decision asks a provider, and what it needs to know of the provider. */
export type Lookups = {
  readonly provider: Pick<Registration, "name" | "ids" | "declineOf" | "executor">;
  find<R extends Reference>(reference: R): Promise<Result<SnapshotOf<R> | null, Failure>>;
  findToRefund(reference: PaymentReference): Promise<Result<PaymentSnapshot | null, Failure>>;
  findToCollect(reference: PaymentReference, besideMs: number): Promise<Result<PaymentSnapshot | null, Failure>>;
  price(id: string): Promise<Result<PriceView | null, Failure>>;
  invoiceOfPayment(payment: string): Promise<Result<string | null, Failure>>;
  matter<K extends MatterKind>(kind: K, id: string): Promise<Result<Matters[K] | null, Failure>>;
};

/** Caches what was found, for one decision. The executor reads the provider again before it acts. */
export function withCache(lookups: Lookups): Lookups {
  const known = new Map<string, Result<Snapshot | null, Failure>>();
  const once =
    <R extends Reference, Seen extends Snapshot>(
      how: string,
      look: (reference: R) => Promise<Result<Seen | null, Failure>>,
    ) =>
    async (reference: R): Promise<Result<Seen | null, Failure>> => {
      const key = `${how} ${JSON.stringify(reference)}`;
      const before = known.get(key);
      // One way of looking, at a reference of one kind, leads to one kind of snapshot.
      if (before !== undefined) return before as Result<Seen | null, Failure>;
      const found = await look(reference);
      if (found.ok) known.set(key, found);
      return found;
    };
  return {
    ...lookups,
    find: <R extends Reference>(reference: R) =>
      once("find", (one: R): Promise<Result<SnapshotOf<R> | null, Failure>> => lookups.find(one))(reference),
    findToRefund: once("refund", lookups.findToRefund),
    findToCollect: (reference, besideMs) =>
      once("collect", (one: PaymentReference) => lookups.findToCollect(one, besideMs))(reference),
  };
}

/** Looks up in one account: null is the platform's own. The deadline of a look-up begins when `outside` lets it start. */
export function createLookups(
  reader: ProviderReader,
  provider: Lookups["provider"],
  outside: Limiter,
  account: string | null,
): Lookups {
  const at = (): At => ({ account, signal: AbortSignal.timeout(READ_DEADLINE_MS) });
  return {
    provider,
    find: (reference) => outside(() => reader.find(reference, at())),
    findToRefund: (reference) => outside(() => reader.findToRefund(reference, at())),
    findToCollect: (reference, besideMs) => outside(() => reader.findToCollect(reference, at(), besideMs)),
    price: (id) => outside(() => reader.price(id, at())),
    invoiceOfPayment: (payment) => outside(() => reader.invoiceOfPayment(payment, at())),
    matter: (kind, id) => outside(() => reader.matter(kind, id, at())),
  };
}
