import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Unavailable } from "../../../shared/contracts/failure.ts";
import { type ActionDoorbell, actionDoorbell, type DeadMessage } from "../../../shared/contracts/queues.ts";
import { type ConsumeOptions, consume, type Delivery } from "../../../shared/queue/consume.ts";
import { handleEach } from "../../../shared/queue/each.ts";
import { ack, dead, type Handled, retry } from "../../../shared/queue/verdict.ts";
import { batchOf, message } from "../../helpers/queue.ts";

const bell = (n: number): ActionDoorbell => ({
  kind: "action",
  id: `act_${n}`,
  subject: `pi_${n}`,
  nonce: `n${n}`,
  summary: "refund",
});

function setup(
  handleBatch: ConsumeOptions<ActionDoorbell>["handleBatch"],
  changes: Partial<ConsumeOptions<ActionDoorbell>> = {},
) {
  const buried: DeadMessage[] = [];
  const lines: Record<string, unknown>[] = [];
  const options: ConsumeOptions<ActionDoorbell> = {
    queue: "refund",
    schema: actionDoorbell,
    handleBatch,
    deadLetters: { send: async (body) => void buried.push(body) },
    log: (line) => void lines.push(line),
    ...changes,
  };
  return { options, buried, lines, handled: () => lines.filter(({ what }) => what === "message.handled") };
}

const allAcked = async (deliveries: Delivery<ActionDoorbell>[]): Promise<Handled[]> =>
  deliveries.map(() => ack("done"));

describe("verdicts", () => {
  test("each message of a batch gets its own verdict, once", async () => {
    const messages = [message(bell(1)), message(bell(2)), message(bell(3))];
    const { options, buried } = setup(async () => [
      ack("done"),
      retry("provider_unavailable", 30),
      dead({ reason: "bug", detail: "too often" }),
    ]);
    await consume(batchOf(messages), options);
    expect(messages.map(({ answers }) => answers)).toEqual([["ack"], ["retry 30"], ["ack"]]);
    expect(buried).toEqual([
      {
        kind: "dead",
        queue: "refund",
        body: bell(3),
        failure: { reason: "bug", detail: "too often" },
        delivery: { message: "m1", attempts: 1, firstAt: Date.parse("2026-10-23T08:00:00Z") },
      },
    ]);
  });

  test("the handler sees the whole batch at once, in order, with attempts", async () => {
    const seen: string[][] = [];
    const { options } = setup(async (deliveries) => {
      seen.push(deliveries.map(({ body, attempts }) => `${body.id} ${attempts}`));
      return deliveries.map(() => ack("done"));
    });
    await consume(batchOf([message(bell(1)), message(bell(2), { attempts: 7 })]), options);
    expect(seen).toEqual([["act_1 1", "act_2 7"]]);
  });

  test("a delay is scaled, rounded up and never longer than the platform's 24 hours", async () => {
    const messages = [message(bell(1)), message(bell(2)), message(bell(3))];
    const { options } = setup(async () => [retry("bug", 30), retry("bug", 10_000_000), retry("bug", -5)], {
      delayScale: 0.05,
    });
    await consume(batchOf(messages), options);
    expect(messages.map(({ answers }) => answers[0])).toEqual(["retry 2", "retry 86400", "retry 0"]);
  });

  test("a message that is dead is retried, not acked, when the dead-letter queue does not take it", async () => {
    const only = message(bell(1), { attempts: 2 });
    const { options } = setup(async () => [dead({ reason: "bug", detail: "x" })], {
      deadLetters: { send: () => Promise.reject(new Error("queue away")) },
    });
    await consume(batchOf([only]), options);
    expect(only.answers).toEqual(["retry 20"]);
  });
});

describe("malformed messages", () => {
  test("a malformed message goes to the dead-letter queue as it was, and the good ones are handled", async () => {
    const messages = [message({ kind: "action", id: 7 }, { id: "bad" }), message(bell(2))];
    const { options, buried } = setup(allAcked);
    await consume(batchOf(messages), options);
    expect(messages.map(({ answers }) => answers)).toEqual([["ack"], ["ack"]]);
    expect(buried).toHaveLength(1);
    expect(buried[0]?.body).toEqual({ kind: "action", id: 7 });
    expect(buried[0]?.failure.reason).toBe("malformed_message");
    expect(buried[0]?.failure.detail).toBe(
      "queue message bad does not fit its contract and cannot be read: " +
        "id must be string; subject is missing; nonce is missing; summary is missing",
    );
  });

  test("a malformed message is kept in its queue when the dead-letter queue does not take it", async () => {
    const only = message("garbage");
    const { options } = setup(allAcked, { deadLetters: { send: () => Promise.reject(new Error("queue away")) } });
    await consume(batchOf([only]), options);
    expect(only.answers).toEqual(["retry 10"]);
  });

  const circle: unknown[] = [];
  circle.push(circle);
  let deep: unknown = 1;
  for (let level = 0; level < 60_000; level++) deep = [deep];
  let shared: unknown = "x";
  for (let level = 0; level < 30; level++) shared = [shared, shared];
  /** As the platform's own: JSON, and 128 KB at most. */
  const sendAsPlatform = async (buried: DeadMessage[], body: DeadMessage): Promise<void> => {
    const text = JSON.stringify(body);
    if (new TextEncoder().encode(text).byteLength > 128_000 - 100) throw new Error("message too large");
    buried.push(JSON.parse(text) as DeadMessage);
  };
  test.each([
    ["as long as a message can be", "x".repeat(127_998), /^"xxx/],
    ["longer when it is written as JSON", "\u0001".repeat(100_000), /^"\\u0001/],
    ["of many bytes a character", "\u20ac".repeat(42_600), /^"\u20ac/],
    ["nested beyond any stack", deep, /^\[\[\[/],
    ["of bytes", new Uint8Array(90_000).buffer, /^"base64:AAAA/],
    ["a Map, of which JSON would keep nothing", new Map([["kind", "event"]]), /^\[\["kind","event"\]\]$/],
    ["a number that JSON does not have", 12n, /^"12n"$/],
    ["a circle", circle, /itself again/],
    ["a billion leaves in thirty parts", shared, /^\[\[\[/],
  ])("a body that is %s is buried at its first delivery, with what can be read of it", async (_what, body, start) => {
    const buried: DeadMessage[] = [];
    const messages = [message(body, { id: "bad" }), message(bell(2))];
    const { options } = setup(allAcked, { deadLetters: { send: (dead) => sendAsPlatform(buried, dead) } });
    await consume(batchOf(messages), options);
    expect(messages.map(({ answers }) => answers)).toEqual([["ack"], ["ack"]]);
    expect(buried).toMatchObject([{ bodyIsText: true, body: expect.stringMatching(start) }]);
    const kept = String(buried[0]?.body).length;
    const detail = buried[0]?.failure.detail ?? "";
    if (/first \d+ characters/.test(detail)) expect(detail).toContain(`its body the first ${kept} characters are kept`);
    else expect(String(buried[0]?.body)).toMatch(/["\]]$/);
  });

  test("a body that fits, with our words around it, is buried as it was", async () => {
    const body = { "4242 4242 4242 4242": "x".repeat(126_000) };
    const buried: DeadMessage[] = [];
    const { options } = setup(allAcked, { deadLetters: { send: (dead) => sendAsPlatform(buried, dead) } });
    await consume(batchOf([message(body)]), options);
    expect(buried[0]).toMatchObject({ body, failure: { detail: expect.not.stringContaining("4242") } });
    expect(buried[0]).not.toHaveProperty("bodyIsText");
  });

  test("a batch of malformed messages only never calls the handler", async () => {
    let calls = 0;
    const { options } = setup(async (deliveries) => {
      calls++;
      return deliveries.map(() => ack("done"));
    });
    await consume(batchOf([message(null), message(undefined)]), options);
    expect(calls).toBe(0);
  });
});

describe("exceptions", () => {
  const poisoned = async (deliveries: Delivery<ActionDoorbell>[]): Promise<Handled[]> => {
    if (deliveries.some(({ body }) => body.id === "act_2")) throw new Error("poison");
    return deliveries.map(() => ack("done"));
  };

  test("a batch step that throws costs only the message that makes it throw", async () => {
    const messages = [message(bell(1)), message(bell(2)), message(bell(3))];
    const { options } = setup(poisoned);
    await consume(batchOf(messages), options);
    expect(messages.map(({ answers }) => answers)).toEqual([["ack"], ["retry 10"], ["ack"]]);
  });

  test("handleEach turns an exception into that item's alone", async () => {
    const messages = [message(bell(1)), message(bell(2)), message(bell(3))];
    let batches = 0;
    const { options } = setup((deliveries) => {
      batches++;
      return handleEach(deliveries, async ({ body }) => {
        if (body.id === "act_2") throw new Error("bug");
        return ack("done");
      });
    });
    await consume(batchOf(messages), options);
    expect(messages.map(({ answers }) => answers)).toEqual([["ack"], ["retry 10"], ["ack"]]);
    expect(batches).toBe(1);
  });

  test("onException records the bug and says what follows", async () => {
    const messages = [message(bell(1)), message(bell(2))];
    const { options, buried } = setup(poisoned, {
      onException: async (delivery, failure) => dead({ ...failure, detail: `${delivery.body.id}: ${failure.detail}` }),
    });
    await consume(batchOf(messages), options);
    expect(messages.map(({ answers }) => answers)).toEqual([["ack"], ["ack"]]);
    expect(buried.map(({ failure }) => failure)).toEqual([
      { reason: "bug", detail: "act_2: handling queue message m1 threw: Error: poison" },
    ]);
  });

  test("a part of ours that is away is told from a bug of the message", async () => {
    const { options } = setup(() => Promise.reject(new Unavailable("ledger_unavailable", "shard 3 is away")), {
      onException: async (_delivery, failure) => retry(failure.reason, 7),
    });
    const only = message(bell(1));
    await consume(batchOf([only]), options);
    expect(only.answers).toEqual(["retry 7"]);
  });

  test("an onException that throws itself is a retry", async () => {
    const only = message(bell(2), { attempts: 3 });
    const { options } = setup(poisoned, { onException: () => Promise.reject(new Error("ledger away")) });
    await consume(batchOf([only]), options);
    expect(only.answers).toEqual(["retry 40"]);
  });

  test("a handler that answers fewer verdicts than messages acks none by accident", async () => {
    const messages = [message(bell(1)), message(bell(2))];
    const { options } = setup(async (deliveries) => deliveries.slice(1).map(() => ack("done")));
    await consume(batchOf(messages), options);
    expect(messages.map(({ answers }) => answers)).toEqual([["retry 10"], ["retry 10"]]);
  });

  test("a log that throws neither escapes nor changes a verdict", async () => {
    const messages = [message(bell(1)), message(bell(2))];
    const { options } = setup(allAcked, {
      log: () => {
        throw new Error("no log");
      },
    });
    await consume(batchOf(messages), options);
    expect(messages.map(({ answers }) => answers)).toEqual([["ack"], ["ack"]]);
  });
});

describe("the log", () => {
  test("one line a message says queue, ids, attempts, what followed and how long it took", async () => {
    let now = 1_000;
    const { options, handled } = setup(
      async () => {
        now += 250;
        return [ack("in_flight"), retry("gate_unavailable", 5)];
      },
      { now: () => now },
    );
    await consume(batchOf([message(bell(1), { id: "a" }), message(bell(2), { id: "b", attempts: 4 })]), options);
    expect(handled()).toEqual([
      {
        what: "message.handled",
        queue: "refund",
        message: "a",
        attempts: 1,
        kind: "action",
        id: "act_1",
        subject: "pi_1",
        nonce: "n1",
        verdict: "ack",
        outcome: "in_flight",
        durationMs: 250,
      },
      {
        what: "message.handled",
        queue: "refund",
        message: "b",
        attempts: 4,
        kind: "action",
        id: "act_2",
        subject: "pi_2",
        nonce: "n2",
        verdict: "retry",
        reason: "gate_unavailable",
        delaySeconds: 5,
        durationMs: 250,
      },
    ]);
  });

  test("a dead message is logged with the ids of the row that died", async () => {
    const { options, handled } = setup(allAcked, { schema: v.unknown() as never });
    await consume(batchOf([message({ kind: "dead", queue: "refund", body: bell(1) })], "refund-dlq"), options);
    expect(handled()).toMatchObject([{ queue: "refund-dlq", kind: "dead", id: "act_1", subject: "pi_1" }]);
  });

  test("nothing of a body but its ids is written", async () => {
    const { options, lines } = setup(allAcked);
    await consume(
      batchOf([
        message({ ...bell(1), summary: "SECRET" }),
        message({ text: "SECRET" }),
        message({ kind: "SECRET card", id: 1 }),
      ]),
      options,
    );
    expect(JSON.stringify(lines)).not.toContain("SECRET");
  });
});
