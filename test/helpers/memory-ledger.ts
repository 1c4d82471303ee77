import type { AcceptAnswer, AcceptItem, Ledger } from "../../shared/contracts/ledger.ts";
import type { Trace } from "../../shared/contracts/views.ts";
import { conflictOfKeyed, conflictOfSigned } from "../../shared/ledger/event/conflict.ts";
import { claimedKey, type KeyRow } from "../../shared/ledger/event/key.ts";
import { compare } from "../../shared/ledger/event/same.ts";
import { reasonToCloseAtOnce } from "../../shared/policy/facts.ts";
import { readAgain } from "../../shared/providers/read-again.ts";

type Row = { item: AcceptItem; acceptedAt: number; conflicts: number; told: Partial<Trace> };

/**
 * The calls of the ledger that ingest makes, over Maps: the same answers for the same events as the real one.
 */
export function createMemoryLedger(now: () => number = () => Date.now()) {
  const rows = new Map<string, Row>();
  const keys = new Map<string, KeyRow>();
  let failing: (id: string) => boolean = () => false;
  let acceptCalls = 0;

  function acceptOne(item: AcceptItem): AcceptAnswer {
    const { id } = item.event;
    if (failing(id)) return "unavailable";
    const row = rows.get(id);
    if (!row) {
      rows.set(id, { item, acceptedAt: now(), conflicts: 0, told: {} });
      return reasonToCloseAtOnce(item.event) === null ? "accepted" : "noted";
    }
    const { event } = row.item;
    const compared = compare(row.item, () => readAgain(id, row.item.raw), item);
    if (compared.kind === "duplicate") return "duplicate";
    const { differs } = compared;
    const { provenance } = row.item;
    const first = { event, provenance, state: "received", outcome: null } as const;
    if (compared.kind === "beside") {
      return { kind: "beside", report: differs.length === 0 ? null : conflictOfSigned(first, item.event, differs) };
    }
    row.conflicts++;
    if (provenance !== "signed" || item.provenance !== "keyed") return "conflict";
    return { kind: "conflict", report: conflictOfKeyed(first, item.event, differs) };
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
      provenance: item.provenance,
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
