import type { V4WorkerOptions } from "miniflare";
import type { Keys } from "./keys.ts";
import type { RuntimeOptions, WorkerLog } from "./runtime.ts";
import { readWorkerPlans, type WorkerPlan } from "./workers.ts";

/** Where Claude or Stripe is: the built-in stand-in, or another place with its key. Null: where the real one is. */
export type Provider = { standIn: true; options?: string[] } | { standIn: false; baseUrl: string | null; key: string };

export type StackOptions = {
  stateDir: string;
  /** 0 or absent: any free port. */
  port?: number;
  consolePort?: number;
  host?: string;
  /** Absent: the stand-in. `readKey` is what the classifier gets, which only reads; absent: the key. */
  stripe?: Provider & { readKey?: string };
  claude?: Provider;
  /** Wins over what was generated into `stateDir`. */
  keys?: Partial<Keys>;
  /** Variables of the Workers that declare them, e.g. SWEEP_MS; `LEDGER_SHARDS` is 8 unless told. */
  vars?: Record<string, string>;
  /** Variables of one Worker, by its name, declared or not. */
  varsByWorker?: Record<string, Record<string, string>>;
  /** Times every wait between tries: that of the Workers and that of the queues. 1 unless told. */
  retryDelayScale?: number;
  consumers?: RuntimeOptions["consumers"];
  /** Instead of the Workers of this repository. */
  plans?: WorkerPlan[];
  /** Workers beside ours, e.g. a baseline to measure against. */
  extraWorkers?: V4WorkerOptions[];
  /** What Workers log at `warn` or above goes to standard error unless this is given. */
  onLog?: (log: WorkerLog) => void;
};

/** Standing for credentials where a stand-in takes any; said in words, so that nobody mistakes it for one. */
const STAND_IN_STRIPE_KEY = "sk_test_standin";
/** The Stripe stand-in refuses writes under a restricted key that says `read`. */
const STAND_IN_STRIPE_READ_KEY = "rk_test_read_standin";
const STAND_IN_CLAUDE_KEY = "stand-in";

export type Addresses = { stripeUrl: string | null; claudeUrl: string | null };

type Wanted = { standIn: true; options?: string[] } | undefined;
export const isStandIn = (provider: Provider | undefined): provider is Wanted =>
  provider === undefined || provider.standIn;
export const baseUrlOf = (provider: Provider | undefined): string | null =>
  isStandIn(provider) ? null : provider.baseUrl;

export function stripeKeyOf({ stripe }: StackOptions): string {
  return isStandIn(stripe) ? STAND_IN_STRIPE_KEY : stripe.key;
}

export function runtimeOptions(
  options: StackOptions,
  keys: Keys,
  addresses: Addresses,
  onRestart: () => void,
): RuntimeOptions {
  const retryDelayScale = options.retryDelayScale ?? 1;
  return {
    plans: options.plans ?? readWorkerPlans(),
    bindings: {
      everywhere: {
        LEDGER_SHARDS: "2",
        RETRY_DELAY_SCALE: String(retryDelayScale),
        ...keys,
        ...providerVars(options, addresses),
        ...options.vars,
      },
      byWorker: options.varsByWorker ?? {},
    },
    stateDir: options.stateDir,
    retryDelayScale,
    port: options.port ?? 0,
    consolePort: options.consolePort ?? 0,
    host: options.host ?? "127.0.0.1",
    consumers: options.consumers ?? "attached",
    extraWorkers: options.extraWorkers ?? [],
    onLog: options.onLog ?? printWarnings,
    onRestart,
  };
}

function providerVars(options: StackOptions, { stripeUrl, claudeUrl }: Addresses): Record<string, string> {
  const stripeKey = stripeKeyOf(options);
  return {
    STRIPE_SECRET_KEY: stripeKey,
    STRIPE_READ_KEY: isStandIn(options.stripe) ? STAND_IN_STRIPE_READ_KEY : (options.stripe.readKey ?? stripeKey),
    ANTHROPIC_API_KEY: isStandIn(options.claude) ? STAND_IN_CLAUDE_KEY : options.claude.key,
    PROVIDER_MODE: /^[a-z]+_live_/.test(stripeKey) ? "live" : "test",
    ...(stripeUrl === null ? {} : { STRIPE_API_BASE: stripeUrl }),
    ...(claudeUrl === null ? {} : { ANTHROPIC_BASE_URL: claudeUrl }),
  };
}

function printWarnings({ level, message }: WorkerLog): void {
  if (level === "warn" || level === "error") process.stderr.write(`${message}\n`);
}
