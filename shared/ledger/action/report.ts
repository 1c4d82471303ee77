/**
 * What a report on an action does to its row. Reports come from outside (echoes, a refund that the bank failed), and the id
 * that they name can be copied. So a report only makes a row due for a read. Why: docs/decisions/0013.
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

/** A report that no read at the provider has confirmed yet. */
export const isReported = ({ reported }: ActionRow): boolean => reported === "failed" || reported === "done";

/** A refund other than the one that the provider named for this row is not ours, whatever id it carries. */
export function isAbout({ outcome }: ActionRow, { refund }: ActionReport): boolean {
  const known = providerObjectOf(outcome);
  return known === null || refund === null || refund === known;
}

/**
 * A row that ended is not read any more, so a report that its refund failed would be lost in it where the row is uncertain,
 * or where its case is about another refund. The event then continues as any failed refund and gets its own case.
 */
export function isTooLate({ state, uncertain, caseAbout }: ActionRow, { says, refund }: ActionReport): boolean {
  if (says !== "failed" || isUnderWay(state)) return false;
  const about = caseAbout?.refund ?? null;
  return refund === null || about === null ? uncertain : refund !== about;
}

/** The same row where the report changes nothing. The caller rings for a row that became due; otherwise the pump does. */
export function rechecked(row: ActionRow, says: Says, now: number, settings: LedgerSettings): ActionRow {
  if (row.reported === "failed" || (row.reported === "done" && says !== "failed")) return row;
  const due = Math.min(row.due ?? Number.POSITIVE_INFINITY, nextDue(now, 0, settings));
  switch (row.state) {
    case "unknown":
      return { ...reported(row, says, now), due, rings: 0 };
    case "pending":
      // What was to be read in some hours is to be read soon, and waits from then on.
      return says === "pending"
        ? row
        : { ...reported(row, says, now), due, waitsSince: Math.min(row.waitsSince, due), rings: 0 };
    case "in_flight": {
      if (!isLeased(row, now)) return { ...reported(row, says, now), due, rings: 0 };
      // Its executor may have read the provider before the reported change: see `afterReport`.
      return says === "pending" ? row : reported(row, says, now);
    }
    case "succeeded":
      return mayReopen(row, says) ? reopened(reported(row, says, now), due) : row;
    default:
      return row;
  }
}

/** Settled under a lease during which a report came. The read may be older than the report, so the row is due at once. */
export function afterReport(settled: ActionRow, says: ActionRow["reported"], now: number): ActionRow {
  if (settled.state === "succeeded" && mayReopen(settled, says)) return reopened({ ...settled, reported: says }, now);
  if (settled.state === "pending" && (says === "done" || says === "failed"))
    return { ...settled, reported: says, due: now, waitsSince: now };
  return settled;
}

/** A bank may return a refund days after it succeeded. Captures and payments are not returned this way. */
const mayReopen = ({ action }: ActionRow, says: ActionRow["reported"] | Says): boolean =>
  action.kind === "refund" && says === "failed";

/** It is pending again, as before it succeeded. */
const reopened = (row: ActionRow, due: number): ActionRow => ({
  ...row,
  state: "pending",
  due,
  waitsSince: due,
  rings: 0,
});

/** A report of "pending" is stored as "done": both only mean that the provider must be read. */
function reported(row: ActionRow, says: Says, now: number): ActionRow {
  return {
    ...row,
    reported: says === "failed" ? "failed" : "done",
    updatedAt: now,
    history: append(row.history, now, "reported", SAID[says]),
  };
}
