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
};
