import { faultKinds } from "../../simulators/claude/faults.ts";
import { FAULT_KINDS } from "../../simulators/stripe/faults.ts";
import type { LoggedRequest } from "../../simulators/stripe/request-log.ts";
import type { Books } from "../../simulators/stripe/state.ts";
import { UserError } from "../errors.ts";
import { loadObjects } from "../samples.ts";
import type { Keys } from "../stack/index.ts";
import { type StandIn, startClaudeStandIn, startStripeStandIn } from "../stack/stand-ins.ts";
import type { ChaosDay } from "./day.ts";

export type ProviderObject = { object: string; id: string } & Record<string, unknown>;
/** What the provider holds, every object included. */
export type FullBooks = Omit<Books, "objects"> & { pendingWebhooks: number; objects: ProviderObject[] };

/** Claude and Stripe: they live on while the stack is killed, so what they hold is the truth outside. */
export type Outside = Awaited<ReturnType<typeof startOutside>>;

export async function startOutside(stateDir: string, claudeOptions: string[], day: ChaosDay) {
  const standIns: StandIn[] = [];
  const stop = async () => void (await Promise.all(standIns.splice(0).map((one) => one.stop())));
  const started = await Promise.allSettled([startStripeStandIn(stateDir), startClaudeStandIn(claudeOptions)]);
  for (const one of started) if (one.status === "fulfilled") standIns.push(one.value);
  const [stripe, claude] = started.map((one) => (one.status === "fulfilled" ? one.value.url : null));
  if (typeof stripe !== "string" || typeof claude !== "string") {
    await stop();
    throw started.find((one) => one.status === "rejected")?.reason;
  }
  await loadObjects(stripe, day);
  const control = <T>(base: string, path: string, body?: unknown) => controlOf<T>(`${base}/_sim/${path}`, body);
  let stripeAheadMs = 0;
  return {
    stripeUrl: stripe,
    claudeUrl: claude,
    stop,
    pendingWebhooks: async () => (await control<{ pendingWebhooks: number }>(stripe, "state")).pendingWebhooks,
    books: () => control<FullBooks>(stripe, "state?full=1"),
    /** The last some ten thousand calls, for the story of what broke. */
    requests: async () => (await control<{ requests: LoggedRequest[] }>(stripe, "requests")).requests,
    pointWebhooks: (ingestUrl: string, keys: Keys) =>
      control(stripe, "webhook", {
        url: `${ingestUrl}/webhooks/stripe`,
        secret: keys.STRIPE_WEBHOOK_SECRET.split(",")[0],
      }),
    /** Disturbs this share of all calls, by every kind that the stand-ins know. 0: none. Keeps the counts. */
    disturb: async (seed: number, rate: number) => {
      await control(stripe, "faults", { seed, rate, kinds: rate === 0 ? [] : FAULT_KINDS, delayMs: 400 });
      await control(claude, "faults", { seed, rate, kinds: faultKinds });
    },
    /** Claude refuses our key whenever it is asked about these, more often than an event bears. */
    refuseAbout: async (texts: readonly string[]) => {
      const rules = texts.map((text) => ({ kind: "authentication", times: REFUSALS, match: `${text}\\b` }));
      if (rules.length > 0) await control(claude, "faults", rules);
    },
    /** The key is good again. */
    acceptKey: async () => {
      await fetch(`${claude}/_sim/faults`, { method: "DELETE" });
    },
    faultCounts: async (): Promise<Record<string, number>> => {
      const { faults } = await control<{ faults: Record<string, number> }>(stripe, "state");
      const { byKind } = await control<{ byKind: Record<string, number> }>(claude, "state");
      return {
        ...prefixed("stripe", Object.entries(faults)),
        ...prefixed(
          "claude",
          Object.entries(byKind).filter(([kind]) => FAULTS_OF_CLAUDE.has(kind)),
        ),
      };
    },
    /** The provider's clock goes ahead with ours. */
    aheadBy: async (ms: number) => {
      if (ms <= stripeAheadMs) return;
      const advanceSeconds = Math.round((ms - stripeAheadMs) / 1000);
      stripeAheadMs = ms;
      await control(stripe, "clock", { advanceSeconds });
    },
  };
}

/** The policy gives up after eight tries more (shared/policy/disposition.ts). */
const REFUSALS = 9;
const FAULTS_OF_CLAUDE: ReadonlySet<string> = new Set(faultKinds);

const prefixed = (name: string, counts: [string, number][]) =>
  Object.fromEntries(counts.map(([kind, count]) => [`${name}_${kind}`, count]));

async function controlOf<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new UserError(`the stand-in refused ${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
