import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repositoryRoot } from "../workers.ts";
import { markOf, type ProcessMark } from "./processes.ts";

/** A simulator in a separate process, so that it does not slow this one down and a test can kill it alone. */
export type StandIn = {
  url: string;
  mark: ProcessMark | null;
  stop(): Promise<void>;
  /** Kills it at once, without a clean stop. */
  kill(): Promise<void>;
};

export const startStripeStandIn = (stateDir: string, extra: string[] = []): Promise<StandIn> =>
  startStandIn("Stripe", "simulators/stripe/server.ts", ["--state", stateDir, ...extra]);

export const startClaudeStandIn = (extra: string[] = []): Promise<StandIn> =>
  startStandIn("Claude", "simulators/claude/server.ts", extra);

const START_MS = 15_000;

async function startStandIn(name: string, script: string, options: string[]): Promise<StandIn> {
  const child = spawn(process.execPath, [join(repositoryRoot, script), "--port", "0", "--with-parent", ...options], {
    // When this process ends, its end of the pipe closes, and the stand-in ends too.
    stdio: ["pipe", "pipe", "pipe"],
    env: environmentOf(process.env),
    // Ctrl-C goes to all processes of a terminal's group. The stack stops the stand-in itself, in order.
    detached: true,
  });
  const errorLines: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errorLines.push(text);
    if (errorLines.length > 20) errorLines.shift();
  });
  const url = await Promise.race([listeningUrl(child), ended(child), tooLate()]);
  if (typeof url !== "string") {
    child.kill("SIGKILL");
    throw new Error(`the ${name} stand-in did not start: ${errorLines.join("").trim() || url.why}`);
  }
  const died = () => process.stderr.write(`the ${name} stand-in ended by itself: ${errorLines.join("").trim()}\n`);
  child.once("exit", died);
  return {
    url,
    mark: child.pid === undefined ? null : markOf(child.pid),
    stop: async () => {
      child.off("exit", died);
      await stopChild(child);
    },
    kill: async () => {
      child.off("exit", died);
      await killChild(child);
    },
  };
}

/** The environment of a stand-in, without credentials. */
function environmentOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "NODE_OPTIONS", "NODE_COMPILE_CACHE"];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

async function listeningUrl({ stdout }: ChildProcess): Promise<string | { why: string }> {
  if (stdout === null) return { why: "it has no output" };
  for await (const line of createInterface({ input: stdout })) {
    const url = /^\{"listening":\s*"([^"]+)"/.exec(line)?.[1];
    if (url === undefined) continue;
    stdout.resume();
    return url.replace(/\/$/, "");
  }
  return { why: "it ended without saying where it listens" };
}

async function ended(child: ChildProcess): Promise<{ why: string }> {
  const [code] = await once(child, "exit");
  // Its last output may still arrive.
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { why: `it ended with code ${String(code)}` };
}

async function tooLate(): Promise<{ why: string }> {
  await new Promise((resolve) => setTimeout(resolve, START_MS).unref());
  return { why: `it said nothing within ${START_MS / 1000} seconds` };
}

async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
  await exit;
  clearTimeout(timer);
}
