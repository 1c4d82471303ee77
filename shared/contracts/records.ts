/** Rows that people work with, in D1. */
import type { CaseKind } from "./policy.ts";

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
  customer: string | null;
  payment: string | null;
  /** The rule that made it a case, else the reason of its failure, else the fact that only people decide; null where none did. */
  rule: string | null;
  about: CaseKind;
} & CasePlacing &
  CaseWork;

/**
 * What policy says of a case. `placedBy`: the hash of the section of cases under which it was placed; null: of none yet. All
 * times in epoch milliseconds.
 */
export type CasePlacing = {
  placedBy: string | null;
  /** A rough worth, for the order alone; null where policy has none for its currency. */
  worthUsdCents: number | null;
  /** 1 comes first. 0: brought to the front. */
  priority: number;
  /** Policy's time or its own deadline, whichever comes first. */
  decideBy: number | null;
  /** What happens then. `record`: it is closed at the next look, since nobody has to judge it. */
  whenDue: "alarm" | "close" | "record";
  /** When it is looked at next. */
  lookAt: number | null;
  /** The group of its like; null: it is judged by itself. */
  groupKey: string | null;
};

/** What people have done with it. `acts`: the number of the last act in the ledger. */
export type CaseWork = {
  owner: string | null;
  ownerName: string | null;
  snoozedUntil: number | null;
  askedAt: number | null;
  acts: number;
  decidedBy: string | null;
  code: string | null;
};

/** What somebody wrote about a case, masked. `event`: the ledger's record of it. */
export type CaseNote = {
  event: string;
  what: "note" | "question" | "answer";
  at: number;
  byId: string;
  byName: string;
  text: string;
};
export type CaseLink = { other: string; at: number; byId: string; byName: string };

/** Cases of one kind, rule and circumstance, which nobody judges one by one. `worthUsdCents` of those that have one. */
export type CaseGroup = { key: string; count: number; worthUsdCents: number; firstAt: number; lastAt: number };

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
