import { describe, expect, it } from "vitest";
import { instant } from "../../../cli/options.ts";

const NINE = Date.UTC(2026, 10, 2, 9);

describe("a time on the command line", () => {
  it.each([
    ["2026-11-02T09:00:00Z", NINE],
    ["2026-11-02T10:00:00+01:00", NINE],
    ["2026-11-02 09:00:00 UTC", NINE],
    ["2026-11-02 09:00:00.000 UTC", NINE],
    ["2026-11-02 09:00:00", NINE],
    ["2026-11-02T09:00", NINE],
    ["2026-11-02", Date.UTC(2026, 10, 2)],
  ])("is taken as it is printed, in UTC where it names no zone: %s", (text, at) => {
    expect(instant(text)).toBe(at);
  });

  it.each(["5", "11/02/2026", "Nov 2", "2026-13-45", "2026-11-02T25:00", "yesterday", "", "5s"])(
    "is refused where one would have to guess: %j",
    (text) => {
      expect(() => instant(text)).toThrow("It must be a time such as 2026-11-02T09:00:00Z, or how long ago");
    },
  );
});
