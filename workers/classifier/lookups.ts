import type { Failure } from "../../shared/contracts/failure.ts";
import type { Limiter } from "../../shared/core/concurrency.ts";
import type { Result } from "../../shared/core/result.ts";
import type { PaymentSnapshot, ProviderReader, Reference } from "../../shared/providers/port.ts";

/** A look-up at the provider ends after this long; the event is tried again later. */
const READ_DEADLINE_MS = 15_000;

/** What the classifier asks a provider. */
export type Lookups = {
  readonly name: string;
  find(reference: Reference): Promise<Result<PaymentSnapshot | null, Failure>>;
  invoiceOfPayment(payment: string): Promise<Result<string | null, Failure>>;
};

/** Each look-up waits for its turn among the outside calls, and its deadline begins when it has it. */
export function createLookups(reader: ProviderReader, outside: Limiter): Lookups {
  const deadline = (): AbortSignal => AbortSignal.timeout(READ_DEADLINE_MS);
  return {
    name: reader.name,
    find: (reference) => outside(() => reader.find(reference, deadline())),
    invoiceOfPayment: (payment) => outside(() => reader.invoiceOfPayment(payment, deadline())),
  };
}
