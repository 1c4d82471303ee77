import type { V4WorkerOptions } from "miniflare";
import { readProviderKey } from "../../shared/core/provider-key.ts";
import type { Keys } from "./keys.ts";
import type { WorkerLog } from "./named-logs.ts";
import type { RuntimeOptions } from "./runtime.ts";
import { CONSOLE, readWorkerPlans, type WorkerPlan } from "./workers.ts";

/** Which Claude or Stripe to use: the built-in stand-in, or another service with its key. `baseUrl` null: the real service. */
export type Provider = Wanted | Given;
/** `readKey`: the classifier's key, which can only read. */
export type StripeProvider = Wanted | (Given & { readKey: string });
type Wanted = { standIn: true; options?: string[] };
type Given = { standIn: false; baseUrl: string | null; key: string };

export type StackOptions = {
  stateDir: string;
  /** 0 or absent: any free port. */
  port?: number;
  consolePort?: number;
  host?: string;
  /** Absent: the stand-in. */
  stripe?: StripeProvider;
  claude?: Provider;
  /** Override the keys that were generated into `stateDir`. */
  keys?: Partial<Keys>;
  /** Variables of the Workers that declare them, e.g. SWEEP_MS. `LEDGER_SHARDS` is 2 by default (docs/decisions/0012). */
  vars?: Record<string, string>;
  /** Variables of one Worker, by its name, declared or not. */
  varsByWorker?: Record<string, Record<string, string>>;
  /** Multiplies every wait between tries, of the Workers and of the queues. 1 by default. */
  retryDelayScale?: number;
  consumers?: RuntimeOptions["consumers"];
  /** Instead of the Workers of this repository. */
  plans?: WorkerPlan[];
  /** Workers beside ours, e.g. a baseline to measure against. */
  extraWorkers?: V4WorkerOptions[];
  /** Ends the start early, and nothing after it. */
  signal?: AbortSignal;
  /** How long the start may take before it gives up. Minutes by default. */
  patienceMs?: number;
  /** Gets every log line of the Workers. By default those of level `warn` and `error` go to standard error. */
  onLog?: (log: WorkerLog) => void;
};

/** The keys for stand-ins, which accept any. Their names show that they are no real credentials. */
const STAND_IN_STRIPE_KEY = "sk_test_standin";
/** The Stripe stand-in refuses writes under a restricted key that says `read`. */
const STAND_IN_STRIPE_READ_KEY = "rk_test_read_standin";
const STAND_IN_CLAUDE_KEY = "stand-in";

export type Addresses = { stripeUrl: string | null; claudeUrl: string | null };

export const isStandIn = (provider: Provider | undefined): provider is Wanted | undefined =>
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
      byWorker: { ...options.varsByWorker, [CONSOLE]: consoleVars(options, keys) },
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
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

/** One admin, whose token is CONSOLE_TOKEN; none where Cloudflare Access says who somebody is. */
function consoleVars({ varsByWorker = {} }: StackOptions, { CONSOLE_TOKEN }: Keys): Record<string, string> {
  const own = varsByWorker[CONSOLE] ?? {};
  return own.ACCESS_TEAM_DOMAIN === undefined ? { CONSOLE_TOKEN, FIRST_ADMIN: "local admin", ...own } : own;
}

function providerVars(options: StackOptions, { stripeUrl, claudeUrl }: Addresses): Record<string, string> {
  const stripeKey = stripeKeyOf(options);
  return {
    STRIPE_SECRET_KEY: stripeKey,
    STRIPE_READ_KEY: isStandIn(options.stripe) ? STAND_IN_STRIPE_READ_KEY : options.stripe.readKey,
    ANTHROPIC_API_KEY: isStandIn(options.claude) ? STAND_IN_CLAUDE_KEY : options.claude.key,
    PROVIDER_MODE: readProviderKey(stripeKey).mode ?? "unknown",
    ...(stripeUrl === null ? {} : { STRIPE_API_BASE: stripeUrl }),
    ...(claudeUrl === null ? {} : { ANTHROPIC_BASE_URL: claudeUrl }),
  };
}

function printWarnings({ level, message }: WorkerLog): void {
  if (level === "warn" || level === "error") process.stderr.write(`${message}\n`);
}
