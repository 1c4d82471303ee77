import * as v from "valibot";

/** The parts of answers that several routes share. Their types are in shared/contracts; these say them to the document. */
export const text = v.nullable(v.string());
export const count = v.number();
export const next = v.pipe(text, v.description("the cursor of the next page; null: this was the last"));
/** Epoch milliseconds. */
export const at = v.pipe(v.number(), v.description("in epoch milliseconds"));
export const events = v.optional(v.pipe(v.array(v.string()), v.description("the events that this stored")));

/** An answer has more fields than are named here. */
export const trace = v.pipe(
  v.looseObject({ id: v.string(), state: v.string(), terminal: v.boolean() }),
  v.description("everything from the webhook to the provider"),
);

export const caseRow = v.looseObject({
  id: v.string(),
  actionId: v.string(),
  subject: v.string(),
  eventId: v.string(),
  kind: v.string(),
  amountMinor: v.nullable(v.number()),
  currency: text,
  reason: v.string(),
  summary: v.string(),
  state: v.picklist(["open", "approved", "denied", "closed"]),
  version: v.number(),
  openedAt: at,
  status: text,
  dueAt: v.nullable(at),
  isInformation: v.picklist([0, 1]),
  closedAt: v.nullable(at),
});

export const letterRow = v.looseObject({
  id: v.string(),
  queue: v.string(),
  rowKind: v.picklist(["event", "action", "message"]),
  rowId: v.string(),
  subject: text,
  body: v.string(),
  reason: v.string(),
  detail: v.string(),
  attempts: count,
  firstAt: at,
  lastAt: at,
  state: v.picklist(["dead", "redriving", "redriven", "discarded"]),
  redrives: count,
  actedAt: v.nullable(at),
  discardReason: text,
  groupKey: v.optional(v.pipe(text, v.description("letters of one failure have one; null: not grouped yet"))),
  editedTo: v.optional(v.pipe(text, v.description("the event that a person sent in its place"))),
});

export const holdRow = v.object({
  scope: v.string(),
  at,
  reason: v.string(),
  by: v.picklist(["person", "rule"]),
});
export const liftRow = v.object({ hold: holdRow, at, reason: text });
