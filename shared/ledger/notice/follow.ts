import { append } from "../history.ts";
import { type LedgerSettings, nextDue, patienceOf } from "../settings.ts";
import { isStillTold, mustBeTold, type WaitingRow } from "./patience.ts";
import type { NoticeRow, NoticeStore } from "./store.ts";
import { whyItWaits } from "./why.ts";

/**
 * Every row passes here before it is written, in the same transaction. Answers the row to write. It knows whether a person
 * is told of it, so that a row that nobody is told of costs no read.
 */
export function followed<Row extends WaitingRow>(
  row: Row,
  now: number,
  notices: NoticeStore,
  settings: LedgerSettings,
): Row {
  if (row.toldSince !== null) return isStillTold(row) ? row : noLongerTold(row, now, notices);
  return mustBeTold(row, now, settings) ? told(row, now, notices, settings) : row;
}

function told<Row extends WaitingRow>(row: Row, now: number, notices: NoticeStore, settings: LedgerSettings): Row {
  const { kind, subject } = "action" in row ? { kind: "action" as const, subject: row.subject } : ofEvent(row);
  const why = whyItWaits(row, patienceOf(settings));
  notices.save({
    id: row.id,
    kind,
    subject,
    at: now,
    since: row.waitsSince,
    why,
    state: "opening",
    due: now,
    rings: 0,
  });
  return { ...row, toldSince: row.waitsSince, history: append(row.history, now, "waits for long", why) };
}

const ofEvent = ({ id }: { id: string }) => ({ kind: "event" as const, subject: id });

/** A case that is not open yet is closed all the same: who opens it may have written it, and not have said so. */
function noLongerTold<Row extends WaitingRow>(row: Row, now: number, notices: NoticeStore): Row {
  const notice = notices.of(row.id);
  if (notice !== null) notices.save({ ...notice, state: "closing", due: now, rings: 0 });
  return { ...row, toldSince: null };
}

/** The most notices that one round of the pump rings for; the next round goes on with the rest. */
const NOTICES_AT_ONCE = 100;

/** The pump rings for these. They take no places: there are few, and each is rung for more and more seldom. */
export function rungNotices(notices: NoticeStore, now: number, settings: LedgerSettings): NoticeRow[] {
  const due = notices.due(now, NOTICES_AT_ONCE);
  for (const notice of due) notices.save(rung(notice, now, settings));
  return due;
}

/** The wait for the next ring doubles. It is never given up. */
const rung = (notice: NoticeRow, now: number, settings: LedgerSettings): NoticeRow => ({
  ...notice,
  rings: notice.rings + 1,
  due: nextDue(now, notice.rings + 1, settings),
});
