import { shownAct } from "../../contracts/act.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { ActionView, ConflictView, EventView, Provenance } from "../../contracts/views.ts";
import { canonicalJson } from "../../core/json.ts";
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
    caseRound,
    caseApprovals,
    caseDecided,
    caseSeen,
    approved,
    superseded,
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
    caseRound,
    caseApprovals,
    caseDecided,
    caseSeen,
    approved,
    superseded,
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

type Kept = { at: number; event: PaymentEvent; provenance: Provenance | null };
/** Derived by us, or no part of what the event says. */
const UNSAID: ReadonlySet<string> = new Set(["id", "lane", "tells", "contentHash", "covered"]);

/** What another content says otherwise than the stored event. */
export function viewOfConflict(stored: PaymentEvent, { at, event, provenance }: Kept): ConflictView {
  const said = (one: PaymentEvent, field: string): string | undefined => {
    const value: unknown = field === "act" && one.act !== undefined ? shownAct(one.act) : Reflect.get(one, field);
    return value === undefined ? undefined : canonicalJson(value);
  };
  const fields = [...new Set([...Object.keys(stored), ...Object.keys(event)])].filter((field) => !UNSAID.has(field));
  const differs = fields.flatMap((field) => {
    const [first, second] = [said(stored, field), said(event, field)];
    if (first === second) return [];
    return [
      { field, ...(first === undefined ? {} : { stored: first }), ...(second === undefined ? {} : { came: second }) },
    ];
  });
  return { at, provenance, differs };
}

const removalOf = ({ textRemovedAt }: EventRow | ActionRow): { textRemovedAt?: number } =>
  textRemovedAt === undefined ? {} : { textRemovedAt };
