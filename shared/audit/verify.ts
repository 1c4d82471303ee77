/** Reads a chain page by page, and names what is wrong in it. Pure: it is told what stands in D1, and what the writer signed. */
import type { AuditEntry, AuditFinding, AuditHead, KeptHead } from "../contracts/audit.ts";
import { type ChainEnd, hashOfEntry, NO_ENTRY } from "./chain.ts";
import type { HeadCheck } from "./head.ts";

/**
 * How far a reading has come: the last entry as it stands. `isSuspect`: something is wrong with it already, so that the next
 * does not fit it is no second finding.
 */
export type Reached = ChainEnd & { event: string | null; isSuspect: boolean };
export const BEFORE_FIRST: Reached = { ...NO_ENTRY, event: null, isSuspect: false };

/** Of so many entries of a page that are not what their hash says it is looked for where they stood; of more, the writer knows. */
const PLACES_LOOKED_FOR = 10;

/** The entries behind `from`, in the order of their numbers. */
export async function verifyPage(
  from: Reached,
  entries: readonly AuditEntry[],
): Promise<{ reached: Reached; findings: AuditFinding[] }> {
  const findings: AuditFinding[] = [];
  let reached = from;
  let looked = 0;
  for (const entry of entries) {
    const isGap = entry.n !== reached.n + 1;
    if (isGap) findings.push(missing(reached.n + 1, entry.n - 1));
    const wrong = await whatIsWrongWith(entry, looked < PLACES_LOOKED_FOR ? entries : []);
    if (wrong !== null) looked++;
    if (wrong !== null) findings.push(wrong);
    const isFollowed = isGap || reached.isSuspect || wrong !== null || entry.prev === reached.hash;
    if (!isFollowed) findings.push(replaced(reached, entry));
    reached = { n: entry.n, hash: entry.hash, event: entry.event, isSuspect: wrong !== null };
  }
  return { reached, findings };
}

/** Whether an entry is what its hash says; where it is not, whether it stood elsewhere on the page. */
async function whatIsWrongWith(entry: AuditEntry, page: readonly AuditEntry[]): Promise<AuditFinding | null> {
  if ((await hashOfEntry(entry)) === entry.hash) return null;
  for (const { n } of page) {
    if (n !== entry.n && (await hashOfEntry({ ...entry, n })) === entry.hash) return reordered(entry, n);
  }
  return edited(entry);
}

/** What the end of the chain is against what the writer signed. `reached`: after the last page. */
export function verifyEnd(reached: Reached, head: AuditHead, check: HeadCheck): AuditFinding[] {
  const ofHead = headFinding(head, check);
  if (ofHead !== null) return [ofHead];
  if (reached.n < head.n) return [cut(reached.n + 1, head.n)];
  if (reached.n > head.n) return [beyond(head.n + 1, reached)];
  return reached.hash === head.hash || reached.isSuspect ? [] : [unlikeHead(reached)];
}

export const edited = ({ n, event }: Pick<AuditEntry, "n" | "event">): AuditFinding => ({
  what: "edited",
  n,
  event,
  says: `entry ${n} (${event}) is not what its hash says: it was changed after it was written`,
});

export const reordered = ({ n, event }: Pick<AuditEntry, "n" | "event">, from: number): AuditFinding => ({
  what: "reordered",
  n,
  event,
  says: `entry ${n} (${event}) stands in another place: it was written as entry ${from}`,
});

const missing = (n: number, until: number): AuditFinding => ({
  what: "missing",
  n,
  event: null,
  says: n === until ? `entry ${n} is missing` : `entries ${n} to ${until} are missing`,
});

const replaced = ({ n, event }: Reached, next: AuditEntry): AuditFinding => ({
  what: "recomputed",
  n,
  event,
  says: `entry ${n} (${event ?? "unknown"}) is not the one that entry ${next.n} was written behind: one of them was written again`,
});

const cut = (n: number, until: number): AuditFinding => ({
  what: "cut",
  n,
  event: null,
  says: `${n === until ? `entry ${n} is` : `entries ${n} to ${until} are`} cut off at the end: the signed head is entry ${until}`,
});

const beyond = (n: number, { n: until, event }: Reached): AuditFinding => ({
  what: "beyond_head",
  n,
  event: n === until ? event : null,
  says: `${n === until ? `entry ${n} is` : `entries ${n} to ${until} are`} behind the signed head, entry ${n - 1}: the writer has not written them`,
});

/** The chain fits in itself, and its end is not what the writer signed. */
const unlikeHead = ({ n, event }: Reached): AuditFinding => ({
  what: "recomputed",
  n,
  event,
  says: `entry ${n} (${event ?? "unknown"}) is not the one that the writer signed: it, or one before it, was written again and all behind it with it`,
});

/** The writer says which entry is the first of those. */
export const recomputedFrom = ({ n, event }: Pick<AuditEntry, "n" | "event">): AuditFinding => ({
  what: "recomputed",
  n,
  event,
  says: `entry ${n} (${event}) is the first that is not the writer's: it was written again, with a hash of its own`,
});

/** What is wrong where the chain does not contain a head that was kept; `entry`: what stands there now, null: nothing. */
export function headGone({ n, hash }: KeptHead, entry: Pick<AuditEntry, "event" | "hash"> | null): AuditFinding[] {
  if (n === 0 || entry?.hash === hash) return [];
  const now = entry === null ? "has no such entry: it was cut off" : `has another one there (${entry.event})`;
  return [
    {
      what: "head_gone",
      n,
      event: entry?.event ?? null,
      says: `the head that was kept is entry ${n} with the hash ${hash}, and the audit ${now}`,
    },
  ];
}

function headFinding({ n, kid }: AuditHead, check: HeadCheck): AuditFinding | null {
  const about = { n, event: null };
  switch (check) {
    case "signed":
      return null;
    case "unsigned":
      return { ...about, what: "head_unsigned", says: `the head (entry ${n}) has no signature of the key ${kid}` };
    case "unknown_key":
      return {
        ...about,
        what: "head_unknown_key",
        says: `the head (entry ${n}) is signed by the key ${kid}, which is not in AUDIT_PUBLIC_KEYS`,
      };
    case "revoked_key":
      return {
        ...about,
        what: "head_revoked_key",
        says: `the head (entry ${n}) is signed by the key ${kid}, which AUDIT_PUBLIC_KEYS says is revoked`,
      };
  }
}
