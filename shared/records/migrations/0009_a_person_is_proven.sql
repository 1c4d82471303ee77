-- The console's proof over all that this row says, as the last act about this person has left it. Without one that fits nobody
-- works from the row: whoever can write to D1 makes nobody an approver.
ALTER TABLE people ADD COLUMN proof TEXT;
