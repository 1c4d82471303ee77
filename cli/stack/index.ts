import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { splitSecrets } from "../../shared/core/secrets.ts";
import { privateFolder } from "../private.ts";
import { atExit } from "../stopping.ts";
import { requireWholeKeys } from "./check-keys.ts";
import { type KeyName, type Keys, loadKeys } from "./keys.ts";
import { releaseLock, takeLock, writeLock } from "./lock.ts";
import { applyMigrations, type Database } from "./migrations.ts";
import { baseUrlOf, isStandIn, runtimeOptions, type StackOptions, stripeKeyOf } from "./options.ts";
import { childrenOf, type ProcessMark } from "./processes.ts";
import { removeTemporaryIn, startRuntime, stopRuntime } from "./runtime.ts";
import { type StandIn, startClaudeStandIn, startStripeStandIn } from "./stand-ins.ts";
import { startTicker } from "./ticker.ts";
import { CONSOLE, INGEST, type WorkerPlan } from "./workers.ts";

export type { Keys } from "./keys.ts";
export type { WorkerLog } from "./named-logs.ts";
export type { StackOptions } from "./options.ts";
export type { ProcessMark } from "./processes.ts";

export type Stack = {
  ingestUrl: string;
  consoleUrl: string;
  /** Null where the real service is used. */
  stripeUrl: string | null;
  claudeUrl: string | null;
  keys: Keys;
  /** Those of `keys` that were made and stored now. */
  keysMade: KeyName[];
  stripeKey: string;
  /** The current processes of the stack, for tests that kill them. */
  pids(): { node: number; workerd: number[]; stripe: number | null; claude: number | null };
  /** Processes of a killed stack that were ended before this one began. */
  orphansEnded: ProcessMark[];
  migrationsApplied: string[];
  miniflare: Miniflare;
  /** Stops everything that was started. A second call does nothing. */
  stop(): Promise<void>;
};

/**
 * Starts every Worker and the requested stand-ins on one state directory. Reads nothing from the environment. Where
 * `signal` aborts on the way, what was begun is stopped, and the signal's reason is thrown.
 */
export async function startStack(given: StackOptions): Promise<Stack> {
  privateFolder(given.stateDir);
  const options = { ...given, stateDir: realpathSync(given.stateDir) };
  const { stateDir, signal } = options;
  const orphansEnded = await takeLock(stateDir);
  const begun: (() => Promise<void>)[] = [];
  let isStopping = false;
  const stop = async () => {
    isStopping = true;
    for (const end of begun.splice(0).reverse()) await end();
  };
  // Not in order, such as the second Ctrl-C: nothing runs any more, so nothing may say that it does.
  const forget = atExit(() => {
    releaseLock(stateDir);
    removeTemporaryIn(stateDir);
  });
  begun.push(async () => {
    releaseLock(stateDir);
    forget();
  });
  try {
    const { keys, made: keysMade } = loadKeys(stateDir, options.keys ?? {});
    requireWholeKeys(keys, stateDir);
    signal?.throwIfAborted();
    const [stripe, claude] = await startStandIns(options, begun);
    signal?.throwIfAborted();
    const addresses = {
      stripeUrl: stripe?.url ?? baseUrlOf(options.stripe),
      claudeUrl: claude?.url ?? baseUrlOf(options.claude),
    };
    const urls = { ingestUrl: null as string | null, consoleUrl: null as string | null };
    const updateLock = () => {
      if (!isStopping) writeLock(stateDir, { children: childrenNow(stripe, claude), ...urls });
    };
    // Miniflare restarts a workerd that dies, as another process.
    const runtime = runtimeOptions(options, keys, addresses, updateLock);
    const miniflare = await startRuntime(runtime);
    begun.push(() => stopRuntime(miniflare, stateDir, 5_000));
    updateLock();
    signal?.throwIfAborted();
    const migrationsApplied = await migrate(miniflare, runtime.plans);
    const ingestUrl = await directUrl(miniflare, INGEST);
    const consoleUrl = await directUrl(miniflare, CONSOLE);
    begun.push(startTicker(miniflare, () => undefined));
    if (stripe !== null) await pointWebhooks(stripe.url, ingestUrl, keys);
    signal?.throwIfAborted();
    Object.assign(urls, { ingestUrl, consoleUrl });
    updateLock();
    const pids = () => ({
      node: process.pid,
      workerd: workerdNow().map(({ pid }) => pid),
      stripe: stripe?.mark?.pid ?? null,
      claude: claude?.mark?.pid ?? null,
    });
    return {
      ...addresses,
      ingestUrl,
      consoleUrl,
      keys,
      keysMade,
      stripeKey: stripeKeyOf(options),
      pids,
      orphansEnded,
      migrationsApplied,
      miniflare,
      stop,
    };
  } catch (error) {
    await stop();
    // Ctrl-C reaches workerd as well: what failed because of that is no failure.
    signal?.throwIfAborted();
    throw error;
  }
}

async function startStandIns(
  { stripe, claude, stateDir }: StackOptions,
  begun: (() => Promise<void>)[],
): Promise<[StandIn | null, StandIn | null]> {
  const started = await Promise.allSettled([
    isStandIn(stripe) ? startStripeStandIn(join(stateDir, "stripe"), stripe?.options) : null,
    isStandIn(claude) ? startClaudeStandIn(claude?.options) : null,
  ]);
  for (const one of started) if (one.status === "fulfilled" && one.value !== null) begun.push(one.value.stop);
  for (const one of started) if (one.status === "rejected") throw one.reason;
  const [first, second] = started.map((one) => (one.status === "fulfilled" ? one.value : null));
  return [first ?? null, second ?? null];
}

function workerdNow(): ProcessMark[] {
  return childrenOf(process.pid).filter(({ command }) => command.includes("workerd"));
}

function childrenNow(...standIns: (StandIn | null)[]): ProcessMark[] {
  return [...workerdNow(), ...standIns.flatMap((standIn) => standIn?.mark ?? [])];
}

/** Applies each folder of migrations once, because several Workers share one database. */
async function migrate(miniflare: Miniflare, plans: WorkerPlan[]): Promise<string[]> {
  const applied: string[] = [];
  const done = new Set<string>();
  for (const { name, migrations } of plans) {
    for (const { binding, directory } of migrations) {
      if (done.has(`${binding} ${directory}`)) continue;
      done.add(`${binding} ${directory}`);
      applied.push(...(await applyMigrations((await miniflare.getD1Database(binding, name)) as Database, directory)));
    }
  }
  return applied;
}

async function directUrl(miniflare: Miniflare, worker: string): Promise<string> {
  return (await miniflare.unsafeGetDirectURL(worker)).origin;
}

/** Makes the stand-in send its events to our Stripe webhook, signed with the configured secret. */
async function pointWebhooks(stripeUrl: string, ingestUrl: string, keys: Keys): Promise<void> {
  const [secret] = splitSecrets(keys.STRIPE_WEBHOOK_SECRET);
  const response = await fetch(`${stripeUrl}/_sim/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url: `${ingestUrl}/webhooks/stripe`, secret }),
  });
  if (!response.ok)
    throw new Error(
      `the Stripe stand-in did not take the webhook address: ${response.status} ${await response.text()}`,
    );
}
