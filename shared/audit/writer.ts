import { AUDIT_AT_ONCE, type AuditEntry, type AuditHead, type NewAuditEntry } from "../contracts/audit.ts";
import { parseJson } from "../core/json.ts";
import { migrate, type Sql } from "../core/sql.ts";
import { entryBehind, NO_ENTRY } from "./chain.ts";
import type { SignHead } from "./head.ts";

/** `event` is unique: an act has one entry, however often it is appended. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE entry (n INTEGER PRIMARY KEY, event TEXT NOT NULL UNIQUE, entry TEXT NOT NULL);
  CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL, hash TEXT NOT NULL, kid TEXT NOT NULL, signature TEXT NOT NULL) WITHOUT ROWID;
  `,
];

/**
 * The one writer of the audit's chain, over the SQLite of its object. Calls are made one after another: hashing and signing
 * wait, and a second call in between would write the same number.
 */
export function createAudit(sql: Sql, signer: SignHead) {
  migrate(sql, MIGRATIONS);
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    const answer = before.then(call);
    before = answer.catch(() => undefined);
    return answer;
  };

  const read = (rows: { entry: string }[]): AuditEntry[] => rows.map(({ entry }) => entryIn(entry));
  const entryOf = (event: string): AuditEntry | null =>
    read(sql.exec<{ entry: string }>("SELECT entry FROM entry WHERE event = ?", event).toArray())[0] ?? null;
  const storedHead = (): AuditHead | null =>
    sql.exec<AuditHead>("SELECT n, hash, kid, signature FROM head").toArray()[0] ?? null;

  /** No wait between the statements: in a Durable Object they are one transaction. */
  function write(added: readonly AuditEntry[], { n, hash, kid, signature }: AuditHead): void {
    for (const entry of added)
      sql.exec("INSERT INTO entry (n, event, entry) VALUES (?, ?, ?)", entry.n, entry.event, JSON.stringify(entry));
    sql.exec(
      "INSERT OR REPLACE INTO head (one, n, hash, kid, signature) VALUES (1, ?, ?, ?, ?)",
      n,
      hash,
      kid,
      signature,
    );
  }

  async function appendNow(wanted: readonly NewAuditEntry[]): Promise<AuditEntry[]> {
    if (wanted.length > AUDIT_AT_ONCE) throw new Error(`append at most ${AUDIT_AT_ONCE} entries at once`);
    const byEvent = new Map<string, AuditEntry>();
    const added: AuditEntry[] = [];
    let last = storedHead() ?? NO_ENTRY;
    for (const one of wanted) {
      const known = byEvent.get(one.event) ?? entryOf(one.event);
      const entry = known ?? (await entryBehind(last, one));
      byEvent.set(one.event, entry);
      if (known !== null) continue;
      added.push(entry);
      last = entry;
    }
    if (added.length > 0) write(added, await signer.sign(last));
    return wanted.flatMap(({ event }) => byEvent.get(event) ?? []);
  }

  /** A head of an earlier key is signed again: that key may be retired, and then gone. */
  async function headNow(): Promise<AuditHead> {
    const stored = storedHead();
    if (stored?.kid === signer.kid) return stored;
    const signed = await signer.sign(stored ?? NO_ENTRY);
    write([], signed);
    return signed;
  }

  return {
    /** The entries of these acts, in their order; an act that has one keeps it. */
    append: (wanted: readonly NewAuditEntry[]): Promise<AuditEntry[]> => inTurn(() => appendNow(wanted)),
    head: (): Promise<AuditHead> => inTurn(headNow),
    /** Entries behind n, oldest first. */
    entries(after: number, limit: number): AuditEntry[] {
      const query = "SELECT entry FROM entry WHERE n > ? ORDER BY n LIMIT ?";
      return read(sql.exec<{ entry: string }>(query, after, Math.min(limit, AUDIT_AT_ONCE)).toArray());
    },
    /** The entries of these events; null where there is none. */
    find: (events: readonly string[]): (AuditEntry | null)[] => events.slice(0, AUDIT_AT_ONCE).map(entryOf),
  };
}

export type Audit = ReturnType<typeof createAudit>;

function entryIn(text: string): AuditEntry {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error("an entry of the audit is not JSON");
  return parsed.value as AuditEntry;
}
