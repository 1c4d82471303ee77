import type { AuditRpc, NewAuditEntry } from "../../contracts/audit.ts";
import { keepEntries } from "../audit.ts";
import type { Database } from "../database.ts";
import type { ActEvent } from "./record.ts";

/** The audit: its writer, and the copy in D1. */
export type AuditDeps = { audit: Pick<AuditRpc, "append">; records: Database };

export function entryOfAct({ id: event, occurredAt: at, act }: ActEvent): NewAuditEntry {
  const { what, by, about, before, after, textHash } = act;
  return { event, at, by, what, about, before, after, textHash };
}

/**
 * Gives acts their entries in the audit, in this order; what has one keeps it, so the same again is safe, and a repeated
 * request does what a crash left out. Answers how many rows of D1 were written. Throws where the writer or D1 is away.
 */
export async function appendToAudit({ audit, records }: AuditDeps, acts: readonly ActEvent[]): Promise<number> {
  if (acts.length === 0) return 0;
  return await keepEntries(records, await audit.append(acts.map(entryOfAct)));
}
