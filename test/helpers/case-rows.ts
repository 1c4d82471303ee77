import type { CaseRow } from "../../shared/contracts/records.ts";
import { NO_MATTER, NO_WORK } from "../../shared/records/cases.ts";
import { UNPLACED } from "../../shared/records/place.ts";

/** Of a case that no policy has placed and nobody has worked. */
export const UNTOUCHED = { ...NO_MATTER, ...UNPLACED, ...NO_WORK };

export const caseRow = (n: number, changes: Partial<CaseRow> = {}): CaseRow => ({
  ...UNTOUCHED,
  id: `case_${n.toString(16).padStart(32, "0")}`,
  actionId: `act_${n.toString(16).padStart(32, "0")}`,
  subject: `pi_${n}`,
  eventId: `stripe:evt_${n}`,
  kind: "refund",
  amountMinor: 4_250,
  currency: "usd",
  reason: "above the threshold",
  summary: `Refund of 42.50 USD on pi_${n} needs a person.`,
  state: "open",
  version: 1,
  openedAt: 1_000 + n,
  status: null,
  dueAt: null,
  isInformation: 0,
  closedAt: null,
  about: "refund",
  payment: `pi_${n}`,
  ...changes,
});
