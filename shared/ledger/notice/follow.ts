import type { RowRef } from "../../contracts/ledger.ts";
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

/** The pump has rung for it: the wait for the next ring doubles. It is never given up. */
export const rungNotice = (notice: NoticeRow, now: number, settings: LedgerSettings): NoticeRow => ({
  ...notice,
  rings: notice.rings + 1,
  due: nextDue(now, notice.rings + 1, settings),
});

export const rowOfNotice = ({ kind, id, subject }: Pick<NoticeRow, "kind" | "id" | "subject">): RowRef =>
  kind === "event" ? { kind, id } : { kind, id, subject };
