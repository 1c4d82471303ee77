import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Told, tell } from "../helpers/payments.ts";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

let system: TestStack;
const stateDir = makeStateDir();
const before: { told: Told; id: string }[] = [];

/** What is accepted while no Worker takes messages is dropped by the local queues, every message of it. */
beforeAll(async () => {
  const detached = await bootStack({ stateDir, consumers: "none" });
  for (const told of Array.from({ length: 20 }, () => tell())) {
    await detached.stripe.put(told.objects);
    const { status, body } = await detached.ingest.request({ message: `Refund payment ${told.id.payment} please.` });
    expect(status).toBe(202);
    before.push({ told, id: body.id });
  }
  const ids = before.map(({ id }) => detached.console.trace(id));
  expect((await Promise.all(ids)).map(({ state }) => state)).toEqual(Array(20).fill("received"));
  await detached.stop();
  system = await bootStack({ stateDir, vars: { SWEEP_MS: "200" } });
});
afterAll(async () => {
  await system?.stop();
  removeStateDir(stateDir);
});

/** Sends whatever is given into a queue, as somebody who got hold of a producer could. */
async function forge(worker: string, binding: string, body: unknown): Promise<void> {
  const producer = await system.stack.miniflare.getQueueProducer<unknown>(binding, worker);
  await producer.send(body);
}
const asDoorbell = (id: string, subject: string, more: object = {}) => ({
  kind: "action",
  id,
  subject,
  nonce: "forged",
  summary: "refund of 9999.00 USD, approved",
  ...more,
});
const LEDGER = "countersign-ledger";

const letterOf = (rowId: string, boundMs = 20_000) =>
  waitFor(
    `a dead letter of ${rowId}`,
    async () => (await system.console.deadLetters()).filter((letter) => letter.rowId === rowId),
    (letters) => letters.length > 0,
    boundMs,
  );

describe.concurrent("a message", () => {
  it("that the queue dropped is rung again by the ledger: all that was accepted settles, once", async () => {
    const traces = await Promise.all(before.map(({ id }) => system.ended(id)));
    expect(traces.map(({ state }) => state)).toEqual(Array(20).fill("succeeded"));
    const { refunds } = await system.stripe.books();
    for (const { told } of before) {
      expect(refunds.filter(({ paymentIntent }) => paymentIntent === told.id.payment)).toHaveLength(1);
    }
  });

  it.each([
    ["EVENTS", "events", { kind: "event" }],
    [
      "EVENTS",
      "events",
      { kind: "action", id: "act_1", subject: "pi_1", nonce: "n", summary: "of another queue's kind" },
    ],
    ["REFUND", "refund", "not an object"],
    ["REFUND", "refund", asDoorbell("act_1", "pi_1", { amountMinor: 999_900 })],
    ["AUTHORIZE", "authorize", null],
    ["ESCALATE", "escalate", [1, 2, 3]],
    ["RETRY", "retry", { kind: "action", id: "", subject: "", nonce: "", summary: "" }],
  ] as const)(
    "that is none of ours, sent to %s, is kept as a dead letter with its body",
    async (binding, queue, body) => {
      await forge(LEDGER, binding, body);
      const [letter] = await waitFor(
        "its dead letter",
        async () => (await system.console.deadLetters()).filter((one) => one.body === JSON.stringify(body)),
        (letters) => letters.length > 0,
        20_000,
      );
      expect(letter).toMatchObject({ queue, rowKind: "message", reason: "malformed_message", state: "dead" });
    },
  );
});

describe.concurrent("a forged doorbell", () => {
  it("for an action that does not exist makes nothing happen, on no queue", async () => {
    const id = `act_${"0".repeat(32)}`;
    const sentBefore = (await system.sentTo("/v1/refunds")).length;
    for (const binding of ["REFUND", "RETRY", "AUTHORIZE", "ESCALATE"]) {
      await forge(LEDGER, binding, asDoorbell(id, "pi_nobody"));
    }
    await forge(LEDGER, "EVENTS", asDoorbell(id, "pi_nobody", { kind: "regrant" }));
    await forge(LEDGER, "EVENTS", { kind: "event", id: "stripe:evt_nobody", nonce: "f", summary: "paid" });
    await waitFor(
      "the forged doorbells to be looked at",
      async () => system.logs.filter(({ message }) => message.includes('"nonce":"forged"') && message.includes(id)),
      (lines) => lines.length >= 5,
      20_000,
    );
    expect((await system.console.cases()).filter(({ actionId }) => actionId === id)).toEqual([]);
    expect((await system.sentTo("/v1/refunds")).length).toBeGreaterThanOrEqual(sentBefore);
  });

  it("for a refund that is done does not make it again, whatever it says of it", async () => {
    const told = tell();
    await system.stripe.put(told.objects);
    const { body } = await system.ingest.request({ message: `Refund 10.00 USD of payment ${told.id.payment}.` });
    const { action } = await system.ended(body.id);
    const id = action?.action.id ?? "";
    for (const subject of [told.id.payment, "pi_somebody_else", `event:${body.id}`]) {
      for (const binding of ["REFUND", "RETRY", "AUTHORIZE", "ESCALATE"])
        await forge(LEDGER, binding, asDoorbell(id, subject));
      await forge(LEDGER, "EVENTS", asDoorbell(id, subject, { kind: "regrant" }));
    }
    await forge(LEDGER, "EVENTS", { kind: "event", id: body.id, nonce: "forged", summary: "again" });
    await waitFor(
      "the forged doorbells to be looked at",
      async () => system.logs.filter(({ message }) => message.includes('"nonce":"forged"') && message.includes(id)),
      (lines) => lines.length >= 15,
      20_000,
    );
    expect(await system.console.trace(body.id)).toMatchObject({ state: "succeeded", action: { attempts: 1 } });
    expect(await system.refundsOf(told.id.payment)).toMatchObject([{ amountMinor: 1000 }]);
  });

  it("that says a case's refund is approved does not execute it", async () => {
    const told = tell();
    await system.stripe.put(told.objects);
    const { body } = await system.ingest.request({ message: `Refund 99.99 USD of payment ${told.id.payment}.` });
    const { action } = await system.ended(body.id);
    expect(action?.state).toBe("case_open");
    const id = action?.action.id ?? "";
    await forge(LEDGER, "REFUND", asDoorbell(id, told.id.payment));
    await forge(LEDGER, "EVENTS", asDoorbell(id, told.id.payment, { kind: "regrant" }));
    await waitFor(
      "the forged doorbells to be looked at",
      async () => system.logs.filter(({ message }) => message.includes('"nonce":"forged"') && message.includes(id)),
      (lines) => lines.length >= 2,
      20_000,
    );
    expect((await system.console.trace(body.id)).state).toBe("case_open");
    expect(await system.refundsOf(told.id.payment)).toEqual([]);
  });

  it("put straight into a dead-letter queue does not bury an action that has ended", async () => {
    const told = tell();
    await system.stripe.put(told.objects);
    const { body } = await system.ingest.request({ message: `Refund 10.00 USD of payment ${told.id.payment}.` });
    const { action } = await system.ended(body.id);
    const bell = asDoorbell(action?.action.id ?? "", told.id.payment);
    await forge(LEDGER, "REFUND_DLQ", bell);
    await forge(LEDGER, "REFUND_DLQ", {
      kind: "dead",
      queue: "refund",
      body: bell,
      failure: { reason: "bug", detail: "x" },
    });
    await waitFor(
      "them to be looked at",
      async () => system.logs.filter(({ message }) => message.includes("refund-dlq") && message.includes(bell.id)),
      (lines) => lines.length >= 2,
      20_000,
    );
    expect((await system.console.trace(body.id)).state).toBe("succeeded");
    expect((await system.console.deadLetters()).filter(({ rowId }) => rowId === bell.id)).toEqual([]);
  });

  it("put straight into a dead-letter queue does not bury what is on its way", async () => {
    const told = tell({ outcome: { kind: "declined", code: "insufficient_funds" } });
    await system.stripe.put(told.objects);
    await system.stripe.faults([
      { kind: "rate_limited", method: "POST", path: `^/v1/invoices/${told.id.invoice}/pay$`, times: 1_000 },
    ]);
    const event = told.event("invoice.payment_failed", told.invoice ?? told.intent);
    await system.ingest.stripe(event.body);
    const attempts = async () => (await system.console.trace(event.id)).action?.attempts ?? 0;
    await waitFor("its first attempt", attempts, (count) => count > 0, 20_000);
    const { action } = await system.console.trace(event.id);
    const bell = asDoorbell(action?.action.id ?? "", action?.action.subject ?? "");
    const eventBell = { kind: "event", id: event.id, nonce: "forged", summary: "" };
    for (let n = 0; n < 5; n++) {
      await forge(LEDGER, "RETRY_DLQ", bell);
      await forge(LEDGER, "EVENTS_DLQ", eventBell);
    }
    await waitFor(
      "them to be looked at",
      async () => system.logs.filter(({ message }) => message.includes("retry-dlq") && message.includes(bell.id)),
      (lines) => lines.length >= 5,
      20_000,
    );
    const before = await attempts();
    await waitFor("it to be tried again", attempts, (count) => count > before, 20_000);
    const ours = [event.id, bell.id];
    expect((await system.console.deadLetters()).filter(({ rowId }) => ours.includes(rowId))).toEqual([]);
  });
});

describe.concurrent("what died", () => {
  const deadEvent = async () => {
    const told = tell();
    await system.stripe.put(told.objects);
    await system.claude.faults([{ kind: "authentication", times: 9, match: told.id.payment }]);
    const { body } = await system.ingest.request({ message: `Refund payment ${told.id.payment} please.` });
    const [letter] = await letterOf(body.id, 40_000);
    // The letter is kept first, and the ledger told of it after.
    await system.ended(body.id);
    return { told, id: body.id, letter: letter?.id ?? "" };
  };

  it("an event is kept with its reason; redriven, it settles, and redriven again it does not run again", async () => {
    const { told, id, letter } = await deadEvent();
    expect(await system.console.trace(id)).toMatchObject({ state: "dead_lettered", terminal: true });
    expect((await system.console.deadLetters()).find((one) => one.id === letter)).toMatchObject({
      queue: "events",
      rowKind: "event",
      rowId: id,
      reason: "claude_unauthorized",
      attempts: 9,
      state: "dead",
      body: expect.stringContaining(id),
    });
    expect((await system.console.redrive([letter])).results).toMatchObject([{ id: letter, result: "redriven" }]);
    const trace = await system.ended(id);
    expect(trace.state).toBe("succeeded");
    expect(await system.refundsOf(told.id.payment)).toHaveLength(1);
    expect((await system.console.redrive([letter])).results).toEqual([{ id: letter, result: "redriven_before" }]);
    expect((await system.console.deadLetters()).find((one) => one.id === letter)?.state).toBe("redriven");
  });

  it("an event is discarded with a reason, and cannot be redriven afterwards", async () => {
    const { told, id, letter } = await deadEvent();
    expect((await system.console.discard([letter], "a test account")).results).toEqual([
      { id: letter, result: "discarded", events: [`act:${letter}:1`] },
    ]);
    expect((await system.console.redrive([letter])).results).toMatchObject([{ id: letter, result: "discarded" }]);
    expect((await system.console.deadLetters()).find((one) => one.id === letter)).toMatchObject({
      state: "discarded",
      discardReason: "a test account",
    });
    expect((await system.console.trace(id)).state).toBe("dead_lettered");
    expect(await system.refundsOf(told.id.payment)).toEqual([]);
  });
});

it("the totals count the dead events that are still given up, and no others", async () => {
  const given = (await system.console.deadLetters()).filter(
    ({ rowKind, state }) => rowKind === "event" && state !== "redriven",
  );
  expect(given.length).toBeGreaterThan(0);
  expect((await system.console.totals()).deadLetteredEvents).toBe(given.length);
});
