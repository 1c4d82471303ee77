import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { DecisionRecord } from "../../../shared/contracts/decision.ts";
import type { ActionView, Trace } from "../../../shared/contracts/views.ts";
import { DAY_MS, HOUR_MS } from "../../../shared/core/time.ts";
import { UNDECIDED } from "../../../shared/ledger/action/new.ts";
import { INGEST_KEYS, NOW, openDoor, problemOf } from "../../helpers/ingest-door.ts";
import { refundAction } from "../../helpers/ledger.ts";

const MESSAGE = "Refund $42.50 USD for invoice INV-1042 because duplicate charge was detected.";
const REASON = "Duplicate charge detected";
const WAIT = { prefer: "wait=20" };
type Door = ReturnType<typeof openDoor>;

const ask = (
  door: Door,
  body: unknown = { message: MESSAGE, invoice: "INV-1042" },
  headers: Record<string, string> = {},
) => door.postJson("/v1/requests", body, headers);
const idOf = async (response: Response): Promise<string> => ((await response.json()) as { id: string }).id;
const onlyId = (door: Door): string => [...door.memory.rows.keys()][0] ?? "";

/** What the pipeline writes about a decided request. */
function decided(
  state: Trace["state"],
  action: Partial<Action>,
  more: { caseReason?: string; terminal?: boolean } = {},
): Partial<Trace> {
  const record: DecisionRecord = {
    by: "agent",
    reason: REASON,
    proposal: null,
    verdicts: [],
    policyVersion: "1",
    agent: null,
  };
  const whole = refundAction(0, { subject: "pi_1", payment: "pi_1", factKey: "f", ...action });
  const caseReason = more.caseReason ?? null;
  const view: ActionView = {
    action: whole,
    eventId: "e",
    state: state as ActionView["state"],
    version: 1,
    grantWanted: null,
    firstBeginAt: null,
    grant: null,
    attempts: 1,
    failures: 0,
    notBefore: null,
    caseReason,
    caseAbout: null,
    caseStanding: null,
    ...UNDECIDED,
    held: null,
    failure: null,
    outcome: null,
    createdAt: NOW,
    updatedAt: NOW,
    history: [],
  };
  const decision = { kind: "action" as const, action: whole, caseReason, record };
  return {
    state,
    terminal: more.terminal ?? true,
    fact: { key: "f", eventId: "e", decidedAt: NOW, decision },
    action: view,
  };
}

describe("a request in plain language", () => {
  it("is an event with the words as text, answered 202 with its place", async () => {
    const door = openDoor();
    const response = await ask(door);
    expect(response.status).toBe(202);
    const body = (await response.json()) as { id: string };
    expect(body).toMatchObject({ accepted: 1, duplicates: 0, conflicts: 0, rejected: { count: 0, lines: [] } });
    expect(response.headers.get("location")).toBe(`/v1/events/${encodeURIComponent(body.id)}`);
    expect(door.memory.events()).toEqual([
      {
        id: body.id,
        type: "countersign.request",
        occurredAt: Math.floor(NOW / HOUR_MS) * HOUR_MS,
        mode: "test",
        lane: "live",
        text: MESSAGE,
        invoice: "INV-1042",
        tells: { fact: "request" },
        contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        covered: [],
      },
    ]);
    expect((await door.get(response.headers.get("location") ?? "")).status).toBe(200);
  });

  it("of a customer says so, and is another request than staff's in the same words", async () => {
    const door = openDoor();
    const theirs = { message: MESSAGE, customer: "cus_1" };
    await ask(door, theirs);
    await ask(door, { ...theirs, requester: "customer" });
    expect(door.memory.events().map(({ requester }) => requester)).toEqual([undefined, "customer"]);
  });

  it("that says staff is the one that says nothing, as before requesters were asked", async () => {
    const door = openDoor();
    const first = await idOf(await ask(door, { message: MESSAGE }));
    expect(await idOf(await ask(door, { message: MESSAGE, requester: "staff" }))).toBe(first);
    expect(door.memory.rows.size).toBe(1);
  });

  it("under the key of another requester's is refused: it is another body", async () => {
    const door = openDoor();
    const key = { "idempotency-key": "k" };
    await ask(door, { message: MESSAGE, customer: "cus_1" }, key);
    const response = await ask(door, { message: MESSAGE, customer: "cus_1", requester: "customer" }, key);
    expect((await problemOf(response)).status).toBe(422);
  });

  it.each([
    ["a customer who is not named", { requester: "customer" }, "customer: name the customer who asks"],
    ["somebody else", { requester: "manager", customer: "cus_1" }, "requester"],
  ])("of %s is a 400 that says what to do", async (_whose, more, detail) => {
    const door = openDoor();
    const problem = await problemOf(await ask(door, { message: "refund", ...more }));
    expect(problem).toMatchObject({ status: 400, detail: expect.stringContaining(detail) });
    expect(door.memory.rows.size).toBe(0);
  });

  it("takes a payment that is written as a charge for a charge", async () => {
    const door = openDoor();
    await ask(door, { message: "refund", payment: "ch_1", customer: "cus_1" });
    await ask(door, { message: "refund", payment: "pi_1" });
    expect(door.memory.events()).toMatchObject([{ charge: "ch_1", customer: "cus_1" }, { payment: "pi_1" }]);
    expect(door.memory.events()[0]).not.toHaveProperty("payment");
  });

  it("that waits is answered in the seed's shape once the refund has succeeded", async () => {
    const door = openDoor();
    door.whileWaiting(() => door.memory.tell(onlyId(door), decided("succeeded", {})));
    const response = await ask(door, { message: MESSAGE }, WAIT);
    expect(response.status).toBe(200);
    expect(response.headers.get("preference-applied")).toBe("wait=20");
    expect(await response.json()).toEqual({
      status: "ok",
      received: true,
      workflow: "refund-execution-agent",
      decision: { action: "refund", reason: REASON, amount_cents: 4250, currency: "USD" },
    });
  });

  it.each([
    ["succeeded", { kind: "retryPayment" }, {}, "payment-execution-agent", "retry", REASON],
    ["pending", {}, { terminal: false }, "refund-execution-agent", "refund", REASON],
    [
      "case_open",
      { kind: "escalate" },
      { caseReason: "no payment named" },
      "human-review-agent",
      "escalate",
      "no payment named",
    ],
    [
      "case_open",
      {},
      { caseReason: "the charge is disputed" },
      "human-review-agent",
      "escalate",
      "the charge is disputed",
    ],
    ["case_open", {}, {}, "human-review-agent", "escalate", REASON],
  ] as const)(
    "that became %s %j is answered with the workflow that has it",
    async (state, action, more, workflow, said, reason) => {
      const door = openDoor();
      door.whileWaiting(() => door.memory.tell(onlyId(door), decided(state, action, more)));
      const response = await ask(door, { message: MESSAGE }, WAIT);
      expect(await response.json()).toMatchObject({ workflow, decision: { action: said, reason } });
    },
  );

  it("that comes to nothing has no workflow", async () => {
    const door = openDoor();
    const { fact } = decided("succeeded", {});
    const record = fact?.decision.record as DecisionRecord;
    const none: Partial<Trace> = {
      state: "none",
      terminal: true,
      fact: { key: "f", eventId: "e", decidedAt: NOW, decision: { kind: "none", record } },
    };
    door.whileWaiting(() => door.memory.tell(onlyId(door), none));
    const response = await ask(door, { message: "hello" }, WAIT);
    expect(await response.json()).toMatchObject({
      workflow: null,
      decision: { action: "none", amount_cents: null, currency: null },
    });
  });

  it.each(["declined", "skipped", "dead_lettered"] as const)(
    "that ends %s is answered 202 at once, since what was decided did not come true",
    async (state) => {
      const door = openDoor();
      door.whileWaiting(() => door.memory.tell(onlyId(door), decided(state, {})));
      const response = await ask(door, { message: MESSAGE }, WAIT);
      expect(response.status).toBe(202);
      expect(door.now() - NOW).toBe(500);
    },
  );

  it.each([
    ["wait=20", 20_000],
    ["wait=600", 20_000],
    ["wait=99999999999999999999", 20_000],
    ['respond-async, wait="3"', 3_000],
    ["wait=0", 0],
    ["return=minimal", 0],
    ["wait=soon", 0],
    ["longwait=20", 0],
  ])("with Prefer: %s waits %i ms for what never comes, then is a 202", async (prefer, waitedMs) => {
    const door = openDoor();
    const response = await ask(door, { message: MESSAGE }, { prefer });
    expect(response.status).toBe(202);
    expect(door.now() - NOW).toBe(waitedMs);
    expect(response.headers.has("preference-applied")).toBe(waitedMs > 0);
  });

  it.each([
    [{}],
    [{ message: "" }],
    [{ message: "  " }],
    [{ message: 7 }],
    [{ message: "x".repeat(20_001) }],
    [{ message: "refund", amount: 42.5 }],
    [{ message: "refund", payment: "pi 1" }],
    [null],
    [[]],
  ])("whose body is not one (%j) is a 400", async (body) => {
    const door = openDoor();
    expect((await problemOf(await ask(door, body))).status).toBe(400);
    expect(door.memory.rows.size).toBe(0);
  });

  it("is a 503 when its shard does not answer, or takes nothing in", async () => {
    const door = openDoor();
    door.memory.failFor(() => true);
    expect((await problemOf(await ask(door))).status).toBe(503);
    door.memory.failFor(() => false);
    door.memory.ledger.accept = async (items) => items.map(() => "unavailable");
    expect((await problemOf(await ask(door))).status).toBe(503);
  });
});

describe("the same request twice", () => {
  it("is one event, and the second waits on the first", async () => {
    const door = openDoor();
    const first = await idOf(await ask(door));
    door.memory.tell(first, decided("succeeded", {}));
    door.setNow(NOW + 3 * HOUR_MS);
    const second = await ask(door, { invoice: "INV-1042", message: ` ${MESSAGE} ` }, WAIT);
    expect(second.status).toBe(200);
    expect(door.memory.rows.size).toBe(1);
    expect(door.rung.length).toBe(1);
    expect(door.memory.rows.get(first)?.conflicts).toBe(0);
  });

  it("is one event when twenty come at once", async () => {
    const door = openDoor();
    const ids = await Promise.all(Array.from({ length: 20 }, async () => idOf(await ask(door))));
    expect(new Set(ids).size).toBe(1);
    expect(door.memory.rows.get(ids[0] ?? "")?.conflicts).toBe(0);
  });

  it("is one event just before 24 hours have passed, and another one just after", async () => {
    const door = openDoor();
    const first = await idOf(await ask(door));
    door.setNow(NOW + DAY_MS - 1);
    expect(await idOf(await ask(door))).toBe(first);
    door.setNow(NOW + DAY_MS);
    const next = await idOf(await ask(door));
    expect(next).toBe(`${first}-2`);
    door.setNow(NOW + DAY_MS + HOUR_MS);
    expect(await idOf(await ask(door))).toBe(next);
  });

  it("is one event a day, counted on, however many days it is sent", async () => {
    const door = openDoor();
    const first = await idOf(await ask(door));
    for (let day = 1; day < 40; day++) {
      door.setNow(NOW + day * DAY_MS);
      expect(await idOf(await ask(door))).toBe(`${first}-${day + 1}`);
      expect(await idOf(await ask(door))).toBe(`${first}-${day + 1}`);
    }
    expect(door.memory.rows.size).toBe(40);
  });

  it("is one event when its first send was claimed and never stored", async () => {
    const door = openDoor();
    const { accept } = door.memory.ledger;
    door.memory.ledger.accept = async (items) => items.map(() => "unavailable");
    expect((await ask(door)).status).toBe(503);
    door.memory.ledger.accept = accept;
    door.setNow(NOW + 2 * HOUR_MS);
    const [one, two] = [await idOf(await ask(door)), await idOf(await ask(door))];
    expect([one, door.memory.rows.size]).toEqual([two, 1]);
    expect(one).not.toContain("-2");
  });

  it("is two events when two callers send it", async () => {
    const door = openDoor();
    const one = await idOf(await ask(door));
    const two = await idOf(await ask(door, undefined, { authorization: `Bearer ${INGEST_KEYS[1]}` }));
    expect(one).not.toBe(two);
  });

  it("is one event under one key, quoted or not; another body under it is a 422", async () => {
    const door = openDoor();
    const one = await idOf(await ask(door, undefined, { "idempotency-key": "order-7" }));
    expect(await idOf(await ask(door, undefined, { "idempotency-key": '"order-7"' }))).toBe(one);
    const other = await ask(door, { message: "Refund everything" }, { "idempotency-key": "order-7" });
    expect((await problemOf(other)).status).toBe(422);
    expect(await idOf(await ask(door, undefined, { "idempotency-key": "order-8" }))).not.toBe(one);
    expect(door.memory.rows.size).toBe(2);
    door.setNow(NOW + DAY_MS);
    const later = await ask(door, { message: "Refund everything" }, { "idempotency-key": "order-7" });
    expect(await idOf(later)).toBe(`${one}-2`);
  });

  it("is one event when its two first sends meet across a full hour", async () => {
    const door = openDoor();
    const { claimKey } = door.memory.ledger;
    door.setNow(Math.ceil(NOW / HOUR_MS) * HOUR_MS - 1);
    let raced = false;
    // The second send claims its key when the first has claimed it, and not stored its event yet.
    door.memory.ledger.claimKey = async (claim) => {
      const claimed = await claimKey(claim);
      if (!raced) {
        raced = true;
        door.setNow(door.now() + 2);
        expect((await ask(door)).status).toBe(202);
      }
      return claimed;
    };
    const response = await ask(door);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ duplicates: 1 });
    expect(door.memory.rows.size).toBe(1);
  });

  it.each(["", "x".repeat(256), "é"])("needs a usable key (%j)", async (key) => {
    expect((await problemOf(await ask(openDoor(), undefined, { "idempotency-key": key }))).status).toBe(400);
  });
});

describe("a request that was sent before there were key rows", () => {
  /** The newest of so many events under one key, one a day, of which the ledger has no key row. */
  async function openOld(days: number) {
    const door = openDoor();
    const ids: string[] = [];
    for (let day = 0; day < days; day++) {
      door.setNow(NOW + day * DAY_MS);
      ids.push(await idOf(await ask(door)));
    }
    door.memory.forgetKeys();
    return { door, newest: ids.at(-1) ?? "", newestAt: NOW + (days - 1) * DAY_MS, count: days };
  }

  it.each([1, 2, 3, 7, 40])("is the same event within 24 hours, also when it is number %i", async (days) => {
    const { door, newest, newestAt } = await openOld(days);
    let looks = 0;
    const { eventView } = door.memory.ledger;
    const base = newest.replace(/-\d+$/, "");
    door.memory.ledger.eventView = (id) => {
      // The slots of an earlier version are looked at too.
      if (id.startsWith(base)) looks++;
      return eventView(id);
    };
    door.setNow(newestAt + DAY_MS - 1);
    expect(await (await ask(door)).json()).toMatchObject({ id: newest, duplicates: 1 });
    expect(looks).toBeLessThan(20);
    // Looked for once: from then on there is a row.
    const before = looks;
    expect(await (await ask(door)).json()).toMatchObject({ id: newest, duplicates: 1 });
    expect([looks, door.memory.rows.size]).toEqual([before, days]);
  });

  it("is the next event when 24 hours have passed since it was accepted", async () => {
    const { door, newest, newestAt, count } = await openOld(2);
    door.setNow(newestAt + DAY_MS);
    expect(await idOf(await ask(door))).toBe(newest.replace("-2", "-3"));
    expect(door.memory.rows.size).toBe(count + 1);
  });

  it("is one event when twenty repeats of it come at once", async () => {
    for (const laterMs of [HOUR_MS, DAY_MS]) {
      const { door, newestAt, count } = await openOld(2);
      door.setNow(newestAt + laterMs);
      const ids = await Promise.all(Array.from({ length: 20 }, async () => idOf(await ask(door))));
      expect(new Set(ids).size).toBe(1);
      expect(door.memory.rows.size).toBe(laterMs === HOUR_MS ? count : count + 1);
    }
  });

  it("is one event beside an ingest of the version before, which takes it in another hour", async () => {
    const { door, newestAt } = await openOld(1);
    const { accept } = door.memory.ledger;
    door.setNow(newestAt + DAY_MS);
    let raced = false;
    door.memory.ledger.accept = async (items) => {
      if (!raced) {
        raced = true;
        await accept(
          items.map((item) => ({ ...item, event: { ...item.event, occurredAt: item.event.occurredAt - HOUR_MS } })),
        );
      }
      return await accept(items);
    };
    expect((await ask(door)).status).toBe(202);
    expect(door.memory.rows.size).toBe(2);
  });

  it("under a key of the caller is a 422 with another body", async () => {
    const door = openDoor();
    await ask(door, undefined, { "idempotency-key": "order-7" });
    door.memory.forgetKeys();
    const other = await ask(door, { message: "Refund everything" }, { "idempotency-key": "order-7" });
    expect((await problemOf(other)).status).toBe(422);
  });
});

describe("a decision from outside", () => {
  const decision = {
    action: "refund",
    reason: REASON,
    amount_cents: 4250,
    currency: "USD",
    next_agent: "refund-execution-agent",
  };
  const body = { source: "anthropic-agent", decision };

  it("is echoed at once in the seed's shape, and is an event that names no payment", async () => {
    const door = openDoor();
    const response = await door.postJson("/api/payments", body);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: "ok",
      received: true,
      workflow: "refund-execution-agent",
      decision: { action: "refund", reason: REASON, amount_cents: 4250, currency: "USD" },
    });
    expect(door.memory.events()).toEqual([
      {
        id: expect.stringMatching(/^outside:[0-9a-f]{32}$/),
        type: "countersign.decision",
        occurredAt: Math.floor(NOW / HOUR_MS) * HOUR_MS,
        mode: "test",
        lane: "live",
        proposed: { action: "refund", reason: REASON },
        amountMinor: 4250,
        currency: "usd",
        tells: { fact: "outside_decision" },
        contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(door.rung.length).toBe(1);
  });

  it.each([
    ["authorize", "capture"],
    ["authorize", "release"],
    ["pause", "void"],
    ["cancel", "at_once"],
  ])("to %s with the variant %s is echoed with it, and stored with it", async (action, variant) => {
    const door = openDoor();
    const proposed = { action, variant, reason: "r" };
    const response = await door.postJson("/api/payments", { source: "a", decision: { ...proposed, payment: "pi_1" } });
    expect(await response.json()).toMatchObject({ decision: { action, variant } });
    expect(door.memory.events()).toMatchObject([{ proposed }]);
  });

  it("to authorize without a variant is taken, and echoed without one", async () => {
    for (const more of [{}, { variant: null }]) {
      const door = openDoor();
      const decision = { action: "authorize", reason: "r", payment: "pi_1", ...more };
      const response = await door.postJson("/api/payments", { source: "a", decision });
      expect(((await response.json()) as { decision: object }).decision).not.toHaveProperty("variant");
      expect(door.memory.events()[0]?.proposed).toEqual({ action: "authorize", reason: "r" });
    }
  });

  it("is one event when it is sent twice, and each time echoed", async () => {
    const door = openDoor();
    await door.postJson("/api/payments", body);
    expect((await door.postJson("/api/payments", body)).status).toBe(200);
    expect(door.memory.rows.size).toBe(1);
    expect(door.rung.length).toBe(1);
  });

  it("is another event than the same words as a request", async () => {
    const door = openDoor();
    await ask(door, { message: "refund" }, { "idempotency-key": "k" });
    expect((await door.postJson("/api/payments", body, { "idempotency-key": "k" })).status).toBe(200);
    expect(door.memory.rows.size).toBe(2);
  });

  it.each([
    ["escalate", "human-review-agent"],
    ["retry", "payment-execution-agent"],
    ["authorize", "payment-execution-agent"],
    ["none", null],
  ])("to %s is answered with workflow %s, and null where nothing was named", async (action, workflow) => {
    const response = await openDoor().postJson("/api/payments", { source: "a", decision: { action, reason: "r" } });
    expect(await response.json()).toMatchObject({ workflow, decision: { action, amount_cents: null, currency: null } });
  });

  it.each([
    ["a float amount", { amount_cents: 42.5 }, "amount_cents"],
    ["a negative amount", { amount_cents: -1 }, "amount_cents"],
    ["an amount beyond the safe integer", { amount_cents: 2 ** 53 }, "amount_cents"],
    ["an unknown currency", { currency: "ZZZ" }, "currency"],
    ["an unknown action", { action: "pay" }, "action"],
    ["an unknown field", { execute: true }, "execute"],
    ["a requester: the agent vouches", { requester: "customer", customer: "cus_1" }, "requester"],
    ["a variant that refund has not", { variant: "capture" }, "decision.variant: refund has no variant, not capture"],
    [
      "a variant that authorize has not",
      { action: "authorize", variant: "void" },
      "decision.variant: authorize is one of capture, release, not void",
    ],
    ["a variant of nothing", { action: "none", variant: "release" }, "decision.variant: none has no variant"],
    ["an unknown variant", { action: "authorize", variant: "settle" }, "decision.variant: one of capture"],
  ])("with %s is refused with the reason, never rounded", async (_, more, named) => {
    const door = openDoor();
    const response = await door.postJson("/api/payments", { ...body, decision: { ...decision, ...more } });
    expect(await problemOf(response)).toMatchObject({ status: 400, detail: expect.stringContaining(named) });
    expect(door.memory.rows.size).toBe(0);
  });

  it("is a 503 when its shard does not answer, and nothing is echoed", async () => {
    const door = openDoor();
    door.memory.failFor(() => true);
    expect((await door.postJson("/api/payments", body)).status).toBe(503);
  });

  it("is a 413 above 1 MB and a 415 when it is not JSON", async () => {
    const door = openDoor();
    const tooLong = await door.postJson("/api/payments", { ...body, source: "x".repeat(1_048_576) });
    expect(tooLong.status).toBe(413);
    expect((await problemOf(tooLong)).detail).not.toContain("NDJSON");
    expect((await door.postJson("/api/payments", body, { "content-type": "text/plain" })).status).toBe(415);
  });
});
