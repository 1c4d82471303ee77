import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Trace } from "../../shared/contracts/views.ts";
import type { AnyResource } from "../../simulators/stripe/resources.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
});
afterAll(async () => await system?.stop());

/** Far less than the six hours after which a pending refund is read again by itself. */
const SECONDS = 30_000;

type Refunded = { told: Told; id: string; action: string; refund: string };

/** A refund of ours, as far as the provider takes it at first. */
async function refunded(first: "succeeded" | "pending" = "succeeded"): Promise<Refunded> {
  const told = tell();
  await system.stripe.put(told.objects);
  if (first === "pending") await system.stripe.script({ payment_intent: told.id.payment, refunds: ["pending"] });
  const { body } = await system.ingest.request({ message: `Refund 10.00 USD of payment ${told.id.payment}.` });
  const trace = await untilAction(body.id, first);
  const [refund] = await system.refundsOf(told.id.payment);
  return { told, id: body.id, action: trace.action?.action.id ?? "", refund: refund?.id ?? "" };
}

const untilAction = (id: string, state: string): Promise<Trace> =>
  waitFor(
    `the action of ${id} to be ${state}`,
    () => system.console.trace(id),
    (trace) => trace.action?.state === state,
    SECONDS,
  );

type StripeEvent = { id: string; type: string };
/** What the provider has told of a refund, oldest first. */
const eventsAbout = async (refund: string): Promise<StripeEvent[]> =>
  (await system.stripe.objects())
    .filter((one) => one.object === "event" && JSON.stringify(one.data).includes(`"id":"${refund}"`))
    .map(({ id, type }) => ({ id, type: String(type) }));
const told = (events: readonly StripeEvent[]): Promise<Trace[]> =>
  Promise.all(events.map(({ id }) => system.ended(`stripe:${id}`)));

const casesOf = async ({ payment, charge }: Told["id"]) =>
  (await system.console.cases()).filter(({ subject }) => subject === payment || subject === charge);
const sentFor = async (action: string) =>
  (await system.sentTo("/v1/refunds")).filter(({ idempotencyKey }) => idempotencyKey?.startsWith(action));

describe.concurrent("a refund that the bank fails after it had succeeded", () => {
  it("is one case of the same action, is sent no second time, and its events twice and in any order change nothing more", async () => {
    const { told: payment, id, action, refund } = await refunded();
    await system.stripe.control(`refunds/${refund}/fail`, { reason: "lost_or_stolen_card" });
    const trace = await untilAction(id, "case_open");
    expect(trace.action).toMatchObject({
      action: { id: action, kind: "refund", amountMinor: 1000 },
      caseReason: expect.stringMatching(
        /^the bank failed the refund re_\w+ \(lost_or_stolen_card\): the customer has not got/,
      ),
    });
    const what = trace.action?.history.map((entry) => entry.what) ?? [];
    // The echo of the refund itself may be faster than its own answer: it is reported before, and is not of interest.
    const since = what
      .slice(what.indexOf("succeeded"))
      .filter((word) => ["succeeded", "reported", "case_open"].includes(word));
    // Several events tell of one failure: what comes while the provider is being read is reported once more.
    const once = since.filter((word, at) => word !== "reported" || since[at - 1] !== "reported");
    expect(once).toEqual(["succeeded", "reported", "case_open"]);
    const [only, ...others] = await casesOf(payment.id);
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      actionId: action,
      state: "open",
      reason: trace.action?.caseReason,
      summary: expect.stringContaining(`${refund} stood at the provider as succeeded`),
    });

    const events = await eventsAbout(refund);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["refund.created", "refund.failed", "refund.updated", "charge.refund.updated"]),
    );
    const { duplicates } = await system.console.totals();
    for (const event of [...events.toReversed(), ...events])
      await system.stripe.control(`events/${event.id}/resend`, {});
    await waitFor(
      "the events to arrive again",
      () => system.console.totals(),
      (totals) => totals.duplicates >= duplicates + 2 * events.length,
      SECONDS,
    );
    for (const one of await told(events)) {
      expect(one).toMatchObject({ state: "none", event: { outcome: { reason: expect.stringContaining(action) } } });
    }
    expect((await system.console.trace(id)).action).toEqual(trace.action);
    expect(await casesOf(payment.id)).toEqual([only]);
    expect(await sentFor(action)).toHaveLength(1);
    expect(await system.refundsOf(payment.id.payment)).toMatchObject([{ id: refund, status: "failed" }]);
  });

  it("only by somebody's word is read once more and stays as it was", async () => {
    const { told: payment, id, action, refund } = await refunded();
    const [standing] = (await system.stripe.objects()).filter((one) => one.id === refund);
    const forged = payment.event("refund.failed", { ...standing, status: "failed" } as unknown as AnyResource);
    expect((await system.ingest.stripe(forged.body)).status).toBe(202);
    expect((await system.ended(forged.id)).event.outcome?.reason).toBe(
      `reports on ${action}, which is read again at the provider`,
    );
    const trace = await untilAction(id, "succeeded");
    expect(trace.action).toMatchObject({
      attempts: 2,
      outcome: { providerObject: refund, note: "found at the provider" },
    });
    expect(await casesOf(payment.id)).toEqual([]);
    expect(await sentFor(action)).toHaveLength(1);
  });

  it("can be refunded again for another request: the failed one is no duplicate and has taken nothing from the payment", async () => {
    const { told: payment, id, refund } = await refunded();
    await system.stripe.control(`refunds/${refund}/fail`, {});
    await untilAction(id, "case_open");
    const { body } = await system.ingest.request({
      message: `Please refund 10.00 USD of ${payment.id.payment} again.`,
    });
    expect((await system.ended(body.id)).state).toBe("succeeded");
    const standing = (await system.refundsOf(payment.id.payment)).filter(({ status }) => status === "succeeded");
    expect(standing).toMatchObject([{ amountMinor: 1000 }]);
  });
});

describe.concurrent("somebody else's refund that fails and carries an id of ours", () => {
  it("on another payment is a case there, and changes nothing here", async () => {
    const { id, action } = await refunded();
    const before = (await system.console.trace(id)).action;
    const other = tell();
    const copied = `re_copied${Date.now()}`;
    await system.stripe.put(other.objects);
    await system.stripe.put([
      { object: "refund", id: copied, charge: other.id.charge, amount: 500, metadata: { action_id: action } },
    ]);
    await system.stripe.control(`refunds/${copied}/fail`, {});
    await waitFor(
      "its case",
      () => casesOf(other.id),
      (cases) => cases.length > 0,
      SECONDS,
    );
    await told(await eventsAbout(copied));
    expect(await casesOf(other.id)).toMatchObject([{ kind: "escalate" }]);
    expect((await system.console.trace(id)).action).toEqual(before);
    expect(await sentFor(action)).toHaveLength(1);
  });

  it("on the same payment is a case of its own, and the refund that succeeded stays so", async () => {
    const { told: payment, id, action } = await refunded();
    const copied = `re_twin${Date.now()}`;
    await system.stripe.put([
      { object: "refund", id: copied, charge: payment.id.charge, amount: 500, metadata: { action_id: action } },
    ]);
    await system.stripe.control(`refunds/${copied}/fail`, {});
    await waitFor(
      "its case",
      () => casesOf(payment.id),
      (cases) => cases.length > 0,
      SECONDS,
    );
    await told(await eventsAbout(copied));
    expect(await casesOf(payment.id)).toMatchObject([{ kind: "escalate" }]);
    expect(await system.console.trace(id)).toMatchObject({ state: "succeeded", action: { attempts: 1 } });
  });
});

describe.concurrent("a refund that is pending", () => {
  it("settles within seconds when the bank is done, though it would be read by itself after six hours", async () => {
    const { told: payment, id, action, refund } = await refunded("pending");
    await system.stripe.control(`refunds/${refund}/succeed`, {});
    const trace = await untilAction(id, "succeeded");
    expect(trace.action).toMatchObject({ outcome: { kind: "succeeded", providerObject: refund } });
    expect(await sentFor(action)).toHaveLength(1);
    expect(await casesOf(payment.id)).toEqual([]);
    for (const { event } of await told(await eventsAbout(refund))) {
      expect(event.outcome?.reason).toMatch(`reports on ${action}, which `);
    }
  });

  it("is a case within seconds when the bank fails it", async () => {
    const { told: payment, id, action, refund } = await refunded("pending");
    await system.stripe.control(`refunds/${refund}/fail`, { reason: "declined" });
    expect((await untilAction(id, "case_open")).action?.caseReason).toContain("(declined)");
    expect(await casesOf(payment.id)).toMatchObject([{ actionId: action }]);
    expect(await sentFor(action)).toHaveLength(1);
  });
});

it("of all that, each row is counted once, in the state in which it stands", async () => {
  const { totals } = await system.quiet();
  const cases = await system.console.cases();
  const refunds = cases.filter(({ kind }) => kind === "refund").length;
  const counted = (kind: string, state: string) =>
    totals.actions.filter((one) => one.kind === kind && one.state === state).reduce((sum, { count }) => sum + count, 0);
  expect([counted("refund", "case_open"), counted("escalate", "case_open")]).toEqual([refunds, cases.length - refunds]);
  const standing = (await system.stripe.books()).refunds.filter(
    ({ status, id }) => status === "succeeded" && !id.startsWith("re_copied") && !id.startsWith("re_twin"),
  );
  expect(counted("refund", "succeeded")).toBe(standing.length);
  const moved = totals.actions.find(({ kind, state }) => kind === "refund" && state === "succeeded")?.amountMinor;
  expect(moved).toBe(standing.reduce((sum, { amountMinor }) => sum + amountMinor, 0));
});
