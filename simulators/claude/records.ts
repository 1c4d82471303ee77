import type { Usage } from "@anthropic-ai/sdk/resources/messages/messages";
import type { FaultKind } from "./faults.ts";

/** How a call ended: answered, refused by the API's rules, refused by a rate limit, or changed by a fault. */
export type CallKind = "answered" | "invalid" | "rate_limit" | "counted" | FaultKind;

export type CallRecord = {
  requestId: string;
  at: string;
  method: string;
  path: string;
  kind: CallKind;
  /** The HTTP status; 0 where nothing was sent. */
  status: number;
  authScheme: "bearer" | "x-api-key" | "none";
  body: unknown;
  /** The answered text or error message; null where nothing was answered. */
  answer: string | null;
};

export type Tokens = { input: number; cacheCreation: number; cacheRead: number; output: number };

export type Totals = {
  calls: number;
  byKind: Partial<Record<CallKind, number>>;
  byStatus: Record<string, number>;
  byAgent: Record<string, number>;
  tokens: Tokens;
  inFlight: number;
  maxInFlight: number;
};

export type Records = {
  totals: Totals;
  recent(limit: number): CallRecord[];
  add(record: CallRecord): void;
  bill(agent: string, usage: Usage): void;
  enter(): void;
  leave(): void;
  clear(): void;
};

/** Bodies above this are replaced by their size: the log is for tests, not for storage. */
const maxLoggedBytes = 256 * 1024;

export function loggable(body: unknown, bytes: number): unknown {
  return bytes > maxLoggedBytes ? { notLogged: "too large for the log", bytes } : body;
}

export function loggableText(text: string): string {
  return text.length > maxLoggedBytes ? "(too large for the log)" : text;
}

export function createRecords(keep: number): Records {
  let log: CallRecord[] = [];
  const totals: Totals = emptyTotals();
  return {
    totals,
    recent: (limit) => log.slice(-Math.max(1, Math.min(limit, keep))),
    add(record) {
      totals.calls += 1;
      totals.byKind[record.kind] = (totals.byKind[record.kind] ?? 0) + 1;
      totals.byStatus[record.status] = (totals.byStatus[record.status] ?? 0) + 1;
      log.push(record);
      // Cut only at twice the length, because each cut moves the whole log.
      if (log.length >= 2 * keep) log = log.slice(-keep);
    },
    bill(agent, usage) {
      totals.byAgent[agent] = (totals.byAgent[agent] ?? 0) + 1;
      totals.tokens.input += usage.input_tokens;
      totals.tokens.cacheCreation += usage.cache_creation_input_tokens ?? 0;
      totals.tokens.cacheRead += usage.cache_read_input_tokens ?? 0;
      totals.tokens.output += usage.output_tokens;
    },
    enter() {
      totals.inFlight += 1;
      totals.maxInFlight = Math.max(totals.maxInFlight, totals.inFlight);
    },
    leave() {
      totals.inFlight -= 1;
    },
    clear() {
      log = [];
      Object.assign(totals, { ...emptyTotals(), inFlight: totals.inFlight, maxInFlight: totals.inFlight });
    },
  };
}

function emptyTotals(): Totals {
  return {
    calls: 0,
    byKind: {},
    byStatus: {},
    byAgent: {},
    tokens: { input: 0, cacheCreation: 0, cacheRead: 0, output: 0 },
    inFlight: 0,
    maxInFlight: 0,
  };
}
