/**
 * Which column of which store keeps what somebody wrote. A test compares it with the tables as they are made, so a new column
 * has an entry before it is merged; a new field of a row of D1 does not compile without one. A redaction takes every `text`
 * and `row`: test/unit/console/redact-stores.test.ts writes words into each of them.
 */
import type { AuditEntry } from "./audit.ts";
import type { CaseLink, CaseNote, CaseRow, DeadLetterRow } from "./records.ts";

/**
 * text     words of people, providers or Claude
 * row      the fields of a row of the ledger: shared/ledger/shard/texts.ts says of each whether it is a text
 * passing  words that go by themselves when their row has news; what waits for news is never redacted
 * policy   the policy's own words, about nobody
 * none     ids, numbers, times, hashes, fixed words, and the names of those who acted
 */
export type Keeps = "text" | "row" | "passing" | "policy" | "none";
export type StoreName = "ledger" | "gate" | "records" | "audit";
type Columns<Field extends string> = Readonly<Record<Field, Keeps>>;

const none = <Field extends string>(...fields: Field[]): Record<Field, "none"> =>
  Object.fromEntries(fields.map((field) => [field, "none"])) as Record<Field, "none">;

const LEDGER = {
  setting: { ...none("name"), value: "policy" },
  event: { ...none("id", "due", "accepted_at"), body: "row", row: "row", raw: "text" },
  event_state: { ...none("id", "queue", "due", "awaits"), row: "row" },
  conflict: { ...none("id", "at", "provenance"), body: "text", raw: "text" },
  fact: { ...none("key"), standing: "row" },
  action: { ...none("id", "subject", "due"), row: "row" },
  action_state: { ...none("id", "queue", "due", "awaits"), row: "row" },
  key: none("key", "n", "occurred_at", "at"),
  notice: { ...none("id", "kind", "subject", "at", "since", "state", "due", "rings"), why: "passing" },
  total: none("minute", "bucket", "count", "amount"),
  total_day: none("day", "bucket", "count", "amount", "newest"),
  reference_block: none("n", "kind", "open", "filter", "ids"),
} as const satisfies Readonly<Record<string, Columns<string>>>;

const GATE = {
  hold: { ...none("scope", "at", "by", "lifted_at"), reason: "text", lift_reason: "text" },
  hold_request: none("request", "at", "lifted_at", "kept_at"),
  reservation: none("action_id", "at", "cents", "scopes"),
  heard: none("party", "state", "since", "at", "what"),
  policy_document: { ...none("version", "guardrails"), document: "policy" },
  policy_draft: none("version", "over", "act", "at", "by", "not_with"),
  publication: none("n", "version", "act", "at", "by", "drafted_by"),
  policy_act: none("id", "n"),
} as const satisfies Readonly<Record<string, Columns<string>>>;

const CASES: Columns<keyof CaseRow> = {
  ...none("id", "actionId", "subject", "eventId", "kind", "amountMinor", "currency", "state", "version", "openedAt"),
  ...none("status", "dueAt", "isInformation", "closedAt", "customer", "payment", "rule", "about", "placedBy"),
  ...none("worthUsdCents", "priority", "decideBy", "whenDue", "lookAt", "groupKey", "owner", "ownerName"),
  ...none("snoozedUntil", "askedAt", "acts", "decidedBy", "code"),
  reason: "text",
  summary: "text",
};
const NOTES: Columns<keyof CaseNote | "caseId"> = {
  ...none("event", "caseId", "what", "at", "byId", "byName"),
  text: "text",
};
const LINKS: Columns<keyof CaseLink | "caseId"> = none("caseId", "other", "at", "byId", "byName");
const LETTERS: Columns<keyof DeadLetterRow> = {
  ...none("id", "queue", "rowKind", "rowId", "subject", "reason", "attempts", "firstAt", "lastAt", "state"),
  ...none("redrives", "actedAt", "groupKey", "editedTo"),
  body: "text",
  detail: "text",
  discardReason: "text",
};
const AUDIT_COPY: Columns<Exclude<keyof AuditEntry, "by"> | "personId" | "personName"> = none(
  ...(["n", "event", "at", "personId", "personName", "what", "about", "before", "after"] as const),
  ...(["textHash", "prev", "hash"] as const),
);
const PEOPLE = none(
  ...(["id", "name", "nameKey", "human", "identity", "roles", "vouchedBy", "acts", "addedAt"] as const),
  ...(["revokedAt", "proof"] as const),
);

export const KEPT_TEXTS: Readonly<Record<StoreName, Readonly<Record<string, Columns<string>>>>> = {
  ledger: LEDGER,
  gate: GATE,
  records: {
    cases: CASES,
    case_notes: NOTES,
    case_links: LINKS,
    dead_letters: LETTERS,
    people: PEOPLE,
    audit: AUDIT_COPY,
  },
  audit: { entry: none("n", "event", "entry"), head: none("one", "n", "hash", "kid", "signature") },
};

/** As `store.table.column`. */
export const columnsKeeping = (...kinds: Keeps[]): string[] =>
  Object.entries(KEPT_TEXTS).flatMap(([store, tables]) =>
    Object.entries(tables).flatMap(([table, columns]) =>
      Object.entries(columns).flatMap(([column, keeps]) =>
        kinds.includes(keeps) ? [`${store}.${table}.${column}`] : [],
      ),
    ),
  );
