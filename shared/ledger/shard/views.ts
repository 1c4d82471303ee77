import type { ActionView, EventView } from "../../contracts/views.ts";
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
    caseStanding,
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
    caseStanding,
    held,
    failure,
    outcome,
    createdAt,
    updatedAt,
    ...removalOf(row),
    history,
  };
}

export function viewOfEvent(row: EventRow): EventView {
  const { event, provenance, state, outcome, failure, failures, acceptedAt, decidedAt, factRowKey } = row;
  const { conflicts, history } = row;
  const removal = removalOf(row);
  return {
    event,
    provenance,
    state,
    outcome,
    failure,
    failures: sumOf(failures),
    acceptedAt,
    decidedAt,
    factRowKey,
    conflicts,
    ...removal,
    history,
  };
}

const removalOf = ({ textRemovedAt }: EventRow | ActionRow): { textRemovedAt?: number } =>
  textRemovedAt === undefined ? {} : { textRemovedAt };
