import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { confirmById, isAttended, type Terminal } from "../../../cli/confirm.ts";

const terminalOf = (typed: string, isTTY = true): Terminal => {
  const input = Object.assign(new PassThrough(), { isTTY });
  input.end(typed);
  return { input, output: new PassThrough() };
};

describe("a command that cannot be undone", () => {
  it("goes on where a person types the exact id", async () => {
    await expect(confirmById("cus_1", terminalOf("cus_1\n"))).resolves.toBeUndefined();
  });

  it.each([
    ["yes", "yes\n"],
    ["another id", "cus_12\n"],
    ["other letters", "CUS_1\n"],
    ["nothing", "\n"],
    ["the end of the input", ""],
  ])("does nothing where a person types %s", async (_what, typed) => {
    await expect(confirmById("cus_1", terminalOf(typed))).rejects.toThrow(
      "nothing was done: what was typed is not cus_1",
    );
  });

  it("does nothing without a terminal, and says how a script means it", async () => {
    const terminal = terminalOf("cus_1\n", false);
    expect(isAttended(terminal)).toBe(false);
    await expect(confirmById("cus_1", terminal)).rejects.toMatchObject({ hint: [expect.stringContaining("--yes")] });
  });
});
