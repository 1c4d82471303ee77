import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../cli/program.ts";
import { type Page, readPage, readPages, wordsOf } from "../helpers/pages.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
  .map(({ name }) => name);
const FILES = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name }) => name);
const NAMES = new Set(
  FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }))
    .concat(FILES)
    .map((path) => basename(path)),
);
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
const OF_NPM = ["ci", "install"];
const program = createProgram();
const pages = readPages();

const codeOf = ({ spans, lines }: Page): string[] => [...spans, ...lines];

/** Words that are meant as a path from the root, or as the name of a file alone. */
function pathsIn(code: string): string[] {
  return code
    .split(/[\s"'=(),;|]+/)
    .map((word) => word.replace(/^\.\//, "").replace(/[.:…]+$/, ""))
    .filter((word) => !/^(?:[a-z]+:\/\/|\/|~|\.\.|\.countersign\/|@)/.test(word))
    .filter(
      (word) => FOLDERS.some((folder) => word.startsWith(`${folder}/`)) || /\w\.(?:ts|toml|md|sql|json)$/.test(word),
    );
}

/** Globs match something; `<name>`, NAME and a shell's $name stand for anything. A name alone is that of any file. */
function isThere(path: string): boolean {
  if (!path.includes("/") && !path.includes("*")) return NAMES.has(path);
  const pattern = path.replace(/<[^>]+>|\$\{?\w+\}?/g, "*").replace(/(?<=\/)[A-Z][A-Z_]+(?=\/|$)/g, "*");
  return /[*{]/.test(pattern) ? globSync(pattern, { cwd: ROOT }).length > 0 : existsSync(join(ROOT, pattern));
}

/** What is wrong with a command of ours, word for word; null where the command line would take it. */
function wrongIn(words: readonly string[]): string | null {
  let command: Command = program;
  let given = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (/^(?:[|>&;]|\\$)/.test(word)) break;
    if (word === "…") continue;
    if (word.startsWith("-") && word !== "-") {
      const option = command
        .createHelp()
        .visibleOptions(command)
        .find((one) => [one.long, one.short].includes(word));
      if (option === undefined) return `${command.name()} has no option ${word}`;
      if (option.required) at++;
    } else if (command.commands.length > 0) {
      const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
      if (next === undefined) return `${command.name()} has no command ${word}`;
      command = next;
    } else {
      const takesMore = command.registeredArguments.some(({ variadic }, index) => variadic || index === given);
      if (!takesMore) return `${command.name()} takes no argument ${word}`;
      given++;
    }
  }
  return null;
}

/** Commands of ours: after `countersign`, or, in inline code, by their own first word. */
function commandsIn({ spans, lines }: Page): string[][] {
  const named = [...spans, ...lines].map(wordsOf).flatMap((words) => {
    const at = words.indexOf("countersign");
    const isCalled = at === 0 || (at > 0 && words[at - 1] === "npx");
    return isCalled ? [words.slice(at + 1)] : [];
  });
  const short = spans.map(wordsOf).filter(([first]) => program.commands.some((command) => command.name() === first));
  return [...named, ...short];
}

function scriptsIn(code: string): string[] {
  const named = Array.from(code.matchAll(/\bnpm (run )?([a-z][\w:-]*)/g), ([, run, name = ""]) => ({ run, name }));
  return named.filter(({ run, name }) => run !== undefined || !OF_NPM.includes(name)).map(({ name }) => name);
}

const binariesIn = (code: string): string[] => Array.from(code.matchAll(/\bnpx ([\w-]+)/g), ([, name = ""]) => name);

/** Each thing that the pages name and that is not there, with its page. */
const missing = (find: (page: Page) => string[]): string[] =>
  pages.flatMap((page) => find(page).map((what) => `${page.file}: ${what}`));

describe("what the documentation names", () => {
  it("is there: files and folders", () => {
    expect(
      missing((page) =>
        codeOf(page)
          .flatMap(pathsIn)
          .filter((path) => !isThere(path)),
      ),
    ).toEqual([]);
  });

  it("is there: the targets of links", () => {
    expect(missing(({ file, links }) => links.filter((to) => !existsSync(join(ROOT, dirname(file), to))))).toEqual([]);
  });

  it("is there: scripts of npm, and tools of npx", () => {
    expect(
      missing((page) =>
        codeOf(page)
          .flatMap(scriptsIn)
          .filter((name) => !(name in scripts)),
      ),
    ).toEqual([]);
    const tools = (page: Page): string[] => codeOf(page).flatMap(binariesIn);
    const isTool = (name: string): boolean =>
      name === "countersign" || existsSync(join(ROOT, "node_modules/.bin", name));
    expect(missing((page) => tools(page).filter((name) => !isTool(name)))).toEqual([]);
  });

  it("is there: commands of countersign, with their arguments and options", () => {
    expect(missing((page) => commandsIn(page).flatMap((words) => wrongIn(words) ?? []))).toEqual([]);
  });
});

describe("the reading of documentation", () => {
  it("finds pages, paths, links and commands", () => {
    expect(pages.length).toBeGreaterThan(10);
    expect(pages.flatMap(codeOf).flatMap(pathsIn).length).toBeGreaterThan(100);
    expect(pages.flatMap(({ links }) => links).length).toBeGreaterThan(10);
    expect(pages.flatMap(commandsIn).length).toBeGreaterThan(20);
    expect(pages.flatMap(codeOf).flatMap(scriptsIn).length).toBeGreaterThan(10);
  });

  it("takes apart prose, code and diagrams", () => {
    const text =
      "See `a/b.ts` and [c](d.md#e), [f](https://g.example).\n```sh\nnpm run x   # not `y`\n```\n```mermaid\na --> b\n```\n";
    expect(readPage("p.md", text)).toEqual({ file: "p.md", spans: ["a/b.ts"], lines: ["npm run x"], links: ["d.md"] });
  });

  it("tells a path from what only looks like one", () => {
    expect(pathsIn("node cli/index.ts workers/$w/wrangler.toml, ./shared/core")).toEqual([
      "cli/index.ts",
      "workers/$w/wrangler.toml",
      "shared/core",
    ]);
    expect(pathsIn("/v1/events https://a.example/b.json ../shared/data .countersign/lock.json account/mode")).toEqual(
      [],
    );
  });

  it("knows what is there", () => {
    for (const path of ["workers/*/", "workers/<name>/wrangler.toml", "workers/NAME/env.d.ts", "package.json"])
      expect(isThere(path), path).toBe(true);
    for (const path of ["cli/chaos", "workers/*/nothing.ts", "nothing.ts", "contracts/event.ts"])
      expect(isThere(path), path).toBe(false);
  });

  it("knows the command line", () => {
    const verdictOf = (line: string): string | null => wrongIn(wordsOf(line));
    for (const line of [
      "send FILE",
      "send -",
      'holds add --all --reason "a b"',
      "dead-letters redrive a b",
      "cases",
      "--help",
    ])
      expect(verdictOf(line), line).toBeNull();
    expect(verdictOf("chaos")).toBe("countersign has no command chaos");
    expect(verdictOf("holds end")).toBe("holds has no command end");
    expect(verdictOf("cases list --stat open")).toBe("list has no option --stat");
    expect(verdictOf("totals all")).toBe("totals takes no argument all");
  });
});
