-- What people work with. The ledger holds the truth, these rows are a view of it that can be searched.
-- Times are milliseconds since 1970, amounts are minor units of their currency.

-- One row an action. An action that needs a person again reopens its case under the next version.
CREATE TABLE cases (
  id TEXT NOT NULL PRIMARY KEY,
  actionId TEXT NOT NULL,
  subject TEXT NOT NULL,
  eventId TEXT NOT NULL,
  kind TEXT NOT NULL,
  amountMinor INTEGER,
  currency TEXT,
  reason TEXT NOT NULL,
  summary TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'denied', 'closed')),
  version INTEGER NOT NULL CHECK (version >= 1),
  openedAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Both lists are read newest first, page by page.
CREATE INDEX cases_by_time ON cases (openedAt, id);
CREATE INDEX cases_by_state ON cases (state, openedAt, id);

-- One row a death: what died, was redriven and died again has two.
CREATE TABLE dead_letters (
  id TEXT NOT NULL PRIMARY KEY,
  queue TEXT NOT NULL,
  rowKind TEXT NOT NULL CHECK (rowKind IN ('event', 'action', 'message')),
  rowId TEXT NOT NULL,
  subject TEXT,
  body TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  firstAt INTEGER NOT NULL,
  lastAt INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('dead', 'redriving', 'redriven', 'discarded')),
  redrives INTEGER NOT NULL,
  actedAt INTEGER,
  discardReason TEXT,
  CHECK ((state = 'discarded') = (discardReason IS NOT NULL))
) STRICT;

CREATE INDEX dead_letters_by_time ON dead_letters (lastAt, id);
CREATE INDEX dead_letters_by_state ON dead_letters (state, lastAt, id);
CREATE INDEX dead_letters_by_queue ON dead_letters (queue, lastAt, id);
CREATE INDEX dead_letters_by_reason ON dead_letters (reason, lastAt, id);
