import { rmSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../../cli/http.ts";
import type { StackOptions } from "../../cli/stack/index.ts";
import { runtimesOn } from "../../cli/stack/lock.ts";
import { endProcess } from "../../cli/stack/processes.ts";
import { INGEST, type WorkerPlan } from "../../cli/stack/workers.ts";
import type { QueueName } from "../../shared/contracts/queues.ts";
import { callAsInsider } from "./ask.ts";
import type { Moment } from "./inside/between.ts";
import { ARM } from "./inside/insider.ts";
import { type ChaosSettings, type ClockPlan, DEADLINE_MS } from "./inside/settings.ts";
import type { Outside } from "./outside.ts";
import type { Kill } from "./plan.ts";
import type { KeyRing } from "./rotation.ts";
import { type Doors, killWhileBooting, startVictim, type Told, type Victim } from "./victims.ts";

export type RuntimeOptions = {
  stateDir: string;
  plans: WorkerPlan[];
  outside: Outside;
  ring: KeyRing;
  seed: number;
  told: Omit<Told, "onBetween">;
};

/** Stripe and we refuse a signature that is five minutes old, and signatures are made by real time. */
const INGEST_SKEW_MAX_MS = 200_000;

const STARTS_MAX = 3;
const BETWEEN_LOOK_MS = 10;
const EITHER = [() => true, () => false] as const;

/** The stack, again and again: one state directory, one start after the other. */
export function createRuntime(given: RuntimeOptions) {
  const { stateDir, outside, ring, seed } = given;
  let victim: Victim | null = null;
  let boot = 0;
  let doubledStarts = 0;
  let met: Moment | null = null;
  const told: Told = {
    ...given.told,
    onBetween: (moment) => {
      met = moment;
    },
  };

  function nextStart(clock: ClockPlan, disturbs: boolean, away: QueueName | null): StackOptions {
    boot += 1;
    const options = optionsOf(given, { seed, boot, bootAtMs: Date.now(), disturbs, clock });
    return away === null ? options : { ...options, consumers: { without: [away] } };
  }

  /**
   * A start that hangs is ended and begun once more, and counted. Miniflare's calls of D1 block node until workerd answers;
   * where the Workers write more than a pipe holds meanwhile, workerd waits for node (seen in the migrations of a start).
   */
  async function startAgain(next: () => StackOptions): Promise<Victim> {
    for (let nth = 1; ; nth++) {
      try {
        return await startVictim(next(), told);
      } catch (error) {
        if (nth === STARTS_MAX) throw error;
        told.onFaults({ start_hung: 1 });
      }
    }
  }

  return {
    doors: (): Doors | null => victim,
    doubledStarts: () => doubledStarts,
    /** `away`: the queue whose consumer is away. */
    async start(clock: ClockPlan, disturbs: boolean, away: QueueName | null = null): Promise<Victim> {
      const started = await startAgain(() => nextStart(clock, disturbs, away));
      ring.isUp(Date.now());
      if (runtimesOn(stateDir).length > 1) doubledStarts += 1;
      await outside.pointWebhooks(started.ingestUrl, started.keys);
      victim = started;
      return started;
    },
    /**
     * Waits until something is half-done in this way. Answers whether it was; then the kill must come at once. `provoke`: called
     * once the ledger's objects are armed.
     */
    async untilBetween(moment: Moment, waitMs: number, signal: AbortSignal, provoke: () => void): Promise<boolean> {
      met = null;
      const at = victim;
      // Where it does not answer now, it is killed at another moment.
      const isArmed = at !== null && (await callAsInsider(at, { name: ARM, args: [moment] }).then(...EITHER));
      if (isArmed) provoke();
      const endMs = Date.now() + waitMs;
      while (isArmed && met !== moment && Date.now() < endMs && !signal.aborted) await pause(BETWEEN_LOOK_MS, signal);
      return met === moment;
    },
    /** Whether it was killed before its doors were open. */
    killBooting: (clock: ClockPlan, disturbs: boolean, plan: NonNullable<Kill["boot"]>): Promise<boolean> =>
      killWhileBooting(nextStart(clock, disturbs, null), told, plan),
    /** Nobody is up: what people work with is gone, and the next start finds an empty database. */
    loseRecords: (): void => rmSync(join(stateDir, "workers", "d1"), { recursive: true, force: true }),
    async kill(who: Kill["who"]): Promise<void> {
      const dying = victim;
      // Where workerd lives on without its node, what is sent meanwhile is still answered, and must not be lost.
      if (who !== "node") victim = null;
      await dying?.kill(who);
      victim = null;
    },
    async stop(): Promise<void> {
      const last = victim;
      victim = null;
      await last?.stop();
      // What a killed node left, if no start has come that would have ended it.
      await Promise.all(runtimesOn(stateDir).map((orphan) => endProcess(orphan)));
    },
  };
}
export type Runtime = ReturnType<typeof createRuntime>;

function optionsOf({ stateDir, plans, outside, ring }: RuntimeOptions, settings: ChaosSettings): StackOptions {
  const chaosOf = ({ name }: WorkerPlan): ChaosSettings =>
    name === INGEST ? { ...settings, clock: ingestClock(settings.clock) } : settings;
  return {
    stateDir,
    plans,
    stripe: {
      standIn: false,
      baseUrl: outside.stripeUrl,
      key: "sk_test_standin",
      readKey: "rk_test_read_standin",
    },
    claude: { standIn: false, baseUrl: outside.claudeUrl, key: "stand-in" },
    keys: ring.keys(),
    retryDelayScale: 0.000_01,
    vars: { SWEEP_MS: "500", CLAUDE_DEADLINE_MS: String(DEADLINE_MS), PROVIDER_DEADLINE_MS: String(DEADLINE_MS) },
    varsByWorker: Object.fromEntries(plans.map((plan) => [plan.name, { CHAOS: JSON.stringify(chaosOf(plan)) }])),
  };
}

function ingestClock(clock: ClockPlan): ClockPlan {
  return clock.kind === "jumping"
    ? { ...clock, maxSkewMs: Math.min(clock.maxSkewMs, INGEST_SKEW_MAX_MS) }
    : { ...clock, baseMs: 0, jumpsMax: 0 };
}
