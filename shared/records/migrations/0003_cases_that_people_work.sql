-- What people filter, order and do with a case. Times are milliseconds since 1970.
ALTER TABLE cases ADD COLUMN customer TEXT;
ALTER TABLE cases ADD COLUMN payment TEXT;
-- The rule that made it a case; null: none did.
ALTER TABLE cases ADD COLUMN rule TEXT;
-- What it is about, in a word of the policy (CASE_KINDS).
ALTER TABLE cases ADD COLUMN about TEXT NOT NULL DEFAULT 'other';

-- What policy says of it. `placedBy`: the hash of the section under which it was placed; null: of none yet.
ALTER TABLE cases ADD COLUMN placedBy TEXT;
ALTER TABLE cases ADD COLUMN worthUsdCents INTEGER;
-- 1 comes first; 0: brought to the front, by an answer or because its time has passed.
ALTER TABLE cases ADD COLUMN priority INTEGER NOT NULL DEFAULT 50;
-- Until when it is to be decided: policy's time or its own deadline, whichever comes first.
ALTER TABLE cases ADD COLUMN decideBy INTEGER;
ALTER TABLE cases ADD COLUMN whenDue TEXT NOT NULL DEFAULT 'alarm' CHECK (whenDue IN ('alarm', 'close', 'record'));
-- When it is looked at next: to raise an alarm, to close it, or to end a snooze. Null: there is nothing to look for.
ALTER TABLE cases ADD COLUMN lookAt INTEGER;
-- What nobody judges one by one has the group of its like.
ALTER TABLE cases ADD COLUMN groupKey TEXT;

-- What people did. `acts`: the number of the last act in the ledger.
ALTER TABLE cases ADD COLUMN owner TEXT;
ALTER TABLE cases ADD COLUMN ownerName TEXT;
ALTER TABLE cases ADD COLUMN snoozedUntil INTEGER;
ALTER TABLE cases ADD COLUMN askedAt INTEGER;
ALTER TABLE cases ADD COLUMN acts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN decidedBy TEXT;
ALTER TABLE cases ADD COLUMN code TEXT;

-- Derived, so that they never differ from what they are derived from.
ALTER TABLE cases ADD COLUMN place TEXT GENERATED ALWAYS AS (CASE
  WHEN state <> 'open' THEN 'over'
  WHEN isInformation = 1 THEN 'information'
  WHEN whenDue = 'record' THEN 'recorded'
  WHEN askedAt IS NOT NULL THEN 'asked'
  WHEN snoozedUntil IS NOT NULL THEN 'snoozed'
  WHEN groupKey IS NOT NULL THEN 'grouped'
  ELSE 'queue' END) VIRTUAL;
ALTER TABLE cases ADD COLUMN dueOrder INTEGER GENERATED ALWAYS AS (coalesce(decideBy, 9000000000000000)) VIRTUAL;
ALTER TABLE cases ADD COLUMN worthOrder INTEGER GENERATED ALWAYS AS (coalesce(worthUsdCents, -1)) VIRTUAL;

-- What the rows of before say of themselves. The rest is placed by the next run of the escalate Worker.
UPDATE cases SET
  payment = CASE WHEN subject LIKE 'pi\_%' ESCAPE '\' THEN subject END,
  about = CASE
    WHEN isInformation = 1 THEN 'information'
    WHEN kind = 'refund' THEN 'refund'
    WHEN kind = 'retryPayment' THEN 'failed_payment'
    WHEN kind = 'authorize' THEN 'authorization'
    WHEN kind IN ('pause', 'resume', 'downgrade', 'cancel') THEN 'subscription'
    ELSE 'other' END,
  decideBy = CASE WHEN dueAt > 0 THEN dueAt END;

-- Each list is walked in the order of its index. What else it asks for is in the index too, so no row is read in vain.
DROP INDEX cases_by_state;
CREATE INDEX cases_by_state ON cases (state, openedAt, id, isInformation, worthOrder, rule, place, groupKey);
CREATE INDEX cases_by_worth ON cases (state, worthOrder, id, isInformation, openedAt, rule, place, groupKey);
CREATE INDEX cases_by_due ON cases (state, dueOrder, id, isInformation, openedAt, worthOrder, rule, place, groupKey);
CREATE INDEX cases_by_kind ON cases (about, state, openedAt, id, worthOrder, rule, place, groupKey);
CREATE INDEX cases_by_kind_worth ON cases (about, state, worthOrder, id, openedAt, rule, place, groupKey);
CREATE INDEX cases_by_kind_due ON cases (about, state, dueOrder, id, openedAt, worthOrder, rule, place, groupKey);
CREATE INDEX cases_by_rule ON cases (rule, state, openedAt, id, worthOrder, place) WHERE rule IS NOT NULL;
CREATE INDEX cases_by_customer ON cases (customer, state, openedAt, id) WHERE customer IS NOT NULL;
CREATE INDEX cases_by_payment ON cases (payment, state, openedAt, id) WHERE payment IS NOT NULL;
CREATE INDEX cases_by_subject ON cases (subject, openedAt, id);
CREATE INDEX cases_by_event ON cases (eventId);
CREATE INDEX cases_by_owner ON cases (owner, state, openedAt, id) WHERE owner IS NOT NULL;
CREATE INDEX cases_by_group ON cases (groupKey, openedAt, id, worthUsdCents) WHERE groupKey IS NOT NULL AND state = 'open';
-- The queue of people, in the order in which it is worked.
CREATE INDEX cases_by_place ON cases (place, owner, priority, dueOrder, openedAt, id, about) WHERE state = 'open';
CREATE INDEX cases_to_look_at ON cases (lookAt, id) WHERE lookAt IS NOT NULL;
CREATE INDEX cases_to_place ON cases (placedBy, id) WHERE state = 'open';

-- What people wrote about a case, by the event that records it. The text is masked, and goes with retention or redaction.
CREATE TABLE case_notes (
  event TEXT NOT NULL PRIMARY KEY,
  caseId TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('note', 'question', 'answer')),
  at INTEGER NOT NULL,
  byId TEXT NOT NULL,
  byName TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX case_notes_by_case ON case_notes (caseId, at, event);

-- Cases that belong together: a link is written from both sides.
CREATE TABLE case_links (
  caseId TEXT NOT NULL,
  other TEXT NOT NULL,
  at INTEGER NOT NULL,
  byId TEXT NOT NULL,
  byName TEXT NOT NULL,
  PRIMARY KEY (caseId, other)
) STRICT, WITHOUT ROWID;
