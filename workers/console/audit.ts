import { checkHead } from "../../shared/audit/head.ts";
import { namedFindings } from "../../shared/audit/name.ts";
import { BEFORE_FIRST, headGone, type Reached, verifyEnd, verifyPage } from "../../shared/audit/verify.ts";
import type { AuditRpc, AuditShown, AuditVerified, KeptHead } from "../../shared/contracts/audit.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { PublicKey } from "../../shared/grant/keys.ts";
import { provesText } from "../../shared/records/acts/event.ts";
import { entriesBehind, entryAt } from "../../shared/records/audit.ts";
import type { Database } from "../../shared/records/database.ts";

/** A second's work of hashing is a hundred thousand entries; a page must leave room for other requests. */
const ENTRIES_AT_ONCE = 1_000;
const FINDINGS_AT_ONCE = 50;

type VerifyDeps = { audit: Pick<AuditRpc, "head" | "entries" | "find">; records: Database };

/**
 * Verifies one page of the audit's copy in D1 against the chain, and the last page against the writer's signed head and the
 * one that was `kept` elsewhere: an older head that is put back is signed well.
 */
export async function verifyAudit(
  from: Reached | null,
  { audit, records }: VerifyDeps,
  keys: readonly PublicKey[],
  kept: KeptHead | null = null,
): Promise<AuditVerified> {
  const start = from ?? BEFORE_FIRST;
  const entries = await entriesBehind(records, start.n, ENTRIES_AT_ONCE);
  const { reached, findings } = await verifyPage(start, entries);
  const isLast = entries.length < ENTRIES_AT_ONCE;
  // After the page: what is appended meanwhile is behind its end, and no entry is beyond a head that is too old.
  const head = await audit.head();
  if (isLast && kept !== null) findings.push(...headGone(kept, await entryAt(records, kept.n)));
  if (isLast) findings.push(...verifyEnd(reached, head, await checkHead(head, keys)));
  const told = findings.slice(0, FINDINGS_AT_ONCE);
  return {
    done: reached.n,
    of: Math.max(head.n, reached.n),
    head,
    findings: await namedFindings(told, audit, (n) => entryAt(records, n)),
    more: findings.length - told.length,
    next: isLast ? null : toReached(reached),
  };
}

/** A place in the chain as a text that a person can hand back. Whoever verifies says from where: it proves nothing by itself. */
const toReached = ({ n, hash, event, isSuspect }: Reached): string =>
  [n, hash, isSuspect ? 1 : 0, encodeURIComponent(event ?? "")].join("/");

/** Null for a text that is none. */
export function fromReached(text: string): Reached | null {
  const [, n, hash = "", isSuspect, event = ""] =
    /^([1-9]\d{0,14})\/([^/]{1,200})\/([01])\/([^/]{0,1000})$/.exec(text) ?? [];
  if (n === undefined) return null;
  try {
    return { n: Number(n), hash, isSuspect: isSuspect === "1", event: decodeURIComponent(event) };
  } catch {
    return null;
  }
}

/** "12/HASH": a head that was kept. Null for a text that is none. */
export function fromKept(text: string): KeptHead | null {
  const [, n, hash] = /^(\d{1,15})\/([0-9a-f]{0,64})$/.exec(text) ?? [];
  return n === undefined || hash === undefined ? null : { n: Number(n), hash };
}

/** One entry with the words of its act, where they are still kept; null where there is no such entry. */
export async function showEntry(
  n: number,
  { records, ledger }: { records: Database; ledger: Pick<Ledger, "eventView" | "rawOf"> },
): Promise<AuditShown | null> {
  const entry = await entryAt(records, n);
  if (entry === null) return null;
  if (entry.textHash === null) return { entry, words: "none", text: null };
  const [view, raw] = await Promise.all([ledger.eventView(entry.event), ledger.rawOf(entry.event)]);
  const text = view?.event.text ?? null;
  if (text === null || raw === null) return { entry, words: "removed", text: null };
  const isProven = (await provesText(entry, raw)) && raw.includes(JSON.stringify(text));
  return { entry, words: isProven ? "kept" : "changed", text };
}
