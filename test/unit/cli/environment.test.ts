import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentHelp, VARIABLES, type Variable, variablesOf } from "../../../cli/environment.ts";
import { createProgram } from "../../../cli/program.ts";
import { stateDirOf } from "../../../cli/settings.ts";
import { widthOf } from "../../../cli/visible.ts";
import { leavesOf } from "../../helpers/program.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const NAME = "[A-Z][A-Z0-9_]{3,}";

/** Every name that a source reads: `env.NAME`, a name beside the environment in a call, and those of the lists of names. */
function namesIn(source: string): string[] {
  const read = source.matchAll(new RegExp(`\\benv\\.(${NAME})\\b`, "g"));
  const passed = source.matchAll(new RegExp(`\\benv,[^;\\n()]*?"(${NAME})"(?:[^;\\n]*?"(${NAME})")?`, "g"));
  const [, list = ""] = /FROM_ENVIRONMENT = \[([^\]]*)\]/.exec(source) ?? [];
  const listed = list.matchAll(new RegExp(`"(${NAME})"`, "g"));
  return [...read, ...passed, ...listed].flatMap(([, ...names]) => names.filter((name) => name !== undefined));
}

const sources = readdirSync(join(ROOT, "cli"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(ROOT, "cli", file), "utf8"));

/** The help of a command, with what is added to it. */
function helpOf(command: ReturnType<typeof createProgram>): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

describe("the variables of the environment", () => {
  it("that the code reads are all in the table", () => {
    const read = new Set(sources.flatMap(namesIn));
    // The system's own, which every program reads.
    read.delete("TMPDIR");
    expect([...read].filter((name) => !(name in VARIABLES))).toEqual([]);
    for (const name of [
      "STATE_DIR",
      "COUNTERSIGN_URL",
      "INGEST_KEY",
      "PORT",
      "STRIPE_API_BASE",
      "SWEEP_MS",
      "READ_KEY",
      "DEBUG",
    ])
      expect(read).toContain(name);
  });

  it("of the table are each read, and told by the help of some command", () => {
    const all = sources.join("\n");
    const told = leavesOf(createProgram())
      .map(({ command }) => helpOf(command))
      .join("\n");
    for (const name of Object.keys(VARIABLES)) {
      expect(all.split(name).length, `${name} is in the table alone`).toBeGreaterThan(2);
      expect(told).toContain(`\n  ${name} `);
    }
  });

  it.each(leavesOf(createProgram()).map(({ command, words }) => [words.join(" "), command] as const))(
    "that %s reads are in its help, in 80 columns",
    (name, command) => {
      const help = helpOf(command);
      expect(help).toContain("Environment");
      for (const variable of variablesOf(name)) expect(help).toContain(`\n  ${variable} `);
      for (const line of environmentHelp(variablesOf(name)).split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(80);
    },
  );

  it("are those that a client asks for: nothing else of the environment is read", async () => {
    const { consoleTarget, ingestTarget } = await import("../../../cli/client.ts");
    const asked = (target: typeof consoleTarget): string[] => {
      const names = new Set<string>();
      const env = new Proxy<Record<string, string>>(
        { COUNTERSIGN_URL: "https://a.example", COUNTERSIGN_CONSOLE_URL: "https://b.example", STATE_DIR: "/nowhere" },
        {
          get(values, name) {
            names.add(String(name));
            return values[String(name)];
          },
        },
      );
      expect(() => target(env)).toThrow();
      return [...names].filter((name) => name in VARIABLES);
    };
    const clients: [typeof consoleTarget, readonly Variable[]][] = [
      [consoleTarget, variablesOf("totals")],
      [ingestTarget, variablesOf("send")],
    ];
    for (const [target, told] of clients) expect(told).toEqual(expect.arrayContaining(asked(target)));
  });
});

describe("STATE_DIR", () => {
  it("is that of the clone from any of its folders, and from outside", () => {
    for (const folder of [ROOT, join(ROOT, "docs"), join(ROOT, "cli/commands"), tmpdir()])
      expect(stateDirOf({}, folder)).toBe(join(ROOT, ".countersign"));
  });

  it("is that of the nearest folder above, where an earlier start kept it in a folder of the clone", () => {
    const folder = mkdtempSync(join(ROOT, "node_modules/.cache-state-"));
    try {
      mkdirSync(join(folder, ".countersign"));
      mkdirSync(join(folder, "deeper"));
      expect(stateDirOf({}, join(folder, "deeper"))).toBe(join(folder, ".countersign"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("begins at the folder one is in where it is relative, and is itself where it is not", () => {
    expect(stateDirOf({ STATE_DIR: "state" }, "/somewhere")).toBe("/somewhere/state");
    expect(stateDirOf({ STATE_DIR: " /state " }, "/somewhere")).toBe("/state");
    expect(stateDirOf({ STATE_DIR: "" }, ROOT)).toBe(join(ROOT, ".countersign"));
  });
});
