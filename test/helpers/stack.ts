import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Quiet, untilQuiet } from "../../cli/demo/settle.ts";
import { type Stack, type StackOptions, startStack, type WorkerLog } from "../../cli/stack/index.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { plansWith } from "./plans.ts";

/** Six hours between two tries become some 200 ms; what is overdue is rung for after 600 ms. */
export const RETRY_DELAY_SCALE = 0.000_01;
export const SWEEP_MS = 300;

export type TestStack = Clients & {
  stack: Stack;
  logs: WorkerLog[];
  /** Until nothing waits anywhere and no echo is on its way. Throws when that does not happen in time. */
  quiet(boundMs?: number): Promise<Quiet>;
  stop(): Promise<void>;
};

export const makeStateDir = (): string => mkdtempSync(join(tmpdir(), "countersign-test-"));
export const removeStateDir = (stateDir: string): void =>
  rmSync(stateDir, { recursive: true, force: true, maxRetries: 3 });

/** The whole product with its stand-ins, on a state directory of its own unless one is given. */
export async function bootStack(options: Partial<StackOptions> = {}): Promise<TestStack> {
  const stateDir = options.stateDir ?? makeStateDir();
  const logs: WorkerLog[] = [];
  const stack = await startStack({
    retryDelayScale: RETRY_DELAY_SCALE,
    onLog: (log) => logs.push(log),
    plans: plansWith(),
    ...options,
    vars: { SWEEP_MS: String(SWEEP_MS), ...options.vars },
    stateDir,
  });
  const { ingestUrl, consoleUrl, stripeUrl, claudeUrl, keys } = stack;
  if (stripeUrl === null || claudeUrl === null) throw new Error("these tests talk to the stand-ins");
  return {
    ...clientsOf({ ingestUrl, consoleUrl, stripeUrl, claudeUrl, keys }),
    stack,
    logs,
    quiet: async (boundMs = 60_000) => {
      const quiet = await untilQuiet(stack, boundMs, () => undefined);
      if (quiet.isQuiet) return quiet;
      throw new Error(`not quiet after ${boundMs} ms: ${JSON.stringify(quiet.totals.waiting)} are waiting`);
    },
    stop: async () => {
      await stack.stop();
      if (options.stateDir === undefined) removeStateDir(stateDir);
    },
  };
}
