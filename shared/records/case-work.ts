import type { Act, ActName } from "../contracts/act.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import { allOf } from "../contracts/list.ts";
import type { CaseLink, CaseNote } from "../contracts/records.ts";
import type { Database, Statement, Value } from "./database.ts";

/** An act about a case as the ledger recorded it: its event with the act in it. */
export type CaseActEvent = PaymentEvent & { act: Act };

/** Stands where a text is gone. */
const NO_TEXT = "the text was removed";

/**
 * Writes an act about a case into D1: while a person waits, and again from the ledger. Acts of one case come in the order of
 * their numbers; the same again changes nothing, and one that is older than the last changes no state. A decision is recorded
 * only once the action's row has taken it.
 */
export async function applyCaseAct(database: Database, event: CaseActEvent, n: number): Promise<void> {
  const { act } = event;
  const { about: id } = act;
  const change = async (set: string, values: Value[]): Promise<void> => {
    await database
      .prepare(`UPDATE cases SET ${set}, acts = ? WHERE id = ? AND acts < ?`)
      .bind(...values, n, id, n)
      .run();
  };
  /** Only where `where` holds: of a case that was opened again since then, or is over, this says nothing. */
  const changeWhere = async (where: string, given: Value, values: Record<string, Value>): Promise<void> =>
    await change(
      Object.keys(values)
        .map((name) => `${name} = CASE WHEN ${where} THEN ? ELSE ${name} END`)
        .join(", "),
      Object.values(values).flatMap((value) => [given, value]),
    );
  const round = act.before.round;
  /** The row has taken it, of this round. */
  const end = async (state: string, code: string | null, lookAt: number | null): Promise<void> => {
    const values = { state, closedAt: event.occurredAt, decidedBy: byWhom(act), code, lookAt };
    const over = { ...values, snoozedUntil: null, askedAt: null };
    if (typeof round === "number") return await changeWhere("version <= ?", round, over);
    return await changeWhere("openedAt <= ?", event.occurredAt, over);
  };
  const whileOpen = async (values: Record<string, Value>): Promise<void> =>
    await changeWhere("state = 'open' AND openedAt <= ?", event.occurredAt, values);
  switch (act.what) {
    case "case.assign":
      return await change("owner = ?, ownerName = ?", [textIn(act, "owner"), textIn(act, "ownerName")]);
    case "case.snooze": {
      const until = numberIn(act, "until");
      await whileOpen({ snoozedUntil: until });
      return await lookBy(database, id, until);
    }
    case "case.note":
      await noteOf(database, event, "note").run();
      return await change("snoozedUntil = snoozedUntil", []);
    case "case.question":
      await noteOf(database, event, "question").run();
      return await whileOpen({ askedAt: event.occurredAt });
    case "case.answer":
      await noteOf(database, event, "answer").run();
      return await whileOpen({ askedAt: null, snoozedUntil: null, priority: 0 });
    case "case.link": {
      const other = textIn(act, "other");
      if (other !== null) await linkOf(database, event, other).run();
      return await change("snoozedUntil = snoozedUntil", []);
    }
    case "case.deny":
    case "case.close":
      return await end(act.what === "case.deny" ? "denied" : "closed", textIn(act, "code"), null);
    case "case.approve":
      return isWhole(act)
        ? await end("approved", null, event.occurredAt + UNUSED_MS)
        : await change("snoozedUntil = snoozedUntil", []);
    default:
      return;
  }
}

/**
 * Writes again what an act has put beside its case, and nothing of the case itself, whose row may know of it. Answers whether
 * D1 had lost it.
 */
export async function restoreBeside(database: Database, event: CaseActEvent): Promise<boolean> {
  const { act } = event;
  const what = NOTES[act.what];
  if (what !== undefined) return await isNew(noteOf(database, event, what));
  const other = act.what === "case.link" ? textIn(act, "other") : null;
  return other !== null && (await isNew(linkOf(database, event, other)));
}
const NOTES: Partial<Record<ActName, CaseNote["what"]>> = {
  "case.note": "note",
  "case.question": "question",
  "case.answer": "answer",
};
const isNew = async (insert: Statement): Promise<boolean> => (await insert.all()).results.length > 0;

/** It is looked at again when its snooze ends, at the latest. */
async function lookBy(database: Database, id: string, until: number | null): Promise<void> {
  await database
    .prepare("UPDATE cases SET lookAt = min(coalesce(lookAt, ?1), ?1) WHERE id = ?2 AND snoozedUntil = ?1")
    .bind(until, id)
    .run();
}

/** An approval is used within seconds. One that waits for longer is looked at: whoever was to send it may have died. */
export const UNUSED_MS = 10 * 60_000;

/** An answer ends a question and a snooze, and the case comes next. */
const TO_THE_FRONT = "askedAt = NULL, snoozedUntil = NULL, priority = 0";

/**
 * An answer that came as a request of somebody else. Answers whether there is such a case. `event` has its words, masked at
 * the door. `acceptedAt`: by our clock; the time of the event itself is that of its idempotency window.
 */
export async function keepAnswer(
  database: Database,
  caseId: string,
  event: PaymentEvent,
  acceptedAt: number,
): Promise<boolean> {
  const kept = await database
    .prepare(
      `INSERT INTO case_notes (event, caseId, what, at, byId, byName, text)
       SELECT ?, id, 'answer', ?, ?, ?, ? FROM cases WHERE id = ? ON CONFLICT (event) DO UPDATE SET at = at RETURNING event`,
    )
    .bind(event.id, acceptedAt, ...saidBy(event), event.text ?? NO_TEXT, caseId)
    .first<{ event: string }>();
  if (kept === null) return false;
  // Only what was asked before it was answered: a later question waits for another answer.
  await database
    .prepare(`UPDATE cases SET ${TO_THE_FRONT} WHERE id = ? AND askedAt <= ?`)
    .bind(caseId, acceptedAt)
    .run();
  return true;
}

/** The same from the ledger again: it may have come while D1 was lost, and found no case. Answers whether it is new in D1. */
export async function restoreAnswer(
  database: Database,
  caseId: string,
  event: PaymentEvent,
  acceptedAt: number,
): Promise<boolean> {
  const known = await database.prepare("SELECT event FROM case_notes WHERE event = ?").bind(event.id).first();
  return (await keepAnswer(database, caseId, event, acceptedAt)) && known === null;
}

const saidBy = ({ requester, customer }: PaymentEvent): [string, string] =>
  requester === "customer" ? [customer ?? "customer", "the customer"] : ["request", "by request"];

function noteOf(database: Database, event: CaseActEvent, what: CaseNote["what"]): Statement {
  const { id, act, occurredAt, text } = event;
  return database
    .prepare(
      "INSERT INTO case_notes (event, caseId, what, at, byId, byName, text) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event) DO NOTHING RETURNING event",
    )
    .bind(id, act.about, what, occurredAt, act.by.id, act.by.name, text ?? NO_TEXT);
}

function linkOf(database: Database, { act, occurredAt }: CaseActEvent, other: string): Statement {
  const sql = `INSERT INTO case_links (caseId, other, at, byId, byName) VALUES (?1, ?2, ?3, ?4, ?5), (?2, ?1, ?3, ?4, ?5)
    ON CONFLICT (caseId, other) DO NOTHING RETURNING other`;
  return database.prepare(sql).bind(act.about, other, occurredAt, act.by.id, act.by.name);
}

/** As many have said yes as policy wants. */
function isWhole({ after: { approvers, needs } }: Act): boolean {
  return Array.isArray(approvers) && typeof needs === "number" && approvers.length >= needs;
}

/** All who have approved it, in their order; of an act of before, and of any other decision, who did it last. */
function byWhom({ after: { names }, by }: Act): string {
  return Array.isArray(names) && names.length > 0 ? allOf(names) : by.name;
}

const textIn = ({ after }: Act, name: string): string | null => {
  const value = after[name];
  return typeof value === "string" ? value : null;
};
const numberIn = ({ after }: Act, name: string): number | null => {
  const value = after[name];
  return typeof value === "number" ? value : null;
};

const NOTES_AT_MOST = 200;

export async function notesOf(database: Database, caseId: string): Promise<CaseNote[]> {
  const sql = `SELECT event, what, at, byId, byName, text FROM case_notes WHERE caseId = ? ORDER BY at DESC, event DESC LIMIT ${NOTES_AT_MOST}`;
  const { results } = await database.prepare(sql).bind(caseId).all<CaseNote>();
  return results.reverse();
}

export async function linksOf(database: Database, caseId: string): Promise<CaseLink[]> {
  const sql = "SELECT other, at, byId, byName FROM case_links WHERE caseId = ? ORDER BY other LIMIT 100";
  const { results } = await database.prepare(sql).bind(caseId).all<CaseLink>();
  return results;
}
