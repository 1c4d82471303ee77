/** Rows that people work with, in D1. */
export type CaseRow = {
  id: string;
  actionId: string;
  subject: string;
  eventId: string;
  kind: string;
  amountMinor: number | null;
  currency: string | null;
  reason: string;
  summary: string;
  state: "open" | "approved" | "denied" | "closed";
  version: number;
  openedAt: number;
  /** The provider's status of what it is about, as it was last heard; null where there is none. */
  status: string | null;
  /** Until when a person can act, in epoch milliseconds; null where nothing says so. */
  dueAt: number | null;
  /** 1: it only tells of a row that goes on by itself. There is nothing to approve; it is closed when the row settles. */
  isInformation: 0 | 1;
  closedAt: number | null;
};

export type DeadLetterRow = {
  id: string;
  queue: string;
  rowKind: "event" | "action" | "message";
  rowId: string;
  subject: string | null;
  body: string;
  reason: string;
  detail: string;
  attempts: number;
  firstAt: number;
  lastAt: number;
  state: "dead" | "redriving" | "redriven" | "discarded";
  redrives: number;
  /** When a person last redrove or discarded it. */
  actedAt: number | null;
  discardReason: string | null;
  /** Letters of one failure have one: shared/records/letter-groups.ts. Null: not grouped yet. Written from the others. */
  groupKey?: string | null;
  /** The id of the event that a person sent in place of what died; null where nobody did. */
  editedTo?: string | null;
};

/** Letters of one failure. `detail` is without ids and numbers; `first` and `last`: when one was given up, in epoch milliseconds. */
export type LetterGroup = {
  group: string;
  queue: string;
  reason: string;
  detail: string;
  count: number;
  first: number;
  last: number;
  /** The id of the newest. */
  example: string;
};
/** Of all that a filter finds. `first` and `last` null: it finds none. */
export type LetterTotal = { count: number; first: number | null; last: number | null };

/**
 * Open cases of one currency. `currency` null: those that name no amount. `amountMinor` null: they name none, or their sum
 * is more than a number holds exactly.
 */
export type OpenSum = { currency: string | null; count: number; amountMinor: number | null };
export type OpenCases = { toDecide: OpenSum[]; information: OpenSum[] };
