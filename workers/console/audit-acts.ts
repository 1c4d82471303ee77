import type { AuditActs, AuditFinding, AuditRpc } from "../../shared/contracts/audit.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import { RECORDED_PARTS, type RecordedPosition, type RecordedRow, toPlace } from "../../shared/contracts/recorded.ts";
import { MINUTE_MS, utc } from "../../shared/core/time.ts";
import { eventsAt } from "../../shared/records/audit.ts";
import type { Database } from "../../shared/records/database.ts";

type Deps = {
  ledger: Pick<Ledger, "recorded" | "eventView">;
  audit: Pick<AuditRpc, "find" | "head">;
  records: Database;
  now: number;
};

/** The parts of the ledger in which people's acts are. The others have none, and are long. */
const FIRST: RecordedPosition = { part: "acts", shard: 0, after: "" };
const WITHOUT_ACTS: readonly string[] = RECORDED_PARTS.filter((part) =>
  ["actions", "events", "messages", "answers"].includes(part),
);
/** A request reads so many pages of at most fifty acts each. */
const PAGES_AT_ONCE = 40;
const FINDINGS_AT_ONCE = 50;
/** An act has its entry a moment after the ledger has it. */
const ON_ITS_WAY_MS = MINUTE_MS;

/**
 * The acts that the ledger has and the audit does not: what is left of a chain that was cut, with an older head put back, fits
 * in itself. One request's part of the ledger, from a position on.
 */
export async function actsWithoutEntry(from: RecordedPosition | null, deps: Deps): Promise<AuditActs> {
  const findings: AuditFinding[] = [];
  let acts = 0;
  let position: RecordedPosition = from ?? FIRST;
  for (let pages = 1; ; pages++) {
    const page = await deps.ledger.recorded(position);
    const rows = WITHOUT_ACTS.includes(page.part) ? [] : page.rows;
    acts += rows.length;
    findings.push(...(await missingAmong(rows, deps)));
    if (page.next === null || pages >= PAGES_AT_ONCE) {
      const told = findings.slice(0, FINDINGS_AT_ONCE);
      const next = page.next === null ? null : toPlace(page.next);
      return { acts, findings: told, more: findings.length - told.length, done: page.done, of: page.of, next };
    }
    position = page.next;
  }
}

async function missingAmong(rows: readonly RecordedRow[], deps: Deps): Promise<AuditFinding[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const entries = await deps.audit.find(ids);
  // After the entries: what is appended meanwhile is in the head.
  const head = await deps.audit.head();
  const here = await eventsAt(
    deps.records,
    entries.flatMap((entry) => entry?.n ?? []),
  );
  const missing = ids.filter((id, index) => {
    const n = entries[index]?.n ?? null;
    // The writer's word alone is not enough: it must be in the chain that was read, where D1 has not lost it.
    return n === null || n > head.n || (here.get(n) ?? id) !== id;
  });
  const found = await Promise.all(missing.map((id) => findingOf(id, deps)));
  return found.flatMap((finding) => finding ?? []);
}

/** Null for what is no act of a person with a name, and for one that is on its way. */
async function findingOf(id: string, { ledger, now }: Deps): Promise<AuditFinding | null> {
  const view = await ledger.eventView(id);
  const act = view?.event.act;
  if (view === null || act === undefined || now - view.acceptedAt < ON_ITS_WAY_MS) return null;
  const { what, by, about } = act;
  return {
    what: "act_missing",
    n: 0,
    event: id,
    says: `the ledger has ${id} (${what} about ${about}, by ${by.name} (${by.id}), ${utc(view.event.occurredAt)}), and the audit has no entry of it`,
  };
}
