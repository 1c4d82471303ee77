import * as v from "valibot";
import { CASE_KINDS } from "../../../shared/contracts/case-kinds.ts";
import { OVERRIDABLE } from "../../../shared/contracts/overridable.ts";
import { ROLES } from "../../../shared/contracts/people.ts";

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

export const caseDone = v.object({ case: caseRow });

export const decideOn = v.pipe(
  v.object({ round: count, proposal: v.string() }),
  v.description("what a decision must name: which opening of the case, and the hash of what was shown"),
);
export const proposalChange = v.pipe(
  v.looseObject({
    amountMinor: v.optional(count),
    currency: v.optional(v.string()),
    variant: v.optional(text),
    payment: v.optional(v.string()),
    invoice: v.optional(v.string()),
    subscription: v.optional(v.string()),
  }),
  v.description("what is executed instead of the proposal"),
);
export const givenYes = v.object({
  approvers: v.array(v.string()),
  overrides: v.array(v.picklist(OVERRIDABLE)),
  change: v.nullable(proposalChange),
  needs: v.picklist([1, 2]),
  expiresAt: at,
  isUnsent: v.pipe(v.boolean(), v.description("all have said yes, and nobody has sent it on: one of them repeats it")),
});
export const caseDetails = v.looseObject({
  about: v.picklist(CASE_KINDS),
  says: v.array(v.object({ label: v.string(), text: v.string() })),
  verdicts: v.pipe(
    v.array(v.object({ rule: v.string(), reason: v.string(), mayBeOverridden: v.boolean() })),
    v.description("what an approval must override; where nobody may, approving refuses"),
  ),
  given: v.pipe(
    v.nullable(givenYes),
    v.description("the yeses that it has, to which another one must be the same; null: none"),
  ),
});

export const caseDeclined = v.object({ kind: v.picklist(["denied", "closed"]), code: v.string(), says: v.string() });

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

export const lettersActed = v.object({
  results: v.array(v.object({ id: v.string(), result: v.string(), events })),
});

export const holdRow = v.object({
  scope: v.string(),
  at,
  reason: v.string(),
  by: v.picklist(["person", "rule"]),
});
export const holdDone = v.object({ result: v.picklist(["held", "held_before"]), hold: holdRow, events });
export const liftRow = v.object({ hold: holdRow, at, reason: text });

export const personRow = v.object({
  id: v.string(),
  name: v.string(),
  human: v.boolean(),
  roles: v.array(v.picklist(ROLES)),
  vouchedBy: v.pipe(v.array(v.string()), v.description("who added them or gave them a role")),
  identity: v.pipe(text, v.description("the subject or the service token; null: a token of ours")),
  addedAt: v.nullable(at),
  revokedAt: v.nullable(at),
});
export const personChanged = v.object({
  result: v.picklist(["done", "done_before"]),
  person: personRow,
  token: v.pipe(text, v.description("the person's token, shown this once")),
  event: v.pipe(v.string(), v.description("the record of the act")),
});
export const personRef = v.object({ id: v.string(), name: v.string() });

/** Of a document of policy. */
export const version = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{32}$/, "must be 32 hexadecimal digits"),
  v.description("a version of the policy: 32 hexadecimal digits, the hash of the document"),
);
export const publication = v.object({
  n: count,
  version,
  at,
  by: v.nullable(personRef),
  draftedBy: v.nullable(personRef),
});
export const draft = v.object({ version, over: version, at, by: personRef });
export const policyChange = v.pipe(
  v.object({ path: v.string(), before: v.optional(v.unknown()), after: v.optional(v.unknown()) }),
  v.description("`before` absent: it is new; `after` absent: it is gone"),
);
export const policyPublished = v.object({
  result: v.picklist(["published", "published_before"]),
  publication,
  changes: v.array(policyChange),
  warnings: v.array(v.string()),
  events,
});

export const auditFinding = v.object({ what: v.string(), n: count, event: text, says: v.string() });
export const auditEntry = v.object({
  n: count,
  event: v.string(),
  at,
  by: v.object({ id: v.string(), name: v.string() }),
  what: v.string(),
  about: v.string(),
  before: v.looseObject({}),
  after: v.looseObject({}),
  textHash: text,
  prev: v.string(),
  hash: v.string(),
});

export const openSum = v.object({ currency: text, count, amountMinor: v.nullable(v.number()) });
