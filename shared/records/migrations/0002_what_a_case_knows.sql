-- What a case knows of its matter, and when it was closed. Times are milliseconds since 1970.
ALTER TABLE cases ADD COLUMN status TEXT;
ALTER TABLE cases ADD COLUMN dueAt INTEGER;
-- 1: it tells of a row that waits for long and goes on by itself; nobody has to decide anything.
ALTER TABLE cases ADD COLUMN isInformation INTEGER NOT NULL DEFAULT 0 CHECK (isInformation IN (0, 1));
ALTER TABLE cases ADD COLUMN closedAt INTEGER;
