import type { PaymentEvent } from "../contracts/event.ts";
import type { CasePlacing, CaseRow } from "../contracts/records.ts";
import type { ActionView, EventView, HistoryEntry, NoticeView, RowRef } from "../contracts/views.ts";
import { sha256Hex } from "../core/hash.ts";
import { planned } from "./case.ts";
import { type NewCase, NO_MATTER, NO_WORK, PLACING, replaced } from "./cases.ts";
import type { Database, Value } from "./database.ts";
import { UNPLACED } from "./place.ts";

/**
 * Cases for information: they tell of a row that waits for long and goes on by itself. One row has one such case, beside the
 * case that it may become. `openedAt` is when the wait was found too long, and tells one wait of the row from another.
 */
export type NewInformation = Omit<NewCase, "version" | "status" | "dueAt" | "isInformation" | keyof CasePlacing>;

const OPENED = `id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, openedAt, customer, payment, ${PLACING}`;

/** Opens it; a later wait reopens it under the next version. The same opening again changes nothing, also after its end. */
export async function openInformation(
  database: Database,
  opening: NewInformation & Partial<CasePlacing>,
): Promise<void> {
  const row = { ...NO_MATTER, ...UNPLACED, ...opening };
  await database
    .prepare(
      `INSERT INTO cases (${OPENED}, state, version, isInformation, about)
       VALUES (${OPENED.replaceAll(/\w+/g, "?")}, 'open', 1, 1, 'information')
       ON CONFLICT (id) DO UPDATE SET
         reason = excluded.reason, summary = excluded.summary, state = 'open', version = version + 1,
         openedAt = excluded.openedAt, closedAt = NULL, ${replaced(PLACING)}
       WHERE isInformation = 1 AND openedAt <> excluded.openedAt`,
    )
    .bind(...OPENED.split(", ").map((column) => Reflect.get(row, column) as Value))
    .run();
}

/** Closes it where it was opened at `until` or before: a wait that was found later is another one. */
export async function closeInformation(database: Database, id: string, until: number, now: number): Promise<void> {
  await database
    .prepare(
      "UPDATE cases SET state = 'closed', closedAt = ? WHERE id = ? AND isInformation = 1 AND state = 'open' AND openedAt <= ?",
    )
    .bind(now, id, until)
    .run();
}

/** It is another one than the case that the row may become. */
export async function caseIdOfNotice({ kind, id }: RowRef): Promise<string> {
  return `wait_${kind === "action" ? id.replace(/^act_/, "") : (await sha256Hex(id)).slice(0, 32)}`;
}

/** What is told of a waiting row. `summaryOf`: an event in a few words. */
export function informationOf(
  id: string,
  view: NoticeView,
  summaryOf: (event: PaymentEvent) => string,
): NewInformation {
  const { why: reason, at: openedAt } = view;
  if (view.action !== null) {
    const { action, eventId } = view.action;
    const summary = `${planned(view.action)} waits. ${reason}${testMode(action.mode)} Event ${eventId}.`;
    const { id: actionId, subject, kind, amountMinor, currency, customer, payment } = action;
    const matter = { about: "information", rule: null, customer, payment } as const;
    return { id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, openedAt, ...matter };
  }
  const { event } = view.event;
  const summary = `The event ${summaryOf(event)} waits. ${reason}${testMode(event.mode)} Event ${event.id}.`;
  const { id: subject, amountMinor = null, currency = null } = event;
  return {
    id,
    actionId: "",
    subject,
    eventId: subject,
    kind: "event",
    amountMinor,
    currency,
    reason,
    summary,
    openedAt,
    about: "information",
    rule: null,
    customer: event.customer ?? null,
    payment: event.payment ?? null,
  };
}

const testMode = (mode: "live" | "test"): string => (mode === "test" ? " Test mode." : "");

/** The word of a row's history when a person was told that it waits. */
export const WAITS = "waits for long";

/**
 * The case as D1 had it: open while the row has its notice. Otherwise the row has had news since it was told of, and the
 * history has when, more or less. A long history may have lost that the row was told of; its notice has not.
 */
export function informationRowOf(
  id: string,
  { row, notice }: { row: RowOfNotice; notice: NoticeView | null },
  summaryOf: (event: PaymentEvent) => string,
): CaseRow | null {
  const told = historyOf(row).filter(({ what }) => what === WAITS);
  const view = notice ?? noticeThatWas(row, told.at(-1));
  if (view === null) return null;
  return {
    ...NO_MATTER,
    ...informationOf(id, view, summaryOf),
    ...UNPLACED,
    ...NO_WORK,
    state: view.state === "closing" ? "closed" : "open",
    version: Math.max(1, told.length),
    status: null,
    dueAt: null,
    isInformation: 1,
    closedAt: view.state === "closing" ? firstNewsOf(row, view.at) : null,
  };
}

function noticeThatWas(row: RowOfNotice, told: HistoryEntry | undefined): NoticeView | null {
  if (told === undefined) return null;
  const { at, detail: why = "the reason was removed" } = told;
  return { ...row, state: "closing", at, since: at, why };
}

/** What ends a wait. A failure, a begin and an unclear answer do not. */
const NEWS: ReadonlySet<string> = new Set([
  ...["succeeded", "declined", "skipped", "pending", "unmeant"],
  ...["held", "case_opening", "dead letter kept", "redriven"],
]);

function firstNewsOf(row: RowOfNotice, since: number): number {
  const history = historyOf(row);
  const news = history.find(({ what, at }) => at >= since && NEWS.has(what));
  // A decision is not in the history of its event; a row that has just died has its last failure there.
  return news?.at ?? row.event?.decidedAt ?? history.at(-1)?.at ?? since;
}

const historyOf = (row: RowOfNotice): readonly HistoryEntry[] => (row.action ?? row.event).history;

/** The row that a notice is about. */
export type RowOfNotice = { event: EventView; action: null } | { event: null; action: ActionView };
