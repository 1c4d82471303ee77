-- Letters of one failure have one group: queue, reason, and the detail without ids and numbers (shared/records/letter-groups.ts).
-- NULL: not grouped yet. Letters of before get it when somebody asks for groups.
ALTER TABLE dead_letters ADD COLUMN groupKey TEXT;
-- The event that a person sent in place of what died; the letter is 'redriven' then.
ALTER TABLE dead_letters ADD COLUMN editedTo TEXT;

CREATE INDEX dead_letters_by_group ON dead_letters (state, groupKey, lastAt, id);
-- People work through what is dead of one queue or one reason: what was redriven long ago must not be read for it.
CREATE INDEX dead_letters_by_state_and_queue ON dead_letters (state, queue, lastAt, id);
CREATE INDEX dead_letters_by_state_and_reason ON dead_letters (state, reason, lastAt, id);
