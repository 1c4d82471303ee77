import type { QueueName } from "../../contracts/queues.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue, patienceOf, UNCLAIMED_RINGS_MAX } from "../settings.ts";
import type { Places } from "../shard/places.ts";
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

/** The queue of those who open and close its case. */
const QUEUE: QueueName = "escalate";
/** Beside the place of the row itself, which may wait in another queue. */
export const placeOf = (id: string): string => `notice:${id}`;

/**
 * The pump rings for these, the oldest dues first. They share the places of their queue with its rows: an outage of hours tells
 * of as many rows as wait, and one in which their own queue is away must not multiply messages.
 */
export function rungNotices(notices: NoticeStore, places: Places, now: number, settings: LedgerSettings): NoticeRow[] {
  const due = notices.due(now, Math.max(0, UNCLAIMED_RINGS_MAX - places.taken(QUEUE)));
  for (const notice of due) {
    const next = rung(notice, now, settings);
    notices.save(next);
    places.take(placeOf(notice.id), QUEUE, next.due);
  }
  if ((notices.earliestDue() ?? Number.POSITIVE_INFINITY) <= now) places.wants(QUEUE);
  return due;
}

/** When the pump must wake for a notice; null where there is none. */
export function noticeWake(notices: NoticeStore, places: Places): number | null {
  const due = notices.earliestDue();
  const isFree = places.taken(QUEUE) < UNCLAIMED_RINGS_MAX;
  return due === null || isFree ? due : Math.max(due, places.freeAt(QUEUE));
}

/** The wait for the next ring doubles. It is never given up. */
const rung = (notice: NoticeRow, now: number, settings: LedgerSettings): NoticeRow => ({
  ...notice,
  rings: notice.rings + 1,
  due: nextDue(now, notice.rings + 1, settings),
});
