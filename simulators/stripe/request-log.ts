/** The last API requests, for tests and for debugging. */

export interface LoggedRequest {
  sequence: number;
  at: string;
  method: string;
  path: string;
  /** Of `Stripe-Account`. */
  account: string | null;
  params: unknown;
  idempotencyKey: string | null;
  requestId: string;
  /** Null when the connection was cut instead of answered. */
  status: number | null;
  replayed: boolean;
  fault: string | null;
}

export interface RequestLog {
  add(entry: Omit<LoggedRequest, "sequence" | "at">): void;
  since(sequence: number): LoggedRequest[];
  clear(): void;
}

const KEPT = 20_000;

export function createRequestLog(): RequestLog {
  let entries: LoggedRequest[] = [];
  let sequence = 0;
  return {
    add(entry) {
      sequence += 1;
      entries.push({ sequence, at: new Date().toISOString(), ...entry });
      if (entries.length > 2 * KEPT) entries = entries.slice(-KEPT);
    },
    since: (from) => entries.filter((entry) => entry.sequence > from).slice(-KEPT),
    clear: () => {
      entries = [];
    },
  };
}
