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

/** What is needed of a head that somebody kept elsewhere, to see later whether the chain still contains it. */
export type KeptHead = Pick<AuditHead, "n" | "hash">;

/** The one writer of the chain: a Durable Object. Idempotent: the same event gets the entry that it has. */
export interface AuditRpc {
  append(entries: NewAuditEntry[]): Promise<AuditEntry[]>;
  head(): Promise<AuditHead>;
  /** Entries behind n, oldest first, for a rebuild of D1; at most 500. */
  entries(after: number, limit: number): Promise<AuditEntry[]>;
  /** The entries of these events; null where there is none. */
  find(events: string[]): Promise<(AuditEntry | null)[]>;
}

/** The most entries of one call. */
export const AUDIT_AT_ONCE = 500;

/**
 * edited        an entry is not what its hash says
 * missing       a number has no entry
 * reordered     an entry stands under another number than it was written
 * cut           entries are missing at the end, before the signed head
 * recomputed    hashes were written again: the entry is not the one that the writer wrote
 * beyond_head   entries that the writer has not written
 * head_…        the head cannot be believed, so nothing is known of the end
 * head_gone     a head that somebody kept is not in the chain any more
 * act_missing   the ledger has an act that the audit has no entry of; `n` is 0
 */
export type AuditFinding = {
  what:
    | "edited"
    | "missing"
    | "reordered"
    | "cut"
    | "recomputed"
    | "beyond_head"
    | "head_unsigned"
    | "head_unknown_key"
    | "head_revoked_key"
    | "head_gone"
    | "act_missing";
  /** The first entry that it is about. */
  n: number;
  /** Its act; null where nothing says which it was. */
  event: string | null;
  /** The finding in words. */
  says: string;
};

/**
 * The answer of `GET /api/audit/verify`: one page. `done` of `of` entries. `more`: so many findings of this page beyond those
 * that are told. `head`: as the writer signed it; who keeps one can see later that nothing before it was cut away. `next`
 * null: all has been read.
 */
export type AuditVerified = {
  done: number;
  of: number;
  head: AuditHead;
  findings: AuditFinding[];
  more: number;
  next: string | null;
};

/** The answer of `GET /api/audit/acts`: of a page of the ledger's acts, those without an entry. `done` of `of` shards' parts. */
export type AuditActs = Omit<AuditVerified, "head"> & { acts: number };

/**
 * One entry with the words of its act. `words`: `none` were written; `kept`, and they are those that the entry has the hash
 * of; `changed`, they are others; `removed` after their time, or by a redaction.
 */
export type AuditShown = { entry: AuditEntry; words: "none" | "kept" | "changed" | "removed"; text: string | null };
