import { beforeEach, describe, expect, test } from "vitest";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { DeadLetterRow } from "../../../shared/contracts/records.ts";
import type { Provenance } from "../../../shared/contracts/views.ts";
import { canonicalJson } from "../../../shared/core/json.ts";
import { routeOf } from "../../../shared/policy/facts.ts";
import { withTells } from "../../../shared/providers/registry.ts";
import type { Database } from "../../../shared/records/database.ts";
import { getDeadLetter, keepDeadLetter } from "../../../shared/records/dead-letters.ts";
import { idOfDeath, letterOfRow } from "../../../shared/records/letter.ts";
import { createConsole, type RequestDeps } from "../../../workers/console/app.ts";
import { WHY } from "../../../workers/console/edit.ts";
import { editable } from "../../../workers/console/edited-event.ts";
import { rebuild } from "../../../workers/console/rebuild.ts";
import { createLocalAudit } from "../../helpers/audit.ts";
import { createRecords, failing } from "../../helpers/d1.ts";
import { createLocalGate } from "../../helpers/gate.ts";
import { createLocalLedger } from "../../helpers/ledger.ts";

const TOKEN = "console-token-of-this-test";
let local = createLocalLedger();
let gate = createLocalGate(local.clock);
let { database } = createRecords();
let sent: { queue: string; body: unknown }[] = [];
let isQueueAway = false;
beforeEach(() => {
  local = createLocalLedger();
  gate = createLocalGate(local.clock);
  ({ database } = createRecords());
  sent = [];
  isQueueAway = false;
});

const request: PaymentEvent = {
  id: "api:w7",
  type: "countersign.request",
  occurredAt: 1_790_000_000_000,
  mode: "test",
  payment: "pi_1",
  customer: "cus_1",
  requester: "customer",
  amountMinor: 4_250,
  currency: "USD",
  text: "please refund 42.50 USD",
  lane: "live",
};

type Call = { records?: Database; ledger?: RequestDeps["ledger"]; key?: string };
async function ask(path: string, body: unknown, { records = database, ledger = local.ledger, key }: Call = {}) {
  const answer = createConsole({ tokens: [TOKEN], mode: "test", log: () => {}, now: () => local.clock.now });
  const deps: RequestDeps = {
    ledger,
    gate,
    audit: createLocalAudit(),
    records,
    send: async (queue, message) => {
      if (isQueueAway) throw new Error("queue away");
      sent.push({ queue, body: message });
    },
  };
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const init = body === null ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await answer(
    new Request(`http://console${path}`, {
      ...init,
      headers: { ...headers, ...(key === undefined ? {} : { "idempotency-key": key }) },
    }),
    deps,
  );
  return { status: response.status, json: (await response.json()) as Answered };
}
type Answered = { result?: string; event?: string; detail?: string; results?: { result: string }[] };

/** An event that died and lies in D1. */
async function died(
  changes: Partial<PaymentEvent> = {},
  provenance: Provenance | undefined = "keyed",
): Promise<DeadLetterRow> {
  const event = withTells({ ...request, ...changes });
  const { lane: _lane, ...given } = event;
  await local.ledger.accept([{ event, raw: canonicalJson(given), provenance } as never]);
  await local.ledger.failEvent(event.id, { reason: "queue_exhausted", detail: `too often: ${event.id}` });
  const row = { kind: "event", id: event.id } as const;
  const dead = await local.ledger.deadRow(row);
  if (dead === null) throw new Error("not dead");
  await keepDeadLetter(database, await letterOfRow(row, { kind: "event" }, dead));
  await local.ledger.deadLettered(row);
  return await letterOf(event.id);
}
async function letterOf(eventId: string): Promise<DeadLetterRow> {
  const letter = await getDeadLetter(database, await idOfDeath({ kind: "event", id: eventId }, 1));
  if (letter === null) throw new Error("no letter");
  return letter;
}

const payload = (changes: Record<string, unknown> = {}) => ({ ...editable(withTells(request)), ...changes });
const edit = (letter: DeadLetterRow, event: unknown, call: Call & { reason?: string } = {}) =>
  ask("/api/dead-letters/edit", { id: letter.id, event, ...(call.reason ? { reason: call.reason } : {}) }, call);
const factOf = (event: PaymentEvent): string | null => {
  const route = routeOf(withTells(event));
  return route.kind === "triggers" ? route.factKey : null;
};

describe("an edited event", () => {
  test("is a new event in the person's name, keyed and never signed, and both name each other", async () => {
    const letter = await died();
    const { status, json } = await edit(letter, payload({ payment: "pi_2" }), {
      reason: "the payment was another one",
    });
    const id = `edit:${letter.id}:1`;
    expect([status, json]).toEqual([200, { result: "edited", event: id, events: [`act:${letter.id}:1`, id] }]);

    const made = await local.ledger.eventView(id);
    expect(made).toMatchObject({
      provenance: "keyed",
      state: "received",
      event: { payment: "pi_2", requester: "customer", edits: { event: "api:w7", letter: letter.id } },
    });
    const act = await local.ledger.eventView(`act:${letter.id}:1`);
    expect(act?.event).toMatchObject({
      text: "the payment was another one",
      act: { what: "letter.edit", about: letter.id, by: { id: "person_first" }, before: { event: "api:w7" } },
    });
    expect(act?.event.act?.after).toMatchObject({ event: id });
    const old = await local.ledger.eventView("api:w7");
    expect(old).toMatchObject({ state: "decided", outcome: { kind: "none", reason: expect.stringContaining(id) } });
    expect(await letterOf("api:w7")).toMatchObject({ state: "redriven", redrives: 1, editedTo: id });
    expect(sent).toMatchObject([{ queue: "events", body: { kind: "event", id } }]);
  });

  test("is the same fact as the one that died, whose decision holds for both", async () => {
    const letter = await died();
    await edit(letter, payload({ amountMinor: 1_000 }));
    const made = await local.ledger.eventView(`edit:${letter.id}:1`);
    expect(made && factOf(made.event)).toBe("request/api:w7");
    expect(factOf(withTells(request))).toBe("request/api:w7");
  });

  test("that dies and is edited again is still the fact of the first", async () => {
    const first = await died();
    await edit(first, payload({ amountMinor: 1_000 }));
    const id = `edit:${first.id}:1`;
    const view = await local.ledger.eventView(id);
    if (view === null) throw new Error("not there");
    await local.ledger.failEvent(id, { reason: "queue_exhausted", detail: "too often" });
    const dead = await local.ledger.deadRow({ kind: "event", id });
    if (dead === null) throw new Error("not dead");
    await keepDeadLetter(database, await letterOfRow({ kind: "event", id }, {}, dead));
    const second = await letterOf(id);
    const { status } = await edit(second, { ...editable(view.event), amountMinor: 500 });
    const made = await local.ledger.eventView(`edit:${second.id}:1`);
    expect([status, made?.event.edits?.event, made && factOf(made.event)]).toEqual([200, "api:w7", "request/api:w7"]);
  });

  test("is masked at this door, in the event, in its bytes and in the reason", async () => {
    const letter = await died();
    const { status } = await edit(letter, payload({ text: "refund my card 4111 1111 1111 1111" }), {
      reason: "he wrote from max@example.com",
    });
    const id = `edit:${letter.id}:1`;
    const stored = [
      JSON.stringify(await local.ledger.eventView(id)),
      await local.ledger.rawOf(id),
      JSON.stringify(await local.ledger.eventView(`act:${letter.id}:1`)),
    ].join("\n");
    expect(status).toBe(200);
    expect(stored).not.toMatch(/4111|max@example/);
    expect(stored).toContain("[card]");
  });

  test("is found by the id of the one that died, and its bytes are read as they were stored", async () => {
    const letter = await died();
    await edit(letter, payload({ payment: "pi_2" }));
    const { readAgain } = await import("../../../shared/providers/read-again.ts");
    const id = `edit:${letter.id}:1`;
    const raw = await local.ledger.rawOf(id);
    expect(raw === null ? null : readAgain(id, raw)).toMatchObject({
      id,
      payment: "pi_2",
      type: "countersign.request",
    });
  });
});

describe("the same edit again", () => {
  test("does nothing twice, and answers the same", async () => {
    const letter = await died();
    const first = await edit(letter, payload({ payment: "pi_2" }));
    const rings = sent.length;
    const second = await edit(letter, payload({ payment: "pi_2" }));
    expect(second).toEqual({ status: 200, json: { result: "edited", event: first.json.event } });
    expect([sent.length, (await local.ledger.totals()).conflicts]).toEqual([rings, 0]);
    const other = await edit(letter, payload({ payment: "pi_3" }));
    expect([other.status, other.json.detail]).toEqual([409, WHY.other_edit]);
  });

  test.each([
    ["before the act stands in D1", "'redriving', redrives"],
    ["before the letter has ended", "SET state = ?, editedTo"],
  ])("goes on where D1 went away %s", async (_when, sql) => {
    const letter = await died();
    const away = failing(database, (one) => one.includes(sql), "before");
    expect((await edit(letter, payload({ payment: "pi_2" }), { records: away })).status).toBe(503);
    const { status } = await edit(letter, payload({ payment: "pi_2" }));
    expect([status, (await local.ledger.totals()).conflicts]).toEqual([200, 0]);
    expect(await letterOf("api:w7")).toMatchObject({ state: "redriven", editedTo: `edit:${letter.id}:1` });
  });

  test("is not lost where the queue is away: the new event waits in the ledger", async () => {
    const letter = await died();
    isQueueAway = true;
    expect((await edit(letter, payload({ payment: "pi_2" }))).status).toBe(200);
    expect(await local.ledger.eventView(`edit:${letter.id}:1`)).toMatchObject({ state: "received" });
  });
});

describe("what is never edited", () => {
  test("is what a provider signed, also where its signature came after a key", async () => {
    const letter = await died({ id: "stripe:evt_1", type: "invoice.payment_failed", invoice: "in_1" }, "signed");
    const { status, json } = await edit(letter, payload());
    expect([status, json.detail]).toEqual([409, WHY.signed]);
    const shown = await ask(`/api/dead-letters/${letter.id}/event`, null);
    expect([shown.status, shown.json.detail]).toEqual([409, WHY.signed]);
    const later = await died();
    await local.ledger.accept([{ event: withTells(request), raw: canonicalJson(request), provenance: "signed" }]);
    expect((await edit(later, payload())).json.detail).toBe(WHY.signed);
  });

  test("is what nobody knows to be unsigned, a record of ours, and an event of another provider", async () => {
    const old = await died({ id: "api:old" }, null as never);
    expect((await edit(old, payload())).json.detail).toBe(WHY.unknown);
    const own = await died({ id: "conflict:api:1", type: "countersign.conflict", object: "api:1" }, "own");
    expect((await edit(own, payload())).json.detail).toBe(WHY.own);
    const adyen = await died({ id: "adyen:1", type: "CHARGEBACK", dispute: "dp_1", tells: { fact: "dispute" } });
    expect((await edit(adyen, payload())).json.detail).toBe(WHY.other_provider);
  });

  test.each(["action", "message"] as const)("is a letter of an %s", async (rowKind) => {
    const id = `dl_${"0".repeat(32)}`;
    const letter = { id, queue: "refund", rowKind, rowId: "act_1", subject: "pi_1", body: "{}", reason: "bug" };
    await keepDeadLetter(database, { ...letter, detail: "it threw", attempts: 1, firstAt: 1, lastAt: 2 });
    const row = await getDeadLetter(database, id);
    const { status, json } = await edit(row as DeadLetterRow, payload());
    expect([status, json.detail]).toEqual([409, WHY[rowKind]]);
    expect(json.detail).toMatch(/npx countersign send/);
  });

  test("is an event whose fact is decided: another payload would not count", async () => {
    const letter = await died();
    await local.ledger.recordDecisions([
      {
        factRowKey: "-/test/request/api:w7",
        eventId: "api:w7",
        decision: { kind: "none", record: { decidedBy: "rule", reason: "x" } } as never,
        grant: null,
      },
    ]);
    const { status, json } = await edit(letter, payload({ amountMinor: 1 }));
    expect([status, json.detail]).toEqual([409, WHY.decided]);
    expect(await local.ledger.eventView(`edit:${letter.id}:1`)).toBeNull();
  });

  test("is a letter that somebody has acted on", async () => {
    const letter = await died();
    await ask("/api/dead-letters/discard", { ids: [letter.id], reason: "known" });
    expect((await edit(letter, payload())).json.detail).toBe(WHY.discarded);
    const other = await died({ id: "api:w8" });
    await ask("/api/dead-letters/redrive", { ids: [other.id] });
    expect((await edit(other, payload())).json.detail).toBe(WHY.redriven_before);
    expect((await edit({ ...letter, id: `dl_${"f".repeat(32)}` }, payload())).status).toBe(404);
  });
});

describe("an edit that is refused for its payload", () => {
  test.each([
    ["another type", { type: "countersign.decision", requester: undefined }, /type: must stay countersign.request/],
    ["another mode", { mode: "live" }, /mode: must stay test/],
    ["another time", { occurredAt: 1_790_000_000_001 }, /occurredAt: must stay/],
    ["a customer's request as staff's", { requester: "staff" }, /requester: must stay customer/],
    ["an amount that is none", { amountMinor: 1.5 }, /event.amountMinor: .*integer/],
    ["a field that no sender has", { tells: { fact: "request" } }, /tells/],
    ["a name that is the number of a card", { payment: "4111111111111111" }, /payment: is the number of a card/],
  ])("says so: %s", async (_what, changes, words) => {
    const letter = await died();
    const { status, json } = await edit(letter, payload(changes));
    expect(status).toBe(400);
    expect(json.detail).toMatch(words);
    expect(await letterOf("api:w7")).toMatchObject({ state: "dead", redrives: 0 });
  });
});

describe("of two people at once", () => {
  test("the one whose act stands first is carried out, and the other hears of it", async () => {
    const letter = await died();
    const answers = await Promise.all([
      edit(letter, payload({ payment: "pi_2" })),
      edit(letter, payload({ payment: "pi_3" })),
      ask("/api/dead-letters/redrive", { ids: [letter.id] }),
    ]);
    const done = answers.map(({ json }) => json.result === "edited" || json.results?.[0]?.result === "redriven");
    expect(done.filter((isDone) => isDone)).toHaveLength(1);
    const made = await local.ledger.eventView(`edit:${letter.id}:1`);
    expect(made?.event.payment).toBe([...(done[0] ? ["pi_2"] : []), ...(done[1] ? ["pi_3"] : [])][0]);
    const state = (await local.ledger.eventView("api:w7"))?.state;
    expect([state, sent.length]).toEqual([done[2] ? "received" : "decided", 1]);
  });

  test("an edit that was cut short before its event was stored makes room for another after ten minutes", async () => {
    const letter = await died();
    const accept: typeof local.ledger.accept = async (items) =>
      items[0]?.event.id.startsWith("edit:") ? ["unavailable"] : await local.ledger.accept(items);
    const { status } = await edit(letter, payload({ payment: "pi_2" }), { ledger: { ...local.ledger, accept } });
    expect(status).toBe(503);
    expect((await edit(letter, payload({ payment: "pi_3" }))).json.detail).toBe(WHY.other_edit);
    expect((await ask("/api/dead-letters/redrive", { ids: [letter.id] })).json.results).toMatchObject([
      { result: "being_edited" },
    ]);
    local.clock.now += 600_000;
    const later = await edit(letter, payload({ payment: "pi_3" }));
    expect(later.json).toMatchObject({ result: "edited", event: `edit:${letter.id}:2` });
    expect(await local.ledger.eventView(`edit:${letter.id}:1`)).toBeNull();
  });
});

test("a rebuild of D1 restores the letter that was edited, with the event that took its place", async () => {
  const letter = await died();
  await edit(letter, payload({ payment: "pi_2" }));
  const before = await letterOf("api:w7");
  ({ database } = createRecords());
  let position = null;
  do {
    const page: Awaited<ReturnType<typeof rebuild>> = await rebuild(position, {
      ledger: local.ledger,
      records: database,
      audit: createLocalAudit(),
      policy: null,
      proven: null,
    });
    position = page.next;
  } while (position !== null);
  const { body: _body, ...restored } = await letterOf("api:w7");
  const { body: _was, ...was } = before;
  expect(restored).toEqual(was);
});
