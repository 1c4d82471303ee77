/** The chain of the audit: each entry has the hash of the one before it, so that none can be changed without all behind it. */
import type { AuditEntry, NewAuditEntry } from "../contracts/audit.ts";
import { sha256Hex } from "../core/hash.ts";
import { canonicalJson } from "../core/json.ts";

/** The end of a chain: its last entry. */
export type ChainEnd = { n: number; hash: string };
export const NO_ENTRY: ChainEnd = { n: 0, hash: "" };

/** The hash of an entry, over all that it says but the hash itself; and over nothing else that a row may have. */
export async function hashOfEntry(entry: Omit<AuditEntry, "hash">): Promise<string> {
  const { n, event, at, by, what, about, before, after, textHash, prev } = entry;
  const { id, name } = by;
  return await sha256Hex(canonicalJson({ n, event, at, by: { id, name }, what, about, before, after, textHash, prev }));
}

/** The entry that stands behind `last`. */
export async function entryBehind(last: ChainEnd, added: NewAuditEntry): Promise<AuditEntry> {
  const { event, at, by, what, about, before, after, textHash } = added;
  const { id, name } = by;
  const place = { n: last.n + 1, prev: last.hash };
  const entry = { ...place, event, at, by: { id, name }, what, about, before, after, textHash };
  return { ...entry, hash: await hashOfEntry(entry) };
}
