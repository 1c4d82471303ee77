/**
 * A build of before the state tables reads a settled row as it was made, and would carry it out again. Each of its steps writes
 * a due into the table of what is written once; today's code never does.
 */
const stopsEarlierBuilds = (table: "event" | "action"): string => `
  CREATE TRIGGER ${table}_is_written_once BEFORE UPDATE OF due ON ${table} WHEN new.due IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'a later build has written this ledger: deploy that one again'); END;`;

/**
 * One shard's tables. Written rows are most of the bill, so the tables are WITHOUT ROWID, have few indexes, and keep what
 * no query searches for in one JSON column. `event` and `action` have what is written once, and their state tables what
 * changed since: see row-table.ts. A row of before that table's time has its newest fields in `event` and `action`.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE event (
    id TEXT PRIMARY KEY, due INTEGER, accepted_at INTEGER NOT NULL,
    body TEXT NOT NULL,  -- the normalised event, canonical: two deliveries are compared by it
    row TEXT NOT NULL,   -- the rest of EventRow
    raw TEXT NOT NULL    -- the bytes as they came
  ) WITHOUT ROWID;
  CREATE INDEX event_due ON event (due) WHERE due IS NOT NULL;
  CREATE TABLE conflict (id TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, raw TEXT NOT NULL, PRIMARY KEY (id, at, body)) WITHOUT ROWID;
  CREATE TABLE fact (key TEXT PRIMARY KEY, standing TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE action (id TEXT PRIMARY KEY, subject TEXT NOT NULL, due INTEGER, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX action_subject ON action (subject);
  CREATE INDEX action_due ON action (due) WHERE due IS NOT NULL;
  CREATE TABLE total (minute INTEGER NOT NULL, bucket TEXT NOT NULL, count INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (minute, bucket)) WITHOUT ROWID;
  `,
  // An idempotency key of a caller, and its newest event: see event/key.ts.
  "CREATE TABLE key (key TEXT PRIMARY KEY, n INTEGER NOT NULL, occurred_at INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;",
  `
  CREATE TABLE event_state (
    id TEXT PRIMARY KEY,
    queue TEXT,      -- where its doorbell belongs
    due INTEGER,     -- for the pump: never later than \`awaits\`
    awaits INTEGER,  -- the due of the row; null when nothing is awaited
    row TEXT NOT NULL -- the fields that have changed
  ) WITHOUT ROWID;
  CREATE INDEX event_state_due ON event_state (queue, due) WHERE due IS NOT NULL;
  CREATE TABLE action_state (id TEXT PRIMARY KEY, queue TEXT, due INTEGER, awaits INTEGER, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX action_state_due ON action_state (queue, due) WHERE due IS NOT NULL;
  `,
  // What a person is told of while it goes on: see notice/.
  `
  CREATE TABLE notice (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, at INTEGER NOT NULL, since INTEGER NOT NULL,
    why TEXT NOT NULL, state TEXT NOT NULL, due INTEGER NOT NULL, rings INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX notice_due ON notice (due);
  `,
  // Day 0 has what is older than TOTAL_DAYS. `total` is empty once its rows of minutes are folded: see totals.ts.
  "CREATE TABLE total_day (day INTEGER NOT NULL, bucket TEXT NOT NULL, count INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (day, bucket)) WITHOUT ROWID;",
  stopsEarlierBuilds("event") + stopsEarlierBuilds("action"),
  // The last event that the shard stored, and what its rows name: see find/.
  `
  ALTER TABLE total_day ADD COLUMN newest TEXT;
  ALTER TABLE conflict ADD COLUMN provenance TEXT;
  CREATE TABLE reference_block (
    n INTEGER PRIMARY KEY, kind TEXT NOT NULL,
    open TEXT NOT NULL,   -- the ids of its rows that may still come to name something: they are not in the filter
    filter TEXT NOT NULL,
    ids TEXT NOT NULL
  );
  `,
];
