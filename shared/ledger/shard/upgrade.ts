/**
 * Reads stored JSON of earlier versions in today's form. A row is not rewritten for this; it gets the new form with its
 * next write. Fact rows are never written again.
 */
import { historyOfCase, lifeOfCase } from "../../contracts/case-life.ts";
import type { RecordedDecision } from "../../contracts/decision.ts";
import type { FailureCounts } from "../../contracts/failure.ts";
import { UNDECIDED } from "../action/new.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import { countsOf } from "../failures.ts";

/** Until 2026-11 the row key of a fact was stored under the name `factKey`. */
type Renamed<Row extends { factRowKey: unknown }> =
  | Row
  | (Omit<Row, "factRowKey"> & { factKey: Row["factRowKey"]; factRowKey?: undefined });

export const upgradedDecision = (stored: Renamed<RecordedDecision>): RecordedDecision => ({
  ...OLD_DECISION,
  ...renamed(stored),
});
const OLD_DECISION: Pick<RecordedDecision, "grant" | "version"> = { grant: null, version: 0 };

type WithoutEvent = Omit<EventRow, "event">;

type StoredEvent = Counted<Omit<WithoutEvent, Waited | "provenance">> &
  Partial<Pick<WithoutEvent, Waited | "provenance">>;

export function upgradedEvent(stored: Renamed<StoredEvent>): WithoutEvent {
  const row = renamed<StoredEvent>(stored);
  return {
    ...row,
    provenance: row.provenance ?? null,
    failures: countsOf(row.failures, row.failure),
    waitsSince: row.waitsSince ?? row.history.at(-1)?.at ?? row.acceptedAt,
    toldSince: row.toldSince ?? null,
  };
}

/** Rows of before 2026-12 were not watched for how long they waited. */
type Waited = "waitsSince" | "toldSince";

/** Until 2026-12 the failures of all reasons were one number. */
type Counted<Row extends { failures: FailureCounts }> = Omit<Row, "failures"> & { failures: FailureCounts | number };

/** Older rows lack these fields. */
type Absent =
  | Waited
  | "behind"
  | "held"
  | "reported"
  | "caseAbout"
  | "caseStanding"
  | "version"
  | "grantWanted"
  | "firstBeginAt"
  | Decided;
/** Rows of before 2026-12 were decided by nobody: a case was closed at the provider. */
type Decided = "caseRound" | "caseApprovals" | "caseAnswers" | "caseDecided" | "caseSeen" | "approved" | "superseded";
type StoredAction = Counted<Omit<ActionRow, Absent>> & Partial<Pick<ActionRow, Absent>>;

/**
 * A row of before 2026-12 waited without any grant: for its first, and, once a grant was no longer good, for the next. Of
 * its begins it kept the last alone; none is older than the row.
 */
export const upgradedAction = (stored: StoredAction): ActionRow => ({
  held: null,
  reported: null,
  caseAbout: null,
  caseStanding: null,
  version: 0,
  grantWanted: stored.grant === null && stored.caseReason === null && stored.state !== "skipped" ? "first" : null,
  firstBeginAt: stored.lastBeginAt === null ? null : stored.createdAt,
  waitsSince: Math.max(stored.updatedAt, stored.notBefore ?? 0, (stored.state === "pending" && stored.due) || 0),
  toldSince: null,
  behind: null,
  ...UNDECIDED,
  caseAnswers: [],
  ...stored,
  caseRound: stored.caseRound ?? roundOf(stored),
  failures: countsOf(stored.failures, stored.failure),
});

/** As D1 counted the versions of its case. One that D1 never had is in its first round. */
function roundOf({ state, history, caseReason, caseStanding = null, updatedAt }: StoredAction): number {
  const told = historyOfCase({ state, history, caseStanding, updatedAt, caseRound: 0, caseDecided: null });
  return Math.max(lifeOfCase(told).version, caseReason === null ? 0 : 1);
}

function renamed<Row extends { factRowKey: unknown }>(stored: Renamed<Row>): Row {
  if (!("factKey" in stored)) return stored as Row;
  const { factKey, ...rest } = stored;
  return { ...rest, factRowKey: factKey } as unknown as Row;
}
