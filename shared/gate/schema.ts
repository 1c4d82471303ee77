/** The gate's tables. The first entry uses IF NOT EXISTS, because older gates have these tables without a version. */
export const GATE_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE IF NOT EXISTS hold (scope TEXT PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS reservation (
    action_id TEXT PRIMARY KEY, at INTEGER NOT NULL, cents REAL NOT NULL,
    scopes TEXT NOT NULL -- the envelopes it counts in, as JSON
  ) WITHOUT ROWID;
  `,
  // A lifted hold is kept until its scope is put on hold again, so that a repeated lift gets the same answer.
  `
  ALTER TABLE hold ADD COLUMN by TEXT NOT NULL DEFAULT 'person';
  ALTER TABLE hold ADD COLUMN lifted_at INTEGER;
  ALTER TABLE hold ADD COLUMN lift_reason TEXT;
  `,
  // What was last heard of Claude, of each provider and of D1: one row a party, written when its state changes.
  "CREATE TABLE heard (party TEXT PRIMARY KEY, state TEXT NOT NULL, since INTEGER NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL) WITHOUT ROWID;",
  // Documents by their hash, with that of their guardrails; who drafted them; what was published. `act`: its number among the acts about policy;
  // the last that was taken is in a table of its own, since not each of them changes something.
  `
  CREATE TABLE policy_document (version TEXT PRIMARY KEY, guardrails TEXT NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE policy_draft (
    version TEXT PRIMARY KEY, over TEXT NOT NULL, act INTEGER NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL,
    not_with TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE publication (
    n INTEGER PRIMARY KEY, version TEXT NOT NULL, act INTEGER, at INTEGER NOT NULL, by TEXT, drafted_by TEXT
  ) WITHOUT ROWID;
  CREATE INDEX publication_of ON publication (version, n);
  CREATE TABLE policy_act (id INTEGER PRIMARY KEY CHECK (id = 1), n INTEGER NOT NULL);
  `,
  // What each person's request did to a hold, so that a late repeat does nothing to a newer one.
  `
  CREATE TABLE hold_request (
    request TEXT PRIMARY KEY, at INTEGER NOT NULL, lifted_at INTEGER, kept_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX hold_request_by_age ON hold_request (kept_at);
  `,
];
