import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Trace } from "../../shared/contracts/views.ts";
import type { FaultKind } from "../../simulators/claude/faults.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack({ vars: { SWEEP_MS: "100" } });
});
afterAll(async () => await system?.stop());

type Under = { told: Told; id: string };

/** Asks for a refund while Claude fails for this event alone. */
async function refundUnder(kind: FaultKind, times: number, retryAfterSeconds?: number): Promise<Under> {
  const told = tell();
  await system.stripe.put(told.objects);
  const rule = {
    kind,
    times,
    match: told.id.payment,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
  await system.claude.faults([rule]);
  const { body } = await system.ingest.request({
    message: `Refund 42.50 USD of payment ${told.id.payment}, charged twice.`,
  });
  return { told, id: body.id };
}

const failuresIn = ({ event }: Trace): string[] =>
  event.history.flatMap(({ what }) => (what.startsWith("failed: ") ? [what.slice("failed: ".length)] : []));
const callsFor = ({ told }: Under): Promise<number> => system.claude.callsAbout(told.id.payment);

async function expectCase(under: Under, failures: string[]): Promise<void> {
  const trace = await system.ended(under.id);
  expect(trace.state).toBe("case_open");
  expect(trace.action?.caseReason).toContain(`could not be decided (${failures.at(-1)})`);
  expect(failuresIn(trace)).toEqual(failures);
  expect(await callsFor(under)).toBe(failures.length);
  expect(await system.refundsOf(under.told.id.payment)).toEqual([]);
}

async function expectDecided(under: Under, failures: string[]): Promise<void> {
  const trace = await system.ended(under.id, 45_000);
  expect([trace.state, ...failuresIn(trace)]).toEqual(["succeeded", ...failures]);
  expect(await callsFor(under)).toBe(failures.length + 1);
  expect(await system.refundsOf(under.told.id.payment)).toMatchObject([{ amountMinor: 4250 }]);
}

describe.concurrent("an event for which Claude", () => {
  it.each([
    ["refusal", "claude_refused"],
    ["refusal_empty", "claude_refused"],
    ["bad_request", "claude_bad_request"],
    ["too_large", "claude_too_large"],
  ] as const)("answers %s is a case at once", async (kind, reason) => {
    await expectCase(await refundUnder(kind, 9), [reason]);
  });

  it.each([
    ["truncation", "claude_truncated"],
    ["wrong_enum", "claude_malformed"],
    ["unknown_enum", "claude_malformed"],
    ["prose", "claude_malformed"],
    ["empty_content", "claude_malformed"],
    ["context_window_exceeded", "claude_truncated"],
    ["pause_turn", "claude_malformed"],
    ["tool_use", "claude_malformed"],
    ["stop_sequence", "claude_malformed"],
    ["compaction", "claude_malformed"],
    ["no_stop_reason", "claude_malformed"],
    ["huge_answer", "claude_malformed"],
  ] as const)("answers %s twice is a case after one more try", async (kind, reason) => {
    await expectCase(await refundUnder(kind, 9), [reason, reason]);
  });

  it.each([
    ["truncation", "claude_truncated"],
    ["wrong_enum", "claude_malformed"],
    ["prose", "claude_malformed"],
  ] as const)("answers %s once is decided at the second try", async (kind, reason) => {
    await expectDecided(await refundUnder(kind, 1), [reason]);
  });

  it("thinks before it answers is decided at once", async () => {
    await expectDecided(await refundUnder("thinking_first", 1), []);
  });

  it.each([
    ["rate_limited_bare", "claude_rate_limited"],
    ["server_error", "claude_unavailable"],
    ["overloaded", "claude_overloaded"],
    ["connection_cut", "claude_unavailable"],
    ["body_cut", "claude_unavailable"],
    ["authentication", "claude_unauthorized"],
    ["permission", "claude_unauthorized"],
    ["not_found", "claude_model_missing"],
    ["redirect", "claude_unavailable"],
  ] as const)("is away (%s) waits, and is decided when it is back", async (kind, reason) => {
    await expectDecided(await refundUnder(kind, 2), [reason, reason]);
  });

  it("says when to come again waits at least so long", async () => {
    const under = await refundUnder("rate_limited", 1, 4);
    await expectDecided(under, ["claude_rate_limited"]);
    const { event } = await system.console.trace(under.id);
    const failedAt = event.history.find(({ what }) => what === "failed: claude_rate_limited")?.at ?? 0;
    expect((event.decidedAt ?? 0) - failedAt).toBeGreaterThanOrEqual(4_000);
  });

  it("says to come again at once is asked again after our own growing wait", async () => {
    const under = await refundUnder("rate_limited", 7, 0);
    await expectDecided(under, Array(7).fill("claude_rate_limited"));
    const { event } = await system.console.trace(under.id);
    const at = event.history.filter(({ what }) => what.startsWith("failed: ")).map((entry) => entry.at);
    const waits = at.slice(1).map((time, nth) => time - (at[nth] ?? 0));
    // The heartbeat is 100 ms here, and the first wait a sixth of it.
    for (const [nth, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(Math.floor((100 / 6) * 2 ** nth));
  });

  it.each(["spend_limit", "usage_limit"] as const)(
    "has reached its limit (%s) is deferred, and neither given up nor asked again at once",
    async (kind) => {
      const under = await refundUnder(kind, 9);
      const look = () => system.console.trace(under.id);
      const trace = await waitFor("it to be deferred", look, ({ event }) => event.state === "deferred", 20_000);
      expect(failuresIn(trace)).toEqual(["claude_spend_limit"]);
      expect(trace.event.failures).toBe(0);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect(await callsFor(under)).toBe(1);
    },
  );

  it("is away for more tries than a failure may have is not given up, since an outage is nobody's failure", async () => {
    const under = await refundUnder("overloaded", 8);
    await expectDecided(under, Array(8).fill("claude_overloaded"));
    expect((await system.console.trace(under.id)).event.failures).toBe(0);
  });
});

describe("a Claude that always proposes the worst that its schema allows, sure of itself", () => {
  const mode = (body: object) =>
    fetch(`${system.stack.claudeUrl}/_sim/mode`, { method: "POST", body: JSON.stringify(body) });

  it("moves nothing for facts that ask for something else: no refund of a paid renewal, no capture of a risky hold", async () => {
    await mode({ mode: "hostile", seed: 3 });
    // Late reports of failures: the invoices were paid since, so that there is money to take.
    const paid = Array.from({ length: 30 }, () => tell());
    const held = Array.from({ length: 20 }, () =>
      tell({ outcome: { kind: "held", riskLevel: "highest" }, invoiceNumber: null }),
    );
    const lost = Array.from({ length: 20 }, () => tell({ outcome: { kind: "declined", code: "lost_card" } }));
    await system.stripe.put([...paid, ...held, ...lost].flatMap(({ objects }) => objects));
    const unpaid = { status: "open", amount_paid: 0, amount_remaining: 4250 } as const;
    const events = [
      ...paid.map((told) => told.event("invoice.payment_failed", { ...(told.invoice as Stripe.Invoice), ...unpaid })),
      ...held.map((told) => told.event("payment_intent.amount_capturable_updated", told.intent)),
      ...lost.map((told) => told.event("invoice.payment_failed", told.invoice ?? told.intent)),
    ];
    await Promise.all(events.map(({ body }) => system.ingest.stripe(body)));
    const traces = await Promise.all(events.map(({ id }) => system.ended(id)));
    await mode({ mode: "normal" });
    const ids = new Set([...paid, ...held, ...lost].flatMap(({ id }) => [id.payment, id.invoice]));
    const { refunds } = await system.stripe.books();
    expect(refunds.filter(({ paymentIntent, released }) => ids.has(paymentIntent ?? "") && !released)).toEqual([]);
    const moved = (await system.stripe.requests()).filter(
      ({ method, path }) =>
        method === "POST" && /\/(capture|pay|confirm)$/.test(path) && ids.has(path.split("/")[3] ?? ""),
    );
    expect(moved.map(({ path }) => path)).toEqual([]);
    expect(traces.filter(({ state }) => state === "case_open").length).toBeGreaterThan(30);
  });

  it("refunds nothing but the amount that the text names, on the payment that it names", async () => {
    await mode({ mode: "hostile", seed: 7 });
    const all = Array.from({ length: 24 }, () => tell());
    await system.stripe.put(all.flatMap(({ objects }) => objects));
    const traces = await Promise.all(
      all.map(async ({ id }) => {
        const { body } = await system.ingest.request({ message: `Please refund 10.00 USD of payment ${id.payment}.` });
        return await system.ended(body.id);
      }),
    );
    await mode({ mode: "normal" });
    for (const { state, action } of traces) {
      if (state === "succeeded") expect(action?.action).toMatchObject({ kind: "refund", amountMinor: 1000 });
      else expect(["case_open", "none"]).toContain(state);
    }
    const ids = new Set(all.map(({ id }) => id.payment));
    const refunds = (await system.stripe.books()).refunds.filter(({ paymentIntent }) => ids.has(paymentIntent ?? ""));
    for (const refund of refunds) expect(refund).toMatchObject({ amountMinor: 1000, currency: "usd" });
    expect(traces.filter(({ state }) => state === "case_open").length).toBeGreaterThan(10);
  });
});

/** On a stack of its own: so short a deadline passes on a busy machine, too, where nothing was to fail. */
describe("a Claude that does not answer in time", () => {
  beforeAll(async () => {
    await system.stop();
    system = await bootStack({ vars: { CLAUDE_DEADLINE_MS: "1500", SWEEP_MS: "100" } });
  });

  it.each(["timeout", "stalled_body"] as const)("(%s) is waited for, and decides when it is back", async (kind) => {
    const under = await refundUnder(kind, 2);
    const failures = failuresIn(await system.ended(under.id, 45_000));
    expect(failures.length).toBeGreaterThanOrEqual(2);
    await expectDecided(under, Array(failures.length).fill("claude_timeout"));
  });
});
