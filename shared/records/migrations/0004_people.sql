-- Who may act, but for the first admin, whom the deployment's configuration names. Times are milliseconds since 1970.
CREATE TABLE people (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  -- 0: a service token, which never approves.
  human INTEGER NOT NULL CHECK (human IN (0, 1)),
  -- "subject:…" and "service:…" of Cloudflare Access, or "token:" and the SHA-256 of a local token.
  identity TEXT NOT NULL,
  -- JSON lists.
  roles TEXT NOT NULL,
  vouchedBy TEXT NOT NULL,
  -- The number of the last act about this person in the ledger.
  acts INTEGER NOT NULL,
  addedAt INTEGER NOT NULL,
  revokedAt INTEGER
) STRICT;
CREATE UNIQUE INDEX people_by_identity ON people (identity);
CREATE INDEX people_by_name ON people (name);
