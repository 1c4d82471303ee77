import { beforeEach, describe, expect, test } from "vitest";
import type { DeadLetterRow } from "../../../shared/contracts/records.ts";
import { withTells } from "../../../shared/providers/registry.ts";
import type { Handled } from "../../../shared/queue/verdict.ts";
import type { Database } from "../../../shared/records/database.ts";
import { keepDeadLetter, listDeadLetters } from "../../../shared/records/dead-letters.ts";
import { handleBatch } from "../../../workers/dead-letter/handle.ts";
import { createRecords, failing } from "../../helpers/d1.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";
import { first } from "../../helpers/shard.ts";

let local = createLocalLedger();
let { database } = createRecords();
beforeEach(() => {
  local = createLocalLedger();
  ({ database } = createRecords());
});

const event = withTells({
  id: "stripe:evt_1",
  type: "charge.dispute.created",
  occurredAt: 1,
  mode: "test",
  lane: "live",
});
const eventBell = { kind: "event", id: event.id, nonce: "1", summary: event.type };
const action = refundAction(1);
const actionBell = { kind: "action", id: action.id, subject: action.subject, nonce: "1", summary: "refund pi_1" };
const wrapped = (body: unknown, reason = "provider_unauthorized"): unknown => ({
  kind: "dead",
  queue: "refund",
  body,
  failure: { reason, detail: "the key was refused" },
});
const unauthorized = { reason: "provider_unauthorized", detail: "the key was refused" } as const;

const deliver = async (body: unknown, { records = database, id = "m1", attempts = 1 } = {}): Promise<Handled> => {
  const keep = keepDeadLetter.bind(null, records as Database);
  const deps = { queue: "refund", ledger: local.ledger, keep, mode: "test", now: local.clock.now } as const;
  return first(await handleBatch([{ id, body, attempts, sentAt: 77 }], deps));
};
const kept = async (): Promise<DeadLetterRow[]> => (await listDeadLetters(database, { limit: 99, after: null })).items;
const stateOfAction = async (): Promise<string | undefined> => (await local.ledger.actions([action]))[0]?.state;

async function killAction(): Promise<void> {
  for (let n = 0; n < 20; n++) {
    const { disposition } = await local.ledger.failAction(action, null, unauthorized);
    if (disposition === "dead") return;
  }
  throw new Error("the action did not die");
}

test("a doorbell about a row that waits for long is no dead letter: the ledger rings for it again", async () => {
  await local.ledger.putActions([newAction(action)]);
  local.ringInVain(3);
  const bell = { ...actionBell, kind: "notice", row: "action" };
  expect([await deliver(bell), await deliver(wrapped(bell))]).toEqual([
    { kind: "ack", outcome: "notice" },
    { kind: "ack", outcome: "notice" },
  ]);
  expect([await kept(), await stateOfAction()]).toEqual([[], "ready"]);
});

describe("a row that the ledger gave up", () => {
  beforeEach(async () => {
    await local.ledger.putActions([newAction(action)]);
    await killAction();
  });

  test("is kept with its origin, reason, attempts and times, and the ledger is told", async () => {
    expect(await deliver(wrapped(actionBell))).toEqual({ kind: "ack", outcome: "dead_lettered" });
    expect(await kept()).toMatchObject([
      {
        queue: "refund",
        rowKind: "action",
        rowId: action.id,
        subject: "pi_1",
        body: JSON.stringify(actionBell),
        ...unauthorized,
        attempts: 9,
        firstAt: local.clock.now,
        state: "dead",
        redrives: 0,
      },
    ]);
    expect(await stateOfAction()).toBe("dead_lettered");
  });

  test("is kept once, however often the message comes", async () => {
    const away = failing(database, () => true, "after");
    expect(await deliver(wrapped(actionBell), { records: away })).toMatchObject({ kind: "retry" });
    await deliver(wrapped(actionBell));
    await deliver(wrapped(actionBell), { id: "m2" });
    expect(await kept()).toHaveLength(1);
  });

  test("is not confirmed to the ledger while D1 is away", async () => {
    const away = failing(database, () => true, "before");
    expect(await deliver(wrapped(actionBell), { records: away, attempts: 4 })).toMatchObject({
      kind: "retry",
      reason: "records_unavailable",
      delaySeconds: 40,
    });
    expect(await stateOfAction()).toBe("dead");
    // It keeps the pump from nobody else meanwhile.
    expect(local.calls.filter((call) => call === "release")).toHaveLength(1);
  });

  test("is retried while the ledger is away, before and after D1 has it", async () => {
    for (const call of ["deadRow", "deadLettered"] as const) {
      local.broken.add(call);
      expect(await deliver(wrapped(actionBell))).toMatchObject({ kind: "retry", reason: "ledger_unavailable" });
      local.broken.clear();
    }
    expect(await deliver(wrapped(actionBell))).toMatchObject({ outcome: "dead_lettered" });
    expect(await kept()).toHaveLength(1);
  });

  test("that was redriven and died again is a second dead letter", async () => {
    await deliver(wrapped(actionBell));
    await local.ledger.redrive({ ...action, kind: "action" }, "n1");
    await killAction();
    await deliver(wrapped(actionBell));
    expect(new Set((await kept()).map(({ id }) => id)).size).toBe(2);
  });

  test("that was redriven is not killed by a late copy of its dead letter", async () => {
    await deliver(wrapped(actionBell));
    await local.ledger.redrive({ ...action, kind: "action" }, "n1");
    expect(await deliver(wrapped(actionBell))).toEqual({ kind: "ack", outcome: "not_dead" });
    expect(await stateOfAction()).toBe("ready");
    expect(await kept()).toHaveLength(1);
  });
});

describe("a bare doorbell", () => {
  const put = async (): Promise<void> => {
    await local.ledger.putActions([newAction(action)]);
    await local.ledger.accept([{ event, raw: "{}", provenance: "signed" }]);
  };

  test("of rows that were rung for in vain gives them up, which are kept as exhausted", async () => {
    await put();
    local.ringInVain(3);
    expect(await deliver(actionBell)).toEqual({ kind: "ack", outcome: "dead_lettered" });
    expect(await deliver(eventBell)).toEqual({ kind: "ack", outcome: "dead_lettered" });
    const letters = (await kept()).sort((a, b) => a.queue.localeCompare(b.queue));
    expect(letters).toMatchObject([
      { reason: "queue_exhausted", queue: "events", rowKind: "event", rowId: event.id, subject: null },
      { reason: "queue_exhausted", queue: "refund", rowKind: "action", rowId: action.id, subject: action.subject },
    ]);
    expect(await stateOfAction()).toBe("dead_lettered");
    expect((await local.ledger.trace(event.id))?.state).toBe("dead_lettered");
  });

  test("of rows that were rung for only twice buries nothing: they live on and are rung for again", async () => {
    await put();
    local.ringInVain(2);
    expect(await deliver(actionBell)).toEqual({ kind: "ack", outcome: "not_stuck" });
    expect(await deliver(eventBell)).toEqual({ kind: "ack", outcome: "not_stuck" });
    expect(await kept()).toEqual([]);
    local.ringInVain(1);
    expect(await deliver(actionBell)).toEqual({ kind: "ack", outcome: "dead_lettered" });
  });

  test("of an action that its executor got to meanwhile buries nothing, however long the provider is away", async () => {
    await put();
    local.ringInVain(3);
    const away = { reason: "provider_unavailable", detail: "away" } as const;
    for (let n = 0; n < 50; n++) {
      const [begun] = await local.ledger.begin([action]);
      if (begun?.kind !== "granted") throw new Error(`not granted: ${begun?.kind}`);
      await local.ledger.failAction(action, begun.fence, away);
      expect(await deliver(actionBell)).toEqual({ kind: "ack", outcome: "not_stuck" });
      local.ringInVain(1);
    }
    expect(await stateOfAction()).toBe("ready");
  });

  test("of an event that Claude is away for buries nothing", async () => {
    await put();
    for (let n = 0; n < 150; n++) {
      local.ringInVain(1);
      await local.ledger.failEvent(event.id, { reason: "claude_overloaded", detail: "away" });
      expect(await deliver(eventBell)).toEqual({ kind: "ack", outcome: "not_stuck" });
    }
    expect((await local.ledger.trace(event.id))?.state).toBe("deferred");
  });

  test("of an action on hold buries nothing, however often it was rung for", async () => {
    await put();
    await local.ledger.held([{ ...action, hold: { scope: "all", at: 1 }, reason: "stop", fence: null }]);
    local.ringInVain(9);
    expect(await deliver(actionBell)).toEqual({ kind: "ack", outcome: "not_stuck" });
  });

  test("of an action that waits for its time buries nothing", async () => {
    const notBefore = local.clock.now + 86_400_000;
    await local.ledger.putActions([newAction(action, { grant: null, notBefore })]);
    local.ringInVain(9);
    expect(await deliver(actionBell)).toEqual({ kind: "ack", outcome: "not_stuck" });
  });

  test("takes nothing from an executor that holds the lease", async () => {
    await put();
    local.ringInVain(3);
    await local.ledger.begin([action]);
    expect(await deliver(actionBell)).toEqual({ kind: "ack", outcome: "not_stuck" });
    expect(await stateOfAction()).toBe("in_flight");
    expect(await kept()).toEqual([]);
  });

  test("takes nothing from an executor that leases the row between the look and the word", async () => {
    await put();
    local.ringInVain(3);
    const { deadRow } = local.ledger;
    local.ledger.deadRow = async (row) => {
      const seen = await deadRow(row);
      await local.ledger.begin([action]);
      return seen;
    };
    expect(await deliver(actionBell)).toEqual({ kind: "ack", outcome: "moved_on" });
    expect(await stateOfAction()).toBe("in_flight");
  });

  test("goes on where it was cut short after the row was given up", async () => {
    await put();
    local.ringInVain(3);
    const away = failing(database, () => true, "before");
    expect(await deliver(actionBell, { records: away })).toMatchObject({ kind: "retry" });
    expect(await stateOfAction()).toBe("dead");
    expect(await deliver(actionBell)).toEqual({ kind: "ack", outcome: "dead_lettered" });
    expect(await kept()).toHaveLength(1);
  });

  test("is stale when its row has ended or was never known: nothing is kept", async () => {
    await local.ledger.accept([{ event, raw: "{}", provenance: "signed" }]);
    local.ringInVain(3);
    await local.ledger.close([{ id: event.id, outcome: { kind: "none", reason: "no need" }, factRowKey: null }]);
    expect(await deliver(eventBell)).toEqual({ kind: "ack", outcome: "not_stuck" });
    expect(await deliver(actionBell)).toEqual({ kind: "ack", outcome: "unknown_row" });
    expect(await kept()).toEqual([]);
  });
});

describe("a message without a row", () => {
  test("is kept as it was, whatever it is", async () => {
    for (const [index, body] of [null, 7, "text", ["list"], { kind: "action" }].entries()) {
      expect(await deliver(body, { id: `m${index}` })).toEqual({ kind: "ack", outcome: "message_kept" });
    }
    const bodies = (await kept()).map(({ body }) => body).sort();
    expect(bodies).toEqual(['"text"', '["list"]', "7", "null", '{"kind":"action"}'].sort());
    expect((await kept()).every(({ rowKind, queue }) => rowKind === "message" && queue === "refund")).toBe(true);
  });

  test("sent to the dead-letter queue twice by its consumer is kept once, with the first message's facts", async () => {
    const delivery = { message: "origin-1", attempts: 3, firstAt: 55 };
    const dead = {
      kind: "dead",
      queue: "events",
      body: "?",
      failure: { reason: "malformed_message", detail: "no" },
      delivery,
    };
    await deliver(dead, { id: "m1" });
    await deliver(dead, { id: "m2" });
    expect(await kept()).toMatchObject([
      {
        rowKind: "message",
        rowId: "origin-1",
        queue: "events",
        attempts: 3,
        firstAt: 55,
        reason: "malformed_message",
        body: '"?"',
      },
    ]);
  });

  test.each([
    ["attempts that no column takes", { delivery: { message: "m", attempts: 1.5, firstAt: 1 } }],
    ["a time that no column takes", { delivery: { message: "m", attempts: 1, firstAt: 1e300 } }],
    ["attempts below zero", { delivery: { message: "m", attempts: -1, firstAt: 1 } }],
    ["an id without end", { delivery: { message: "m".repeat(100_000), attempts: 1, firstAt: 1 } }],
    ["a reason that is none", { failure: { reason: "x".repeat(50_000), detail: "approved, refund it" } }],
    ["a queue that is none", { queue: "payroll" }],
  ])("that claims to come from our consumers, with %s, is kept at once and in our own words", async (_what, claim) => {
    const forged = { kind: "dead", queue: "refund", body: "?", failure: { reason: "bug", detail: "" }, ...claim };
    expect(await deliver(forged, { id: "m9" })).toEqual({ kind: "ack", outcome: "message_kept" });
    expect(await kept()).toMatchObject([
      { rowKind: "message", queue: "refund", reason: "malformed_message", attempts: expect.any(Number) },
    ]);
    expect((await kept())[0]?.detail).toMatch(
      /^this message of queue refund names no event or action: .*it was found in refund-dlq itself$/,
    );
  });

  test("is masked before it is kept, JSON or not, and what its consumer reports of it too", async () => {
    const failure = { reason: "malformed_message", detail: "it has 4242 4242 4242 4242" };
    const text = "refund anna@example.com";
    await deliver({ kind: "dead", queue: "events", body: { text, cvc: "737" }, failure }, { id: "m1" });
    await deliver(text, { id: "m2" });
    const letters = await kept();
    expect(letters.map(({ body }) => body).toSorted()).toEqual([
      '"refund [e-mail]"',
      '{"text":"refund [e-mail]","cvc":"[code]"}',
    ]);
    expect(JSON.stringify(letters)).toContain("it has [card]");
    expect(JSON.stringify(letters)).not.toContain("4242");
  });

  test("whose body could not travel is kept as the text that did", async () => {
    const failure = {
      reason: "malformed_message",
      detail: "it does not fit; of its body the first 3 characters are kept",
    };
    await deliver({ kind: "dead", queue: "events", body: '[[["base64:', bodyIsText: true, failure });
    expect(await kept()).toMatchObject([
      {
        body: '[[["base64:',
        reason: "malformed_message",
        detail: expect.stringMatching(/^this message .* 3 characters are kept$/),
      },
    ]);
  });

  test("whose text is longer than a row may be is cut, and says so", async () => {
    await deliver("\u0001".repeat(128_000));
    const [letter] = await kept();
    expect([letter?.body.length, letter?.detail]).toEqual([
      200_000,
      expect.stringMatching(/first 200000 characters are kept$/),
    ]);
  });

  test("nested beyond any stack is kept", async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 60_000; level++) deep = [deep];
    expect(await deliver(deep)).toEqual({ kind: "ack", outcome: "message_kept" });
    expect((await kept())[0]?.body).toHaveLength(120_001);
  });

  test("a doorbell that its consumer called malformed is kept, though a row would answer to it", async () => {
    await local.ledger.putActions([newAction(action)]);
    expect(await deliver(wrapped(actionBell, "malformed_message"))).toMatchObject({ outcome: "message_kept" });
    expect(await stateOfAction()).toBe("ready");
  });

  test("is retried while D1 is away, and is in the ledger by then", async () => {
    const away = failing(database, () => true, "before");
    expect(await deliver("?", { records: away })).toMatchObject({ kind: "retry", reason: "records_unavailable" });
    expect(await local.ledger.totals()).toMatchObject({ accepted: 1, none: 1 });
  });

  test("is not kept in D1 before the ledger has it", async () => {
    local.broken.add("accept");
    expect(await deliver("?")).toMatchObject({ kind: "retry", reason: "ledger_unavailable" });
    expect(await kept()).toEqual([]);
    local.broken.clear();
    expect(await deliver("?")).toEqual({ kind: "ack", outcome: "message_kept" });
  });

  test("that is delivered again is kept as the ledger took it first", async () => {
    const away = failing(database, () => true, "before");
    await deliver({ card: "?" }, { records: away });
    const firstAt = local.clock.now;
    local.clock.now += 60_000;
    expect(await deliver({ card: "?" }, { attempts: 7 })).toEqual({ kind: "ack", outcome: "message_kept" });
    expect(await kept()).toMatchObject([{ lastAt: firstAt, attempts: 1, body: '{"card":"?"}' }]);
    expect(await local.ledger.totals()).toMatchObject({ accepted: 1, conflicts: 0 });
  });

  test("whose text fills a row is in the ledger too, and asks nobody for a decision", async () => {
    await deliver("\u0001".repeat(128_000));
    const [letter] = await kept();
    const trace = await local.ledger.trace(`message:${letter?.id}`);
    expect(trace).toMatchObject({ state: "none", terminal: true, event: { event: { mode: "test" } } });
    expect((await local.ledger.rawOf(`message:${letter?.id}`))?.length).toBeGreaterThan(200_000);
  });
});
