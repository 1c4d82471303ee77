-- What a name is to a reader (shared/core/names.ts), so that no two people who may act have one name. SQLite cannot fold names
-- of before: those rows have none until they are written again, nor has one whose name somebody else had first.
DROP INDEX people_by_name;
ALTER TABLE people ADD COLUMN nameKey TEXT;
CREATE UNIQUE INDEX people_by_name_key ON people (nameKey) WHERE revokedAt IS NULL AND nameKey IS NOT NULL;
CREATE INDEX people_without_name_key ON people (id) WHERE revokedAt IS NULL AND nameKey IS NULL;
