import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { repositoryRoot } from "../../cli/workers.ts";

const LEFT_OUT = new Set(["node_modules", ".git", ".countersign", ".wrangler", "secrets.env"]);

/**
 * The repository as a clean clone has it, in a folder of its own. In place of `npm ci`, which `.ci/run` really does, it
 * is linked to the packages that are installed here.
 */
export function cleanClone(): { root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), "countersign-clone-"));
  cpSync(repositoryRoot, root, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  symlinkSync(join(repositoryRoot, "node_modules"), join(root, "node_modules"));
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

export type Ended = { code: number | null; stdout: string; stderr: string };

/** Runs a command in a shell of its own, as somebody would who types it. */
export function inNewShell(command: string, cwd: string, env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn("bash", ["-c", command], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended: Ended = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (ended.stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (ended.stderr += String(chunk)));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...ended, code }));
  });
}

/** What a new shell of a newcomer has: nothing of npm's (its Node neither), nothing of the test's, and no credentials. */
export function cleanEnvironment(): Record<string, string> {
  const PATH = (process.env.PATH ?? "").split(":").filter((folder) => !folder.includes("node_modules"));
  const kept = ["HOME", "LANG", "TMPDIR", "TERM"];
  const own = kept.flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(own), PATH: PATH.join(":") };
}
