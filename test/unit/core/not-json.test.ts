import { describe, expect, it } from "vitest";
import { readJsonText } from "../../../shared/core/json-text.ts";

function saidOf(line: string): string {
  const read = readJsonText(line);
  return read.ok ? "it is JSON" : read.error;
}

describe("a line that is no JSON", () => {
  it.each([
    ["{'id':'a'}", "JSON has double quotes, not single ones"],
    ['{"id":"a"},', "a line ends with its event: leave the comma behind it out"],
    ['{"id":"a",}', "leave the comma before the last bracket out"],
  ])("is told with what is usually meant: %s", (line, advice) => {
    expect(saidOf(line).endsWith(`; ${advice}`)).toBe(true);
  });

  it("is told with the place alone where nothing usual is the matter, and with no other line's number", () => {
    expect(saidOf('{"id" "a"}')).toMatch(/^is not valid JSON: Expected ':' .* at position 6$/);
  });

  it("is not repeated", () => {
    expect(saidOf('{"text":"4242 4242 4242 4242",}')).not.toContain("4242");
  });
});
