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

/** How it refuses wrong input, before anything is asked of a stack. */
function refused(...args: string[]): string {
  let error = "";
  const program = createProgram();
  const all = [program, ...program.commands.flatMap((command) => [command, ...command.commands])];
  for (const command of all)
    command.exitOverride().configureOutput({
      writeErr: (text) => {
        error += text;
      },
    });
  expect(() => program.parse(args, { from: "user" })).toThrow();
  return error;
}

describe("the command line", () => {
  it("prints the version of the package", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(printed("--version")).toBe(`${version}\n`);
    expect(printed("-v")).toBe(`${version}\n`);
  });

  it("names every command, and --version, in its help", () => {
    const help = printed("--help");
    const commands = [
      "start",
      "demo",
      "send",
      "trace",
      "totals",
      "dead-letters",
      "cases",
      "holds",
      "records",
      "keys",
      "logs",
    ];
    for (const name of [...commands, "--version"]) expect(help).toContain(name);
  });

  it.each(["garbage", "acts/x/", "acts/0/%E0%A4%A", "people/0/", ""])(
    "refuses to go on with a rebuild at %j, which is no place, and does not advise to go on there",
    (from) => {
      const error = refused("records", "rebuild", "--from", from);
      expect(error).toContain("It must be a place that a rebuild has named.");
      expect(error).not.toContain("go on with");
    },
  );

  it.each(["cases", "dead-letters", "holds"])("refuses a number of %s that is none", (what) => {
    for (const limit of ["-1", "all", "1.5"])
      expect(refused(what, "list", "--limit", limit)).toContain("It must be a whole number.");
  });

  it.each(["cases", "dead-letters"])(
    "refuses %s in a state that there is not, and names those that there are",
    (what) => {
      expect(refused(what, "list", "--state", "shut")).toContain("Allowed choices are");
    },
  );

  it("takes a mistyped command of keys for one, and says which was meant", async () => {
    let error = "";
    const program = createProgram();
    for (const command of program.commands.filter((one) => one.name() === "keys"))
      command.exitOverride().configureOutput({ writeErr: (text) => (error += text) });
    await expect(program.parseAsync(["keys", "shwo"], { from: "user" })).rejects.toThrow();
    expect(error).toBe("error: unknown command 'shwo'\n(Did you mean show?)\n");
  });

  it("refuses to list the cases that ask for nothing and those to decide as one list", () => {
    expect(refused("cases", "list", "--to-decide", "--information")).toContain("cannot be used with");
  });
});
