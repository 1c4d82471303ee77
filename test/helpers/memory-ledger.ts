import type { Acceptance, AcceptItem, Ledger, Trace } from "../../shared/contracts/ledger.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import { claimedKey, type KeyRow } from "../../shared/ledger/event/key.ts";
import { reasonToCloseAtOnce } from "../../shared/policy/facts.ts";

type Row = { item: AcceptItem; acceptedAt: number; conflicts: number; told: Partial<Trace> };

/**
 * The calls of the ledger that ingest makes, over Maps: the same answers for the same events as the real one.
 * `lane` says how an event travels, not what happened, so it is not compared.
 */
export function createMemoryLedger(now: () => number = () => Date.now()) {
  const rows = new Map<string, Row>();
  const keys = new Map<string, KeyRow>();
  const contentOf = ({ event }: AcceptItem): string => canonicalJson({ ...event, lane: "live", tells: undefined });
  let failing: (id: string) => boolean = () => false;
  let acceptCalls = 0;

  function acceptOne(item: AcceptItem): Acceptance {
    const { id } = item.event;
    if (failing(id)) return "unavailable";
    const row = rows.get(id);
    if (!row) {
      rows.set(id, { item, acceptedAt: now(), conflicts: 0, told: {} });
      return reasonToCloseAtOnce(item.event) === null ? "accepted" : "noted";
    }
    if (contentOf(row.item) === contentOf(item)) return "duplicate";
    row.conflicts++;
    return "conflict";
  }

  const viewOf = (id: string): Trace | null => {
    if (failing(id)) throw new Error("shard-0 did not answer");
    const row = rows.get(id);
    return row ? traceOf(id, row) : null;
  };

  const ledger: Pick<Ledger, "accept" | "claimKey" | "eventView" | "trace"> = {
    accept: async (items) => {
      acceptCalls++;
      return items.map(acceptOne);
    },
    claimKey: async (claim) => {
      if (failing(claim.key)) throw new Error("shard-0 did not answer");
      const { row, answer } = claimedKey(keys.get(claim.key) ?? null, claim, rows.has(claim.key), now());
      if (row !== null) keys.set(claim.key, row);
      return answer;
    },
    eventView: async (id) => viewOf(id)?.event ?? null,
    trace: async (id) => viewOf(id),
  };
  return {
    ledger,
    rows,
    /** As before there were key rows: the events stay. */
    forgetKeys: () => keys.clear(),
    events: () => [...rows.values()].map(({ item }) => item.event),
    acceptCalls: () => acceptCalls,
    /** Shards that hold these ids stop answering. */
    failFor: (predicate: (id: string) => boolean) => {
      failing = predicate;
    },
    /** What the rest of the pipeline would have written since. */
    tell: (id: string, told: Partial<Trace>) => {
      const row = rows.get(id);
      if (!row) throw new Error(`the memory ledger holds no ${id}`);
      row.told = told;
    },
  };
}

function traceOf(id: string, { item, acceptedAt, conflicts, told }: Row): Trace {
  return {
    id,
    state: "received",
    terminal: false,
    event: {
      event: item.event,
      state: "received",
      outcome: null,
      failure: null,
      failures: 0,
      acceptedAt,
      decidedAt: null,
      factRowKey: null,
      conflicts,
      history: [],
    },
    fact: null,
    action: null,
    ...told,
  };
}
