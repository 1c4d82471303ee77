import type { Failure } from "../contracts/failure.ts";
import type { PriceView, Reference, Snapshot, SnapshotOf } from "../contracts/provider.ts";
import type { Limiter } from "../core/concurrency.ts";
import type { Result } from "../core/result.ts";
import type { ProviderReader, Registration } from "../providers/port.ts";

/** How long a look-up at the provider may take. After it the event is tried again later. */
const READ_DEADLINE_MS = 15_000;

/** What a decision asks a provider, and what it needs to know of the provider. */
export type Lookups = {
  readonly provider: Pick<Registration, "name" | "ids" | "declineOf" | "executor">;
  find<R extends Reference>(reference: R): Promise<Result<SnapshotOf<R> | null, Failure>>;
  price(id: string): Promise<Result<PriceView | null, Failure>>;
  invoiceOfPayment(payment: string): Promise<Result<string | null, Failure>>;
};

/** Caches what was found, for one decision. The executor reads the provider again before it acts. */
export function withCache(lookups: Lookups): Lookups {
  const foundByReference = new Map<string, Result<Snapshot | null, Failure>>();
  return {
    ...lookups,
    find: async <R extends Reference>(reference: R): Promise<Result<SnapshotOf<R> | null, Failure>> => {
      const key = JSON.stringify(reference);
      const known = foundByReference.get(key);
      // A reference of one kind leads to one kind of snapshot.
      if (known !== undefined) return known as Result<SnapshotOf<R> | null, Failure>;
      const found = await lookups.find(reference);
      if (found.ok) foundByReference.set(key, found);
      return found;
    },
  };
}

/** The deadline of a look-up begins when `outside` lets it start. */
export function createLookups(reader: ProviderReader, provider: Lookups["provider"], outside: Limiter): Lookups {
  const deadline = (): AbortSignal => AbortSignal.timeout(READ_DEADLINE_MS);
  return {
    provider,
    find: (reference) => outside(() => reader.find(reference, deadline())),
    price: (id) => outside(() => reader.price(id, deadline())),
    invoiceOfPayment: (payment) => outside(() => reader.invoiceOfPayment(payment, deadline())),
  };
}
