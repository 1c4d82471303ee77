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

export const upgradedDecision = (stored: Renamed<RecordedDecision>): RecordedDecision => renamed(stored);

export const upgradedEvent = (stored: Renamed<Omit<EventRow, "event">>): Omit<EventRow, "event"> => renamed(stored);

/** Older rows lack these fields. */
export const upgradedAction = (stored: ActionRow): ActionRow => ({ ...ABSENT, ...stored });
const ABSENT: Pick<ActionRow, "held" | "reported" | "caseAbout"> = { held: null, reported: null, caseAbout: null };

function renamed<Row extends { factRowKey: unknown }>(stored: Renamed<Row>): Row {
  if (!("factKey" in stored)) return stored as Row;
  const { factKey, ...rest } = stored;
  return { ...rest, factRowKey: factKey } as unknown as Row;
}
