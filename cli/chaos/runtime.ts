import type { StackOptions } from "../stack/index.ts";
import { INGEST, type WorkerPlan } from "../stack/workers.ts";
import type { ChaosSettings, ClockPlan } from "./inside/settings.ts";
import type { Outside } from "./outside.ts";
import type { Kill } from "./plan.ts";
import { type Doors, startVictim, type Told, type Victim } from "./victims.ts";

export type RuntimeOptions = { stateDir: string; plans: WorkerPlan[]; outside: Outside; seed: number; told: Told };

/** Stripe and we refuse a signature that is five minutes old, and signatures are made by real time. */
const INGEST_SKEW_MAX_MS = 200_000;
const DEADLINE_MS = "1500";

/** The stack, again and again: one state directory, one start after the other. */
export function createRuntime({ stateDir, plans, outside, seed, told }: RuntimeOptions) {
  let victim: Victim | null = null;
  let boot = 0;

  return {
    doors: (): Doors | null => victim,
    /** How often a start had to end what a killed one had left behind. */
    async start(clock: ClockPlan, disturbs: boolean): Promise<Victim> {
      boot += 1;
      const settings = { seed, boot, bootAtMs: Date.now(), disturbs };
      const started = await startVictim(optionsOf(stateDir, plans, outside, { ...settings, clock }), told);
      await outside.pointWebhooks(started.ingestUrl, started.keys);
      victim = started;
      return started;
    },
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
    },
  };
}
export type Runtime = ReturnType<typeof createRuntime>;

function optionsOf(stateDir: string, plans: WorkerPlan[], outside: Outside, settings: ChaosSettings): StackOptions {
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
    retryDelayScale: 0.000_01,
    vars: { SWEEP_MS: "500", CLAUDE_DEADLINE_MS: DEADLINE_MS, PROVIDER_DEADLINE_MS: DEADLINE_MS },
    varsByWorker: Object.fromEntries(plans.map((plan) => [plan.name, { CHAOS: JSON.stringify(chaosOf(plan)) }])),
  };
}

function ingestClock(clock: ClockPlan): ClockPlan {
  return clock.kind === "jumping"
    ? { ...clock, maxSkewMs: Math.min(clock.maxSkewMs, INGEST_SKEW_MAX_MS) }
    : { ...clock, baseMs: 0, jumpsMax: 0 };
}
