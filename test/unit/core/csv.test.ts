import { describe, expect, test } from "vitest";
import { csvLine } from "../../../shared/core/csv.ts";

describe("a line of CSV", () => {
  test("is RFC 4180: commas between, CR LF at the end, quotes around what needs them", () => {
    expect(csvLine(["a", 1, null, 'say "yes", or\nno', "b c"])).toBe('a,1,,"say ""yes"", or\nno",b c\r\n');
  });

  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "\u00a0@x", "＝1"])(
    "has no cell that a spreadsheet runs: %j is a text",
    (cell) => {
      expect(csvLine([cell]).replace(/^"/, "")).toMatch(/^'/);
    },
  );

  test("leaves numbers and harmless texts as they are", () => {
    expect(csvLine([-5, "pi_1", "a=b", "1-2", "x@y"])).toBe("-5,pi_1,a=b,1-2,x@y\r\n");
  });
});
