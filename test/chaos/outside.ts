import { UserError } from "../../cli/errors.ts";
import { loadObjects } from "../../cli/samples.ts";
import type { Keys } from "../../cli/stack/index.ts";
import { type StandIn, startClaudeStandIn, startStripeStandIn } from "../../cli/stack/stand-ins.ts";
import { faultKinds } from "../../simulators/claude/faults.ts";
import { FAULT_KINDS } from "../../simulators/stripe/faults.ts";
import type { LoggedRequest } from "../../simulators/stripe/request-log.ts";
import type { Books, ConnectBooks, SubscriptionBooks } from "../../simulators/stripe/state.ts";
import type { ChaosDay } from "./day.ts";
import { createRequestCollector } from "./request-collector.ts";
import { ACCOUNTS, type ControlCall, TAKEN_AWAY, type Tale } from "./tales/index.ts";

export type ProviderObject = { object: string; id: string } & Record<string, unknown>;
/** What the provider holds, every object included. */
export type FullBooks = Omit<Books, "objects"> &
  SubscriptionBooks &
  ConnectBooks & { pendingWebhooks: number; objects: ProviderObject[] };

/** Claude and Stripe: they live on while the stack is killed, so what they hold is the truth outside. */
export type Outside = Awaited<ReturnType<typeof startOutside>>;
type Who = "stripe" | "claude";

export async function startOutside(stateDir: string, claudeOptions: string[], day: ChaosDay) {
  const begin: Record<Who, (options: string[]) => Promise<StandIn>> = {
    stripe: (options) => startStripeStandIn(stateDir, options),
    claude: (options) => startClaudeStandIn([...claudeOptions, ...options]),
  };
  const standIns = await startBoth(begin);
  const urls = { stripe: standIns.stripe.url, claude: standIns.claude.url };
  if (day.tales.length > 0) for (const id of ACCOUNTS) await controlOf(`${urls.stripe}/_sim/accounts`, { id });
  await loadObjects(urls.stripe, day);
  for (const { setup } of day.tales) for (const call of setup) await callStripe(urls.stripe, call);
  if (day.tales.length > 0)
    for (const id of TAKEN_AWAY) await controlOf(`${urls.stripe}/_sim/accounts/${id}`, { connected: false });
  const control = <T>(who: Who, path: string, body?: unknown) => controlOf<T>(`${urls[who]}/_sim/${path}`, body);
  const requests = createRequestCollector(
    async (sequence) => (await control<{ requests: LoggedRequest[] }>("stripe", `requests?since=${sequence}`)).requests,
  );
  let stripeAheadMs = 0;
  let disturbance = { seed: 0, rate: 0 };
  let refused: readonly string[] = [];
  /** Counted by stand-ins that have been killed since. */
  const counted = new Map<string, number>();

  const disturbOne: Record<Who, () => Promise<void>> = {
    stripe: async () => {
      const { seed, rate } = disturbance;
      await control("stripe", "faults", { seed, rate, kinds: rate === 0 ? [] : FAULT_KINDS, delayMs: 400 });
    },
    claude: async () => void (await control("claude", "faults", { ...disturbance, kinds: faultKinds })),
  };
  const refuse = async () => {
    const rules = refused.map((text) => ({ kind: "authentication", times: REFUSALS, match: `${text}\\b` }));
    if (rules.length > 0) await control("claude", "faults", rules);
  };
  const countsOf: Record<Who, () => Promise<[string, number][]>> = {
    stripe: async () =>
      prefixed("stripe", Object.entries((await control<{ faults: Record<string, number> }>("stripe", "state")).faults)),
    claude: async () => {
      const { byKind } = await control<{ byKind: Record<string, number> }>("claude", "state");
      return prefixed(
        "claude",
        Object.entries(byKind).filter(([kind]) => FAULTS_OF_CLAUDE.has(kind)),
      );
    },
  };
  return {
    stripeUrl: urls.stripe,
    claudeUrl: urls.claude,
    stop: () => stopAll(Object.values(standIns)),
    /** Kills one of them, and starts it again where it was: what it holds is on disk, its disturbances are told anew. */
    restart: async (who: Who) => {
      for (const [kind, count] of await countsOf[who]()) counted.set(kind, (counted.get(kind) ?? 0) + count);
      if (who === "stripe") await requests.collect();
      await standIns[who].kill();
      if (who === "stripe") requests.begin();
      standIns[who] = await begin[who](["--port", new URL(urls[who]).port]);
      await disturbOne[who]();
      if (who === "claude") await refuse();
    },
    pendingWebhooks: async () => (await control<{ pendingWebhooks: number }>("stripe", "state")).pendingWebhooks,
    books: () => control<FullBooks>("stripe", "state?full=1"),
    /** To be called often: request-collector.ts. */
    collectRequests: () => requests.collect(),
    requests: () => requests.all(),
    /** Somebody or something does this at the provider, without a request of ours. Null: it refused. */
    act: async ({ path, body }: ControlCall): Promise<{ id?: unknown } | null> => {
      const response = await fetch(`${urls.stripe}/_sim/${path}`, { method: "POST", body: JSON.stringify(body) });
      const made = (await response.json()) as { id?: unknown };
      return response.ok ? made : null;
    },
    pointWebhooks: (ingestUrl: string, keys: Keys) =>
      control("stripe", "webhook", {
        url: `${ingestUrl}/webhooks/stripe`,
        secret: keys.STRIPE_WEBHOOK_SECRET.split(",")[0],
      }),
    /** Somebody refunds in the provider's dashboard. Null: it refused. */
    refundByHand: async (payment: string, amountMinor: number): Promise<string | null> => {
      const body = JSON.stringify({ payment_intent: payment, amount: amountMinor });
      const response = await fetch(`${urls.stripe}/_sim/refunds`, { method: "POST", body });
      const { id } = (await response.json()) as { id?: string };
      return response.ok && id !== undefined ? id : null;
    },
    refunds: async () => (await control<Books>("stripe", "state")).refunds,
    /** The bank fails a refund that stands; the provider tells it by webhook. */
    failRefund: async (id: string) =>
      void (await control("stripe", `refunds/${id}/fail`, { reason: "lost_or_stolen_card" })),
    /** Disturbs this share of all calls, by every kind that the stand-ins know. 0: none. Keeps the counts. */
    disturb: async (seed: number, rate: number) => {
      disturbance = { seed, rate };
      await Promise.all([disturbOne.stripe(), disturbOne.claude()]);
    },
    /** Claude refuses our key whenever it is asked about these, more often than an event bears. */
    refuseAbout: async (texts: readonly string[]) => {
      refused = texts;
      await refuse();
    },
    /** The key is good again. */
    acceptKey: async () => {
      await fetch(`${urls.claude}/_sim/faults`, { method: "DELETE" });
    },
    faultCounts: async (): Promise<Record<string, number>> => {
      const now = [...(await countsOf.stripe()), ...(await countsOf.claude())];
      const sums = new Map(counted);
      for (const [kind, count] of now) sums.set(kind, (sums.get(kind) ?? 0) + count);
      return Object.fromEntries(sums);
    },
    /** The provider's clock goes ahead with ours. */
    aheadBy: async (ms: number) => {
      if (ms <= stripeAheadMs) return;
      const advanceSeconds = Math.round((ms - stripeAheadMs) / 1000);
      stripeAheadMs = ms;
      await control("stripe", "clock", { advanceSeconds });
    },
  };
}

async function startBoth(begin: Record<Who, (options: string[]) => Promise<StandIn>>): Promise<Record<Who, StandIn>> {
  const [stripe, claude] = await Promise.allSettled([begin.stripe([]), begin.claude([])]);
  if (stripe.status === "fulfilled" && claude.status === "fulfilled")
    return { stripe: stripe.value, claude: claude.value };
  await stopAll([stripe, claude].flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
  throw [stripe, claude].find((one) => one.status === "rejected")?.reason;
}

const stopAll = async (standIns: readonly StandIn[]): Promise<void> =>
  void (await Promise.all(standIns.map((one) => one.stop())));

/** The policy gives up after eight tries more (shared/policy/disposition.ts). */
const REFUSALS = 9;
const FAULTS_OF_CLAUDE: ReadonlySet<string> = new Set(faultKinds);

const prefixed = (name: Who, counts: [string, number][]): [string, number][] =>
  counts.map(([kind, count]) => [`${name}_${kind}`, count]);

async function controlOf<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new UserError(`the stand-in refused ${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** As somebody with a key of the platform, before anything is disturbed. */
async function callStripe(url: string, { path, form, account }: Tale["setup"][number]): Promise<void> {
  const response = await fetch(`${url}/v1/${path}`, {
    method: "POST",
    headers: {
      authorization: "Bearer sk_test_standin",
      "content-type": "application/x-www-form-urlencoded",
      ...(account === undefined ? {} : { "stripe-account": account }),
    },
    body: new URLSearchParams(form).toString(),
  });
  if (!response.ok) throw new UserError(`the stand-in refused ${path}: ${response.status} ${await response.text()}`);
}
