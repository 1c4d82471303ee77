import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../../cli/program.ts";

/** What the command line prints to standard output when it is asked for something that ends it at once. */
function printed(...args: string[]): string {
  let output = "";
  const program = createProgram()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        output += text;
      },
    });
  expect(() => program.parse(args, { from: "user" })).toThrow();
  return output;
}

describe("the command line", () => {
  it("prints the version of the package", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(printed("--version")).toBe(`${version}\n`);
    expect(printed("-v")).toBe(`${version}\n`);
  });

  it("names every command, and --version, in its help", () => {
    const help = printed("--help");
    const commands = ["start", "demo", "send", "trace", "totals", "dead-letters", "cases", "holds", "records", "keys"];
    for (const name of [...commands, "--version"]) expect(help).toContain(name);
  });
});
