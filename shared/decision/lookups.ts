import type { Failure } from "../contracts/failure.ts";
import type { PaymentSnapshot, Reference } from "../contracts/provider.ts";
import type { Limiter } from "../core/concurrency.ts";
import type { Result } from "../core/result.ts";
import type { ProviderReader } from "../providers/port.ts";

/** A look-up at the provider ends after this long; the event is tried again later. */
const READ_DEADLINE_MS = 15_000;

/** What the classifier asks a provider. */
export type Lookups = {
  readonly name: string;
  find(reference: Reference): Promise<Result<PaymentSnapshot | null, Failure>>;
  invoiceOfPayment(payment: string): Promise<Result<string | null, Failure>>;
};

/** For the life of one decision: what was found is not asked for again. The executor reads anew before it acts. */
export function remembering(reader: Lookups): Lookups {
  const foundByReference = new Map<string, Result<PaymentSnapshot | null, Failure>>();
  return {
    ...reader,
    find: async (reference) => {
      const key = JSON.stringify(reference);
      const known = foundByReference.get(key);
      if (known !== undefined) return known;
      const found = await reader.find(reference);
      if (found.ok) foundByReference.set(key, found);
      return found;
    },
  };
}

/** Each look-up waits for its turn among the outside calls, and its deadline begins when it has it. */
export function createLookups(reader: ProviderReader, outside: Limiter): Lookups {
  const deadline = (): AbortSignal => AbortSignal.timeout(READ_DEADLINE_MS);
  return {
    name: reader.name,
    find: (reference) => outside(() => reader.find(reference, deadline())),
    invoiceOfPayment: (payment) => outside(() => reader.invoiceOfPayment(payment, deadline())),
  };
}
