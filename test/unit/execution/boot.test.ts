import { afterEach, describe, expect, it, vi } from "vitest";
import { generateApprovalPair, generateGrantPair } from "../../../cli/stack/keys.ts";
import { EXECUTOR_QUEUES } from "../../../shared/contracts/actions.ts";
import { type ExecutorEnv, runExecutor } from "../../../shared/execution/wiring.ts";

/** By a path that is not a literal: the entry of a Worker is checked with the types of its runtime, which are not here. */
const ENTRY = "../../../workers/classifier/index.ts";
type Entry = { default: { queue(batch: unknown, env: unknown): Promise<void> } };
const { default: classifier } = (await import(/* @vite-ignore */ ENTRY)) as Entry;

const REST = "0123456789abcdefghijklmn";
const WRITES = `sk_test_${REST}`;
const READS = `rk_test_${REST}`;
const CLAUDE = "a-key-of-claude-of-a-whole-length";

const producer = { send: async () => undefined, sendBatch: async () => undefined };
const objects = { getByName: () => ({}) };
const env = {
  LEDGER: objects,
  GATE: objects,
  LEDGER_SHARDS: "2",
  PROVIDER_MODE: "test",
  STRIPE_API_BASE: "https://api.stripe.com",
  STRIPE_SECRET_KEY: WRITES,
  STRIPE_READ_KEY: READS,
  ANTHROPIC_API_KEY: CLAUDE,
  ANTHROPIC_BASE_URL: "https://api.anthropic.com",
  CLAUDE_DEADLINE_MS: "30000",
  PROVIDER_DEADLINE_MS: "30000",
  RETRY_DELAY_SCALE: "1",
  ...generateGrantPair(),
  ...generateApprovalPair(),
  ...Object.fromEntries(
    [
      "EVENTS",
      "EVENTS_BATCH",
      "ESCALATE",
      "EVENTS_DLQ",
      "EVENTS_BATCH_DLQ",
      ...EXECUTOR_QUEUES.flatMap((queue) => [queue, `${queue}-dlq`]),
    ].map((queue) => [queue.toUpperCase().replaceAll("-", "_"), producer]),
  ),
};
type Env = Partial<Record<keyof typeof env, unknown>>;

const batchOf = (queue: string) => ({ queue, messages: [], ackAll: () => undefined, retryAll: () => undefined });
const classify = (changed: Env) => classifier.queue(batchOf("events"), { ...env, ...changed });
const refund = (changed: Env) =>
  runExecutor(
    batchOf("refund"),
    { ...env, ...changed } as unknown as ExecutorEnv & Record<"REFUND_DLQ", never>,
    "refund",
  );

afterEach(() => void vi.restoreAllMocks());

/** What a Worker said when it did not start; each line of the log has been checked for the values of its secrets. */
async function refusalOf(run: (changed: Env) => Promise<void>, changed: Env): Promise<string> {
  const said: string[] = [];
  for (const way of ["error", "log"] as const)
    vi.spyOn(console, way).mockImplementation((line) => void said.push(line));
  const thrown = await run(changed).then(
    () => "it started",
    (error: unknown) => String(error),
  );
  for (const value of Object.values(changed))
    if (/KEY|[sr]k_|pw-in-it/.test(String(value))) expect(`${thrown}\n${said.join("\n")}`).not.toContain(value);
  if (thrown !== "it started") expect(said).toEqual([expect.stringContaining(".misconfigured")]);
  return said[0] ?? thrown;
}

describe("the classifier", () => {
  it("starts with a key of Stripe that can only read, also with the line break of its file", async () => {
    expect(await refusalOf(classify, {})).toBe("it started");
    expect(await refusalOf(classify, { STRIPE_READ_KEY: `${READS}\n`, ANTHROPIC_API_KEY: `${CLAUDE}\n` })).toBe(
      "it started",
    );
  });

  it.each([
    [{ STRIPE_READ_KEY: WRITES }, "STRIPE_READ_KEY must be a restricted key"],
    [{ STRIPE_READ_KEY: `sk_org_test_${REST}` }, "STRIPE_READ_KEY must be a restricted key"],
    [{ STRIPE_READ_KEY: `sk_test_${REST}`, STRIPE_API_BASE: "http://127.0.0.1:1" }, "must be a restricted key"],
    [{ STRIPE_READ_KEY: "rk_test_read_standin" }, "STRIPE_READ_KEY is too short"],
    [{ STRIPE_READ_KEY: `rk_live_${REST}` }, "STRIPE_READ_KEY is a live key, and PROVIDER_MODE is not live"],
    [{ PROVIDER_MODE: "live" }, "STRIPE_READ_KEY is a test key, and PROVIDER_MODE is not test"],
    [{ STRIPE_API_BASE: "http://api.stripe.com" }, "STRIPE_API_BASE must begin with https://"],
    [{ ANTHROPIC_BASE_URL: "http://localhost.evil.com" }, "ANTHROPIC_BASE_URL must begin with https://"],
    [{ ANTHROPIC_BASE_URL: "https://a:pw-in-it@example.com" }, "ANTHROPIC_BASE_URL must be without a user"],
    [{ ANTHROPIC_API_KEY: "tiny-KEY" }, "ANTHROPIC_API_KEY has fewer than 32 characters"],
  ])("does not start with %j, and its log names what is wrong", async (changed, why) => {
    const said = await refusalOf(classify, changed);
    expect(said).toContain(why);
    expect(JSON.parse(said)).toMatchObject({ alarm: true, what: "classifier.misconfigured" });
  });

  it("starts with the short key of a stand-in on this machine", async () => {
    const here = { STRIPE_API_BASE: "http://127.0.0.1:1", ANTHROPIC_BASE_URL: "http://127.0.0.1:2" };
    const keys = { STRIPE_READ_KEY: "rk_test_read_standin", ANTHROPIC_API_KEY: "stand-in" };
    expect(await refusalOf(classify, { ...here, ...keys })).toBe("it started");
  });
});

describe("an executor", () => {
  it("starts with a secret or a restricted key of its mode", async () => {
    expect(await refusalOf(refund, {})).toBe("it started");
    expect(await refusalOf(refund, { STRIPE_SECRET_KEY: `rk_live_${REST}`, PROVIDER_MODE: "live" })).toBe("it started");
  });

  it.each([
    [{ STRIPE_SECRET_KEY: `sk_live_${REST}` }, "STRIPE_SECRET_KEY is a live key, and PROVIDER_MODE is not live"],
    [{ STRIPE_SECRET_KEY: `sk_org_live_${REST}` }, "STRIPE_SECRET_KEY is a live key, and PROVIDER_MODE is not live"],
    [{ PROVIDER_MODE: "live" }, "STRIPE_SECRET_KEY is a test key, and PROVIDER_MODE is not test"],
    [
      { STRIPE_SECRET_KEY: `ak_test_${REST}_KEY` },
      "STRIPE_SECRET_KEY must begin with sk_test_, sk_live_, rk_test_ or rk_live_",
    ],
    [{ STRIPE_SECRET_KEY: `pk_test_${REST}_KEY` }, "STRIPE_SECRET_KEY is a publishable key"],
    [{ STRIPE_API_BASE: "http://0.0.0.0:12111" }, "STRIPE_API_BASE must begin with https://"],
  ])("does not start with %j, and its log names what is wrong", async (changed, why) => {
    const said = await refusalOf(refund, changed);
    expect(said).toContain(why);
    expect(JSON.parse(said)).toMatchObject({ alarm: true, what: "refund.misconfigured" });
  });
});
