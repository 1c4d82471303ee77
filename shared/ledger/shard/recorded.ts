import { ANSWER } from "../../contracts/event.ts";
import type { RecordedPage, RecordedPart, RecordedQuery, RecordedRow } from "../../contracts/recorded.ts";
import type { HistoryEntry } from "../../contracts/views.ts";
import type { Sql } from "../../core/sql.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import type { Store } from "./store.ts";

/** The most rows that one page looks at, and the most that it answers: a call must not occupy its shard. */
const LOOKED_AT_ONCE = 500;
const ANSWERED_AT_ONCE = 50;

/** Ids behind one, in order. No index has the deaths or the cases: each row is looked at. */
const QUERIES: Record<RecordedPart, string> = {
  actions: "SELECT id, subject FROM action WHERE id > ? ORDER BY id LIMIT ?",
  events: "SELECT id, NULL AS subject FROM event WHERE id > ? ORDER BY id LIMIT ?",
  messages: idsLike("message"),
  acts: idsLike("act"),
  answers: idsLike("request"),
  redrives: idsLike("redrive"),
  discards: idsLike("discard"),
  holds: idsLike("hold"),
  lifts: idsLike("lift"),
};

/** Our own events by the prefix of their ids; `;` comes behind `:`. */
function idsLike(prefix: string): string {
  return `SELECT id, NULL AS subject FROM event WHERE id > max(?, '${prefix}:') AND id < '${prefix};' ORDER BY id LIMIT ?`;
}

/** A page of a shard's rows that people have worked with. The store reads the rows, whatever their tables are. */
export function recordedIn(sql: Sql, store: Pick<Store, "event" | "action">, query: RecordedQuery): RecordedPage {
  const looked = sql.exec<RecordedRow>(QUERIES[query.part], query.after, LOOKED_AT_ONCE).toArray();
  const rows: RecordedRow[] = [];
  for (const { id, subject } of looked) {
    if (isRecorded(query.part, id, store)) rows.push({ id, subject });
    if (rows.length === ANSWERED_AT_ONCE) return { rows, next: id };
  }
  return { rows, next: looked.length < LOOKED_AT_ONCE ? null : (looked.at(-1)?.id ?? null) };
}

function isRecorded(part: RecordedPart, id: string, store: Pick<Store, "event" | "action">): boolean {
  if (part === "actions") return hasCaseOrDeath(store.action(id));
  // What came as a request, and asks for nothing: it answers what was asked about a case.
  if (part === "answers") return store.event(id)?.event.type === ANSWER;
  return part !== "events" || hasDied(store.event(id));
}

const hasCaseOrDeath = (row: ActionRow | null): boolean => hasDied(row) || (row !== null && row.caseRound > 0);
/** Or a wait that people were told of. A long history may have lost that; the row knows it while it waits. */
const hasDied = (row: ActionRow | EventRow | null): boolean =>
  row !== null && (row.deaths > 0 || row.toldSince !== null || row.history.some(isOfCase));

const CASES: readonly string[] = ["case_open", "case_closed", "waits for long"];
const isOfCase = ({ what }: HistoryEntry): boolean => CASES.includes(what);
