import type { ActDetail, ActName } from "./act.ts";
import type { PersonRef } from "./people.ts";

/**
 * One entry of the audit: a human act and its place in the chain. `event`: the ledger's record of it. `hash` is sha256 of the
 * canonical JSON of all else, `prev` the hash of entry n - 1 ("" of the first). Texts are in it by their hash alone.
 */
export type AuditEntry = {
  n: number;
  event: string;
  at: number;
  by: PersonRef;
  what: ActName;
  about: string;
  before: ActDetail;
  after: ActDetail;
  textHash: string | null;
  prev: string;
  hash: string;
};
export type NewAuditEntry = Omit<AuditEntry, "n" | "prev" | "hash">;

/** The newest entry, signed by the one writer and kept outside D1. `n` 0: nothing yet. */
export type AuditHead = { n: number; hash: string; kid: string; signature: string };

/** The one writer of the chain: a Durable Object. Idempotent: the same event gets the entry that it has. */
export interface AuditRpc {
  append(entries: NewAuditEntry[]): Promise<AuditEntry[]>;
  head(): Promise<AuditHead>;
  /** Entries behind n, oldest first, for a rebuild of D1. */
  entries(after: number, limit: number): Promise<AuditEntry[]>;
}
