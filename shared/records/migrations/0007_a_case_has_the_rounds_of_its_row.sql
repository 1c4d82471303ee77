-- The version of a case is the round of its action's row. Before, D1 counted by itself: that gives way to the row's next round.
UPDATE cases SET version = 1 WHERE isInformation = 0;
