/**
 * Reads stored JSON of earlier versions in today's form. A row is not rewritten for this; it gets the new form with its
 * next write. Fact rows are never written again.
 */
import type { RecordedDecision } from "../../contracts/decision.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";

/** Until 2026-11 the row key of a fact was stored under the name `factKey`. */
type Renamed<Row extends { factRowKey: unknown }> =
  | Row
  | (Omit<Row, "factRowKey"> & { factKey: Row["factRowKey"]; factRowKey?: undefined });

export const upgradedDecision = (stored: Renamed<RecordedDecision>): RecordedDecision => ({
  ...OLD_DECISION,
  ...renamed(stored),
});
const OLD_DECISION: Pick<RecordedDecision, "grant" | "version"> = { grant: null, version: 0 };

export const upgradedEvent = (stored: Renamed<Omit<EventRow, "event">>): Omit<EventRow, "event"> => ({
  ...OLD_EVENT,
  ...renamed(stored),
});
const OLD_EVENT: Pick<EventRow, "provenance"> = { provenance: null };

/** Older rows lack these fields. */
type Absent = "held" | "reported" | "caseAbout" | "version" | "grantWanted" | "firstBeginAt";
type StoredAction = Omit<ActionRow, Absent> & Partial<Pick<ActionRow, Absent>>;

/**
 * A row of before 2026-12 waited without any grant: for its first, and, once a grant was no longer good, for the next. Of
 * its begins it kept the last alone; none is older than the row.
 */
export const upgradedAction = (stored: StoredAction): ActionRow => ({
  held: null,
  reported: null,
  caseAbout: null,
  version: 0,
  grantWanted: stored.grant === null && stored.caseReason === null && stored.state !== "skipped" ? "first" : null,
  firstBeginAt: stored.lastBeginAt === null ? null : stored.createdAt,
  ...stored,
});

function renamed<Row extends { factRowKey: unknown }>(stored: Renamed<Row>): Row {
  if (!("factKey" in stored)) return stored as Row;
  const { factKey, ...rest } = stored;
  return { ...rest, factRowKey: factKey } as unknown as Row;
}
