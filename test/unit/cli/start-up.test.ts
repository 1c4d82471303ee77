import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgram } from "../../../cli/program.ts";
import { acceptedWords, leavesOf } from "../../helpers/program.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
/** They boot or bundle. What they load is their own matter. */
const HEAVY = new Set(["start", "demo"]);
const CLIENTS = leavesOf(createProgram()).filter(({ words }) => !HEAVY.has(words.join(" ")));

let stateDir: string;
beforeAll(() => {
  stateDir = mkdtempSync(join(tmpdir(), "countersign-test-"));
});
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

/** Names every module on standard error while it is loaded. */
const HOOK = `data:text/javascript,${encodeURIComponent(
  'import { registerHooks } from "node:module"; registerHooks({ load(url, context, next) { process.stderr.write("LOADED " + url + "\\n"); return next(url, context); } });',
)}`;

function run(args: readonly string[], options: readonly string[] = []) {
  const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", STATE_DIR: stateDir };
  return spawnSync(process.execPath, [...options, join(ROOT, "cli/index.ts"), ...args], {
    cwd: stateDir,
    env,
    encoding: "utf8",
  });
}

/** The packages, and how many modules of ours. */
function loadedBy(args: readonly string[]): { packages: string[]; ours: number } {
  const urls = Array.from(
    run(args, ["--import", HOOK]).stderr.matchAll(/^LOADED file:\/\/(\S+)/gm),
    ([, url = ""]) => url,
  );
  const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  return { packages: [...new Set(packages)], ours: urls.filter((url) => !url.includes("/node_modules/")).length };
}

describe("a client command", () => {
  it.each(CLIENTS.map(({ command, words }) => [words.join(" "), command, words] as const))(
    "%s loads the parser of its line, at most the reader of our messages, and no other package",
    (_, command, words) => {
      const { packages, ours } = loadedBy([...words, ...acceptedWords(command, join(stateDir, "x1"))]);
      expect(["commander", "valibot"]).toEqual(expect.arrayContaining(packages));
      expect(packages).toContain("commander");
      expect(ours).toBeGreaterThan(5);
      expect(ours).toBeLessThan(60);
    },
    30_000,
  );

  it("needs less than 250 ms of the processor from the second time on", () => {
    const cpuMs = (args: readonly string[]): number => {
      const measure = `process.on("exit", () => process.stderr.write("CPU " + process.cpuUsage().user / 1000 + " " + process.cpuUsage().system / 1000 + "\\n"))`;
      const { stderr } = run(args, ["--import", `data:text/javascript,${encodeURIComponent(measure)}`]);
      const [, user, system] = /CPU (\S+) (\S+)/.exec(stderr) ?? [];
      return Number(user) + Number(system);
    };
    for (const args of [["--help"], ["totals"], ["trace", "x1"]]) {
      run(args);
      expect(Math.min(...[1, 2, 3].map(() => cpuMs(args))), args.join(" ")).toBeLessThan(250);
    }
  }, 60_000);
});
