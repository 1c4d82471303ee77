import type { Ledger, RowRef } from "../../shared/contracts/ledger.ts";
import type { RebuildReceipt, RecordedPart, RecordedPosition, RecordedRow } from "../../shared/contracts/recorded.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import { actOf, letterOfAct } from "../../shared/records/acts.ts";
import { caseRowOf } from "../../shared/records/case.ts";
import type { Database } from "../../shared/records/database.ts";
import { getDeadLetter } from "../../shared/records/dead-letters.ts";
import { type DiedRow, type PastDeath, pastDeaths } from "../../shared/records/deaths.ts";
import { letterOfRow, messageOf } from "../../shared/records/letter.ts";
import { restoreAct, restoreCase, restoreDeadLetter } from "../../shared/records/restore.ts";
import { doorbellFor, rowOf } from "./acts.ts";

export type RebuildDeps = {
  ledger: Pick<Ledger, "recorded" | "actions" | "deadRow" | "eventView" | "rawOf">;
  records: Database;
};

type Rebuilt = RebuildReceipt["restored"];
export type RebuildAnswer = Omit<RebuildReceipt, "next"> & { next: RecordedPosition | null };

/**
 * A Worker's invocation may ask D1 a thousand times (https://developers.cloudflare.com/d1/platform/limits/). A page has at
 * most fifty rows, with at most four statements each but for a row that died often.
 */
const PAGES_AT_ONCE = 50;
const ROWS_AT_ONCE = 100;

/**
 * Writes D1 again from the ledger, from a position on, for as long as one request should last. What D1 has and is as new is
 * left, so it may run at any time, twice, or be stopped and continued.
 */
export async function rebuild(from: RecordedPosition | null, deps: RebuildDeps): Promise<RebuildAnswer> {
  const restored: Rebuilt = { cases: 0, deadLetters: 0, acts: 0 };
  let position = from;
  for (let pages = 0, rows = 0; ; ) {
    const page = await deps.ledger.recorded(position);
    await mapLimit(page.rows, OUTSIDE_CALLS_AT_ONCE, (row) => RESTORE[page.part](row, restored, deps));
    pages += 1;
    rows += page.rows.length;
    position = page.next;
    if (position === null || pages >= PAGES_AT_ONCE || rows >= ROWS_AT_ONCE)
      return { restored, done: page.done, of: page.of, next: position };
  }
}

type Restore = (row: RecordedRow, restored: Rebuilt, deps: RebuildDeps) => Promise<void>;

const RESTORE: Record<RecordedPart, Restore> = {
  actions: async ({ id, subject }, restored, deps) => {
    if (subject === null) return;
    const [view = null] = await deps.ledger.actions([{ id, subject }]);
    if (view === null) return;
    const row = caseRowOf(view);
    if (row !== null && (await restoreCase(deps.records, row))) restored.cases += 1;
    await restoreDeaths({ kind: "action", id, subject }, view, restored, deps);
  },
  events: async ({ id }, restored, deps) => {
    const view = await deps.ledger.eventView(id);
    if (view !== null) await restoreDeaths({ kind: "event", id }, view, restored, deps);
  },
  messages: async ({ id }, restored, { ledger, records }) => {
    const raw = await ledger.rawOf(id);
    const letter = raw === null ? null : messageOf(raw);
    if (letter === null) return;
    const row: DeadLetterRow = { ...letter, state: "dead", redrives: 0, actedAt: null, discardReason: null };
    if (await restoreDeadLetter(records, row)) restored.deadLetters += 1;
  },
  acts: restoreActOf,
  redrives: restoreActOf,
  discards: restoreActOf,
};

async function restoreDeaths(
  ref: RowRef,
  { state, history }: Pick<DiedRow, "state" | "history">,
  restored: Rebuilt,
  { ledger, records }: RebuildDeps,
): Promise<void> {
  const dead = await ledger.deadRow(ref);
  if (dead === null || dead.deaths === 0) return;
  for (const past of pastDeaths({ ...dead, state, history })) {
    const letter = await letterOfDeath(ref, past);
    if (await restoreDeadLetter(records, letter)) restored.deadLetters += 1;
  }
}

/** The message that died is gone; its doorbell is made anew, and says no less. */
async function letterOfDeath(ref: RowRef, { death, redriven }: PastDeath): Promise<DeadLetterRow> {
  const letter = await letterOfRow(ref, doorbellFor(ref, death.queue, "rebuilt"), death);
  const alive = { ...letter, state: "redriven", discardReason: null } as const;
  if (redriven === "forgotten") return { ...alive, redrives: 1, actedAt: null };
  const n = redriven === null ? null : numberIn(redriven.detail ?? "", letter.id);
  if (redriven === null || n === null)
    return { ...letter, state: "dead", redrives: 0, actedAt: null, discardReason: null };
  return { ...alive, redrives: n, actedAt: redriven.at };
}

/** The nonce of a redrive is `<letter>:<n>`. One of another letter is none of this one. */
function numberIn(nonce: string, letter: string): number | null {
  const n = nonce.startsWith(`${letter}:`) ? Number(nonce.slice(letter.length + 1)) : 0;
  return Number.isSafeInteger(n) && n > 0 ? n : null;
}

async function restoreActOf({ id }: RecordedRow, restored: Rebuilt, deps: RebuildDeps): Promise<void> {
  const named = letterOfAct(id);
  const view = named === null ? null : await deps.ledger.eventView(id);
  const act = view === null ? null : actOf(view.event);
  if (named === null || act === null) return;
  const state =
    act.kind === "redrive" && (named.isSent || (await hasMovedOn(named.letter, deps))) ? "redriven" : "redriving";
  if (await restoreAct(deps.records, named.letter, named.n, act, state)) restored.acts += 1;
}

/** Whether nothing is left to redrive. A redrive that was cut short goes on when a person asks for it again. */
async function hasMovedOn(letterId: string, { ledger, records }: RebuildDeps): Promise<boolean> {
  const letter = await getDeadLetter(records, letterId);
  const row = letter === null ? null : rowOf(letter);
  if (row === null) return false;
  const view = row.kind === "event" ? await ledger.eventView(row.id) : (await ledger.actions([row]))[0];
  const state = view?.state;
  return state !== undefined && state !== "dead" && state !== "dead_lettered";
}
