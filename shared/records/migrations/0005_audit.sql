-- The audit as people search it: a copy of the chain that its one writer keeps outside of D1. Each act of a person has an
-- entry. before and after are JSON; a text is there by its hash alone. Times are milliseconds since 1970.
CREATE TABLE audit (
  n INTEGER NOT NULL PRIMARY KEY,
  event TEXT NOT NULL,
  at INTEGER NOT NULL,
  personId TEXT NOT NULL,
  personName TEXT NOT NULL,
  what TEXT NOT NULL,
  about TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  textHash TEXT,
  prev TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;

-- All lists are read newest first, page by page.
CREATE INDEX audit_by_time ON audit (at, n);
CREATE INDEX audit_by_about ON audit (about, at, n);
CREATE INDEX audit_by_person ON audit (personId, at, n);
