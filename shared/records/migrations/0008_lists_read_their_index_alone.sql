-- A list is walked over its index alone, and then reads the rows that it shows: a row of this table is found by its id, which
-- costs ten times a step of the walk. So an index has all that a list may ask for, in columns of the table itself: with a
-- generated column among what is asked for, SQLite reads each row after all.
DROP INDEX cases_by_state;
DROP INDEX cases_by_worth;
DROP INDEX cases_by_due;
DROP INDEX cases_by_kind;
DROP INDEX cases_by_kind_worth;
DROP INDEX cases_by_kind_due;
DROP INDEX cases_by_rule;
DROP INDEX cases_by_customer;
DROP INDEX cases_by_owner;
DROP INDEX cases_by_group;
DROP INDEX cases_by_place;
-- What is open is summed by currency from the first of them too.
CREATE INDEX cases_by_state ON cases (state, openedAt, id, worthUsdCents, decideBy, isInformation, about, rule, groupKey, owner, askedAt, currency, amountMinor);
CREATE INDEX cases_by_worth ON cases (state, worthUsdCents, id, openedAt, decideBy, isInformation, about, rule, groupKey, owner, askedAt);
CREATE INDEX cases_by_due ON cases (state, decideBy, id, openedAt, worthUsdCents, isInformation, about, rule, groupKey, owner, askedAt);
CREATE INDEX cases_by_kind ON cases (about, state, openedAt, id, worthUsdCents, decideBy, isInformation, rule, groupKey, owner, askedAt);
CREATE INDEX cases_by_kind_worth ON cases (about, state, worthUsdCents, id, openedAt, decideBy, isInformation, rule, groupKey, owner, askedAt);
CREATE INDEX cases_by_kind_due ON cases (about, state, decideBy, id, openedAt, worthUsdCents, isInformation, rule, groupKey, owner, askedAt);
CREATE INDEX cases_by_rule ON cases (rule, state, openedAt, id, worthUsdCents, decideBy, isInformation, about, groupKey, owner, askedAt) WHERE rule IS NOT NULL;
CREATE INDEX cases_by_customer ON cases (customer, state, openedAt, id, worthUsdCents, decideBy, isInformation, about, rule, groupKey, owner, askedAt) WHERE customer IS NOT NULL;
CREATE INDEX cases_by_owner ON cases (owner, state, openedAt, id, worthUsdCents, decideBy, isInformation, about, rule, groupKey, askedAt) WHERE owner IS NOT NULL;
CREATE INDEX cases_by_group ON cases (groupKey, openedAt, id, worthUsdCents, decideBy, isInformation, about, rule, owner, askedAt) WHERE groupKey IS NOT NULL AND state = 'open';
CREATE INDEX cases_asked ON cases (state, openedAt, id, worthUsdCents, decideBy, isInformation, about, rule, groupKey, owner, askedAt) WHERE askedAt IS NOT NULL;
-- The queue of people, kind by kind: the first of all kinds is the first of their firsts.
CREATE INDEX cases_by_place ON cases (about, place, owner, priority, dueOrder, openedAt, id) WHERE state = 'open';
-- What is aside, so that whoever asks for the next case wakes it without a look at all that is due.
CREATE INDEX cases_aside ON cases (snoozedUntil, id) WHERE snoozedUntil IS NOT NULL;
