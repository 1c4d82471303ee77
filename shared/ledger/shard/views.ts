import type { ActionView, EventView } from "../../contracts/ledger.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import { sumOf } from "../failures.ts";

/** Rows as callers see them, without what only the state machine needs. */
export function viewOfAction(row: ActionRow): ActionView {
  const {
    action,
    eventId,
    state,
    version,
    grant,
    grantWanted,
    attempts,
    failures,
    notBefore,
    firstBeginAt,
    caseReason,
    caseAbout,
    held,
    failure,
    outcome,
    createdAt,
    updatedAt,
    history,
  } = row;
  return {
    action,
    eventId,
    state,
    version,
    grant,
    grantWanted,
    attempts,
    failures: sumOf(failures),
    notBefore,
    firstBeginAt,
    caseReason,
    caseAbout,
    held,
    failure,
    outcome,
    createdAt,
    updatedAt,
    history,
  };
}

export function viewOfEvent(row: EventRow): EventView {
  const { event, state, outcome, failure, failures, acceptedAt, decidedAt, factRowKey, conflicts, history } = row;
  return {
    event,
    state,
    outcome,
    failure,
    failures: sumOf(failures),
    acceptedAt,
    decidedAt,
    factRowKey,
    conflicts,
    history,
  };
}
