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
import { START_MS, startPatience } from "./patience.ts";
import { childrenOf, type ProcessMark } from "./processes.ts";
import { removeTemporaryIn, startRuntime, stopRuntime } from "./runtime.ts";
import { type StandIn, startClaudeStandIn, startStripeStandIn } from "./stand-ins.ts";
import { planStarter, type Starter } from "./starter.ts";
import { startTicker, TICKED, tick } from "./ticker.ts";
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
  /** What all Workers write into D1. */
  records: Database;
  /** Looks at the cases now, as the cron trigger does each minute. */
  tick(): Promise<void>;
  /** Stops everything that was started. A second call does nothing. */
  stop(): Promise<void>;
};

/**
 * Starts every Worker and the requested stand-ins on one state directory. Reads nothing from the environment. Where
 * `signal` aborts on the way, what was begun is stopped, and the signal's reason is thrown. Throws a UserError where the
 * start does not come up in time.
 */
export async function startStack(given: StackOptions): Promise<Stack> {
  privateFolder(given.stateDir);
  const options = { ...given, stateDir: realpathSync(given.stateDir) };
  const { stateDir } = options;
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
  const patience = startPatience(options.patienceMs ?? START_MS, notUp(stateDir), options.signal);
  const { signal, step, bounded } = patience;
  try {
    const { keys, made: keysMade } = loadKeys(stateDir, options.keys ?? {});
    requireWholeKeys(keys, stateDir);
    const [stripe, claude] = await step("the stand-ins", () => startStandIns(options, begun));
    const addresses = {
      stripeUrl: stripe?.url ?? baseUrlOf(options.stripe),
      claudeUrl: claude?.url ?? baseUrlOf(options.claude),
    };
    const urls = { ingestUrl: null as string | null, consoleUrl: null as string | null };
    const updateLock = () => {
      if (!isStopping) writeLock(stateDir, { children: childrenNow(stripe, claude), ...urls });
    };
    // Miniflare restarts a workerd that dies, as another process.
    const wanted = runtimeOptions({ ...options, signal }, keys, addresses, updateLock);
    const planned = await planStarter(wanted.plans, TICKED);
    const runtime = { ...wanted, extraWorkers: [...wanted.extraWorkers, planned.worker] };
    const miniflare = await step("the Workers to accept requests", async () => {
      const started = await startRuntime(runtime);
      begun.push(() => stopRuntime(started, stateDir, 5_000));
      return started;
    });
    updateLock();
    const starter = await planned.connect(miniflare);
    const migrationsApplied = await bounded("D1's migrations", () => migrate(starter, runtime.plans));
    const ingestUrl = await directUrl(miniflare, INGEST);
    const consoleUrl = await directUrl(miniflare, CONSOLE);
    begun.push(startTicker(starter, () => undefined));
    if (stripe !== null) {
      await bounded("the Stripe stand-in to take our address", () => pointWebhooks(stripe.url, ingestUrl, keys));
    }
    signal.throwIfAborted();
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
      records: starter.database("RECORDS", CONSOLE),
      tick: () => tick(starter),
      stop,
    };
  } catch (error) {
    await stop();
    // Ctrl-C reaches workerd as well: what failed because of that is no failure.
    signal.throwIfAborted();
    throw error;
  } finally {
    patience.end();
  }
}

const notUp = (stateDir: string): string =>
  `Everything was stopped. Start it again; if that ends so too, ${stateDir} and what it holds are on disk: ` +
  "copy it, and look whether the machine is short of memory, disk or processors.";

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
async function migrate(starter: Starter, plans: WorkerPlan[]): Promise<string[]> {
  const applied: string[] = [];
  const done = new Set<string>();
  for (const { name, migrations } of plans) {
    for (const { binding, directory } of migrations) {
      if (done.has(`${binding} ${directory}`)) continue;
      done.add(`${binding} ${directory}`);
      applied.push(...(await applyMigrations(starter.database(binding, name), directory)));
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
