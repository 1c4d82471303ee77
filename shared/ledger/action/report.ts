/**
 * What a report on an action does to its row. Reports come from outside (echoes, a refund that the bank has failed), and the
 * id that they name can be copied, so a report makes a row due for a read, at most; the provider's word settles it.
 */
import { isUnderWay, providerObjectOf } from "../../contracts/action.ts";
import type { ActionReport } from "../../contracts/ledger.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import { isLeased } from "./lease.ts";
import type { ActionRow } from "./row.ts";

type Says = ActionReport["says"];

const SAID: Record<Says, string> = {
  failed: "an event says that it has failed at the provider",
  done: "an event says that it is done at the provider",
  pending: "an event says that it is pending at the provider",
};

/** Something was reported that nobody has read at the provider since. Rows that are older than this have no such column. */
export const isReported = ({ reported }: ActionRow): boolean => reported === "failed" || reported === "done";

/** A refund that is not the one which the provider has named for this row is somebody else's, whatever id it carries. */
export function isAbout({ outcome }: ActionRow, { refund }: ActionReport): boolean {
  const known = providerObjectOf(outcome);
  return known === null || refund === null || refund === known;
}

/**
 * A row that has ended in doubt is not read any more, so news that its refund has failed would be lost in it, unless its case
 * is about that refund: such an event goes on as that of any failed refund, to a case of its own.
 */
export function isTooLate({ state, uncertain, caseAbout }: ActionRow, { says, refund }: ActionReport): boolean {
  if (says !== "failed" || !uncertain || isUnderWay(state)) return false;
  return refund === null || caseAbout?.refund !== refund;
}

/** The same row where the report changes nothing; the caller rings for what has become due, else the pump does. */
export function rechecked(row: ActionRow, says: Says, now: number, settings: LedgerSettings): ActionRow {
  if (row.reported === "failed" || (row.reported === "done" && says !== "failed")) return row;
  const due = Math.min(row.due ?? Number.POSITIVE_INFINITY, nextDue(now, 0, settings));
  switch (row.state) {
    case "unknown":
      return { ...reported(row, says, now), due, rings: 0 };
    case "pending":
      return says === "pending" ? row : { ...reported(row, says, now), due, rings: 0 };
    case "in_flight": {
      if (!isLeased(row, now)) return { ...reported(row, says, now), due, rings: 0 };
      // Who is at it may have read before this happened: see `afterReport`.
      return says === "pending" ? row : reported(row, says, now);
    }
    case "succeeded":
      return mayReopen(row, says) ? reopened(reported(row, says, now), due) : row;
    default:
      return row;
  }
}

/** Settled under a lease in which something was reported: what was settled may be older than the news, so it is due at once. */
export function afterReport(settled: ActionRow, says: ActionRow["reported"], now: number): ActionRow {
  if (settled.state === "succeeded" && mayReopen(settled, says)) return reopened({ ...settled, reported: says }, now);
  if (settled.state === "pending" && (says === "done" || says === "failed"))
    return { ...settled, reported: says, due: now };
  return settled;
}

/** A bank may send a refund back days after it succeeded; captures and payments are not taken back this way. */
const mayReopen = ({ action }: ActionRow, says: ActionRow["reported"] | Says): boolean =>
  action.kind === "refund" && says === "failed";

/** It waits for the provider's last word again, as it did before it had succeeded. */
const reopened = (row: ActionRow, due: number): ActionRow => ({ ...row, state: "pending", due, rings: 0 });

/** "pending" is no news that is kept: whoever reads finds it so, or further on. */
function reported(row: ActionRow, says: Says, now: number): ActionRow {
  return {
    ...row,
    reported: says === "failed" ? "failed" : "done",
    updatedAt: now,
    history: append(row.history, now, "reported", SAID[says]),
  };
}
