import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../../cli/program.ts";
import { withSubcommands } from "../../../cli/run-program.ts";
import { commandOf } from "../../../cli/shell.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const NAMES = createProgram().commands.map((command) => command.name());

/** The sources of what speaks to people, without comments. */
const sources = ["cli", "shared", "workers"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .map((file) => ({
      file: join(folder, file),
      text: readFileSync(join(ROOT, folder, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ""),
    })),
);

/** The commands in a source: to the end of the text, or of its backticks. What is put in is a word. */
function commandsIn(text: string): string[] {
  const words = text.matchAll(/npx countersign ((?:\$\{(?:[^{}]|\{[^}]*\})*\}|[^`"\\\n;])+)/g);
  return Array.from(words, ([, line = ""]) =>
    line
      .replaceAll(/--\$\{[^}]*\}/g, "--payment")
      .replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, "x1")
      .trim(),
  ).filter((line) => !line.endsWith(","));
}

/** What commander says of a line; null where it is a command that would run. */
function complaintOf(line: string): string | null {
  const program = createProgram();
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
  }
  try {
    program.parse(line.split(/\s+/), { from: "user" });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const hints = sources.flatMap(({ file, text }) => commandsIn(text).map((line) => [line, file] as const));

describe("a hint", () => {
  it("is found where there is one", () => {
    expect(hints.map(([line]) => line)).toEqual(expect.arrayContaining(["holds list", "holds lift --payment x1"]));
    expect(complaintOf("holds list shows what is")).toContain("too many arguments");
  });

  it.each(hints)("names a command that works: %s (%s)", (line) => {
    expect(line.endsWith("--help") ? null : complaintOf(line)).toBeNull();
  });

  it("names it as it works in a clone: npx countersign", () => {
    const bare = new RegExp(`(?<!npx )\\bcountersign (?:${NAMES.join("|")})\\b`);
    expect(sources.filter(({ text }) => bare.test(text)).map(({ file }) => file)).toEqual([]);
  });

  it("with options names them as the command reads them", () => {
    const line = commandOf({ command: "cases list", options: { state: "closed", toDecide: true, limit: 10 } });
    expect(line).toBe("npx countersign cases list --state closed --to-decide --limit 10");
    expect(complaintOf(line.replace("npx countersign ", ""))).toBeNull();
    const filters = { queue: "refund", reason: "bug", since: "2026-11-28T04:20:25.000Z", until: "2d", state: "dead" };
    const letters = commandOf({ command: "dead-letters list", options: filters });
    expect(complaintOf(letters.replace("npx countersign ", ""))).toBeNull();
  });

  it("of npm names a script that there is", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = sources.flatMap(({ text }) =>
      Array.from(text.matchAll(/`npm (?:run (?!\$)|(?!run))([a-z]+)/g), ([, name]) => name),
    );
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
    expect(named).toContain("start");
  });
});
