import { expect, it } from "vitest";
import { standingOf } from "../../../cli/commands/cases/list.ts";

const NOW = Date.parse("2026-10-23T08:00:00Z");

it.each([
  [null, null, ""],
  ["lost", null, "lost"],
  ["needs_response", Date.parse("2026-11-01T12:00:00Z"), "needs_response, until 2026-11-01 12:00:00 UTC"],
  ["needs_response", 0, "needs_response, cannot be answered any more"],
  ["needs_response", NOW - 1, "needs_response, cannot be answered any more"],
])("a case of status %s whose deadline is %s stands as: %s", (status, dueAt, says) => {
  expect(standingOf({ status, dueAt }, NOW)).toBe(says);
});
