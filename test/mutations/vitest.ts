import { type ChildProcess, spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "./report.ts";
import type { Workshop } from "./workshop.ts";

/** A break may make a program that never ends. */
const RUN_MAX_MS = 180_000;
const GRACE_MS = 3_000;

/** Runs these test files in the workshop. Null: it did not come to an end, or was interrupted, and left no report. */
export async function runTests(
  { sources, temporary }: Workshop,
  tests: readonly string[],
  { bail, signal }: { bail: boolean; signal: AbortSignal },
): Promise<{ report: Report | null; output: string }> {
  const file = join(temporary, "report.json");
  await rm(file, { force: true });
  const output = await runVitest(
    [...tests, "--reporter=json", `--outputFile=${file}`, ...(bail ? ["--bail=1"] : [])],
    { cwd: sources, env: { ...process.env, TMPDIR: temporary, CI: "true" } },
    AbortSignal.any([signal, AbortSignal.timeout(RUN_MAX_MS)]),
  );
  const text = await readFile(file, "utf8").catch(() => null);
  return { report: text === null ? null : (JSON.parse(text) as Report), output };
}

/** In a process group of its own, so that what the tests have started ends with them. */
function runVitest(
  args: string[],
  place: { cwd: string; env: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve("");
    const vitest = join(place.cwd, "node_modules/vitest/vitest.mjs");
    const child = spawn(process.execPath, [vitest, "run", ...args], {
      ...place,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const hear = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-10_000);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const end = () => {
      signalGroup(child, "SIGTERM");
      setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS).unref();
    };
    signal.addEventListener("abort", end, { once: true });
    child.once("error", reject);
    child.once("close", () => {
      signal.removeEventListener("abort", end);
      signalGroup(child, "SIGKILL");
      resolve(output);
    });
  });
}

function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    // Nobody of the group is left.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
