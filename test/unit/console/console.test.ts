import { beforeEach, describe, expect, test } from "vitest";
import type { CaseRow, DeadLetterRow } from "../../../shared/contracts/records.ts";
import { withTells } from "../../../shared/providers/registry.ts";
import { openCase } from "../../../shared/records/cases.ts";
import type { Database } from "../../../shared/records/database.ts";
import { getDeadLetter, keepDeadLetter, type NewDeadLetter } from "../../../shared/records/dead-letters.ts";
import { openInformation } from "../../../shared/records/information.ts";
import { createConsole, type RequestDeps } from "../../../workers/console/app.ts";
import { createLocalAudit } from "../../helpers/audit.ts";
import { createRecords, failing } from "../../helpers/d1.ts";
import { createLocalGate } from "../../helpers/gate.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";

const TOKEN = "console-token-of-this-test";
const OLD_TOKEN = "console-token-before-its-rotation";
let local = createLocalLedger();
let gate = createLocalGate(local.clock);
let { database } = createRecords();
let sent: { queue: string; body: unknown }[] = [];
let queueAway = false;
beforeEach(() => {
  local = createLocalLedger();
  gate = createLocalGate(local.clock);
  ({ database } = createRecords());
  sent = [];
  queueAway = false;
});

const action = refundAction(1);
const event = withTells({
  id: "stripe:evt_1",
  type: "payment_intent.payment_failed",
  occurredAt: 1,
  mode: "test",
  lane: "live",
});
const dl = (n: number): string => `dl_${String(n).padStart(32, "0")}`;
const letter = (n: number, changes: Partial<NewDeadLetter> = {}): NewDeadLetter => ({
  id: dl(n),
  queue: "refund",
  rowKind: "action",
  rowId: action.id,
  subject: action.subject,
  body: "{}",
  reason: "bug",
  detail: "it threw",
  attempts: 6,
  firstAt: 100,
  lastAt: 1_000 + n,
  ...changes,
});

type Call = {
  body?: unknown;
  token?: string;
  records?: Database;
  method?: string;
  headers?: Record<string, string>;
};

async function call(
  path: string,
  { body, token = TOKEN, records = database, method = "POST", headers = {} }: Call = {},
) {
  const answer = createConsole({ tokens: [TOKEN, OLD_TOKEN], mode: "test", log: () => {}, now: () => local.clock.now });
  const deps: RequestDeps = {
    ledger: local.ledger,
    gate,
    records,
    audit: createLocalAudit(),
    send: async (queue, sending) => {
      if (queueAway) throw new Error("queue away");
      sent.push({ queue, body: sending });
    },
  };
  const init =
    body === undefined
      ? { method: method === "POST" ? "GET" : method }
      : { method, body: typeof body === "string" ? body : JSON.stringify(body) };
  const request = new Request(`http://console${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const response = await answer(request, deps);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    allow: response.headers.get("allow"),
    json: isJson ? JSON.parse(text) : null,
    text,
  };
}
const redrive = (ids: string[], records?: Database) =>
  call("/api/dead-letters/redrive", { body: { ids }, ...(records ? { records } : {}) });
const row = async (id: string): Promise<DeadLetterRow | null> => await getDeadLetter(database, id);
const stateOfAction = async (): Promise<string | undefined> => (await local.ledger.actions([action]))[0]?.state;

/** A refund that died and lies in D1 as dead letter 1. */
async function deadAction(): Promise<void> {
  await local.ledger.putActions([newAction(action)]);
  await local.ledger.failAction(action, null, { reason: "queue_exhausted", detail: "too often" });
  await local.ledger.deadLettered({ ...action, kind: "action" });
  await keepDeadLetter(database, letter(1));
}

describe("the door", () => {
  test("every route under /api is closed without the token, as a problem", async () => {
    for (const path of [
      "/api/totals",
      "/api/cases",
      "/api/dead-letters",
      "/api/holds",
      "/api/trace/x",
      "/api/nothing",
    ]) {
      const { status, type, json } = await call(path, { token: "wrong" });
      expect([status, type]).toEqual([401, "application/problem+json"]);
      expect(json).toMatchObject({ status: 401, title: "Unauthorized" });
    }
    expect((await call("/api/dead-letters/redrive", { token: "wrong", body: { ids: [dl(1)] } })).status).toBe(401);
  });

  test("is open to each of several tokens while one is rotated", async () => {
    for (const token of [TOKEN, OLD_TOKEN]) expect((await call("/api/holds", { token })).status).toBe(200);
    expect((await call("/api/holds", { token: `${TOKEN},${OLD_TOKEN}` })).status).toBe(401);
  });

  test("health and the welcome, which says that there is no web page yet, are open", async () => {
    expect((await call("/healthz", { token: "" })).json).toEqual({ status: "ok" });
    const { status, text } = await call("/", { token: "" });
    expect(status).toBe(200);
    expect(text).toContain("no web page yet");
  });

  test("a body that no request needs is a 413 problem", async () => {
    const body = { ids: [dl(1)], reason: "x".repeat(70_000) };
    expect(await call("/api/dead-letters/discard", { body })).toMatchObject({
      status: 413,
      type: "application/problem+json",
    });
  });

  test.each([
    ["DELETE", "/api/holds", "GET, HEAD, POST"],
    ["OPTIONS", "/api/totals", "GET, HEAD"],
    ["PUT", "/api/dead-letters/redrive", "POST"],
    ["PUT", "/api/cases/case_1", "GET, HEAD"],
    ["DELETE", "/healthz", "GET, HEAD"],
  ])("%s %s, which is another method's route, is a 405 that allows %s", async (method, path, allow) => {
    const answer = await call(path, { method });
    expect([answer.status, answer.type, answer.allow]).toEqual([405, "application/problem+json", allow]);
  });

  test("another method of a route is closed without the token", async () => {
    expect((await call("/api/holds", { method: "DELETE", token: "wrong" })).status).toBe(401);
  });

  test.each(["/api/records/rebuild", "/api/holds", "/api/holds/lift", "/api/dead-letters/redrive"])(
    "a list in place of the object of %s is a 400, and nothing is done",
    async (path) => {
      await deadAction();
      expect(await call(path, { body: [] })).toMatchObject({
        status: 400,
        json: { detail: "Correct the request and send it again. body: a JSON object, not a list" },
      });
    },
  );

  test("a hold or a lift that names two scopes is a 400: one of them would be everything", async () => {
    const body = '{"scope":"customer:cus_1","scope":"all","reason":"x"}';
    for (const path of ["/api/holds", "/api/holds/lift"])
      expect((await call(path, { body })).json?.detail).toContain("the same name twice");
    expect((await call("/api/holds")).json).toEqual({ items: [] });
  });

  test.each(["/api/recent?limit=5&limit=6", "/api/cases?state=open&state=closed", "/api/find?id=a&id=b"])(
    "a parameter that stands twice is a 400: %s",
    async (path) => {
      const { status, json } = await call(path);
      expect([status, json.detail]).toEqual([400, expect.stringContaining("send each once")]);
    },
  );

  test.each<Record<string, string>>([
    { "content-encoding": "gzip" },
    { "content-type": "application/json; charset=utf-16" },
  ])("a body that is not plain UTF-8 is a 415 that says so: %o", async (headers) => {
    const { status, json } = await call("/api/dead-letters/redrive", { body: { ids: [dl(1)] }, headers });
    expect([status, json.detail]).toEqual([415, expect.stringContaining("without Content-Encoding")]);
  });

  test("an empty body is told from one that is no JSON", async () => {
    expect((await call("/api/holds", { body: "" })).json.detail).toBe("The body is empty; send JSON in UTF-8.");
  });

  test("an unknown route is a 404 problem, and a database that is away a 503 problem", async () => {
    expect(await call("/api/nothing")).toMatchObject({ status: 404, type: "application/problem+json" });
    const away = failing(database, () => true, "before");
    expect(await call("/api/cases", { records: away })).toMatchObject({
      status: 503,
      type: "application/problem+json",
    });
  });
});

describe("reading", () => {
  test("totals are the ledger's and the gate's; recent and trace are the ledger's", async () => {
    await local.ledger.accept([{ event, raw: "{}", provenance: "signed" }]);
    await gate.hold("payment:pi_1", "odd", "person");
    expect((await call("/api/totals")).json).toEqual({
      ...(await local.ledger.totals()),
      ...(await gate.totals()),
      openCases: { toDecide: [], information: [] },
    });
    expect((await call("/api/recent?limit=5")).json).toMatchObject({ items: [{ id: event.id, state: "received" }] });
    expect((await call(`/api/trace/${encodeURIComponent(event.id)}`)).json).toMatchObject({
      id: event.id,
      terminal: false,
    });
    expect((await call("/api/trace/stripe:evt_none")).status).toBe(404);
  });

  test("an event id with a slash can be traced", async () => {
    await local.ledger.accept([{ event: { ...event, id: "api:a/b" }, raw: "{}", provenance: "signed" }]);
    expect((await call(`/api/trace/${encodeURIComponent("api:a/b")}`)).json).toMatchObject({ id: "api:a/b" });
  });

  test("a case comes with the trace of its event", async () => {
    await local.ledger.accept([{ event, raw: "{}", provenance: "signed" }]);
    const { id: actionId, subject, kind, amountMinor, currency } = action;
    const opening = { id: "case_1", actionId, subject, kind, amountMinor, currency, eventId: event.id };
    await openCase(database, {
      ...opening,
      reason: "four eyes",
      summary: "…",
      version: 1,
      openedAt: 5,
      status: null,
      dueAt: null,
      isInformation: 0,
    });
    expect((await call("/api/cases?state=open")).json).toMatchObject({ items: [{ id: "case_1" }], next: null });
    expect((await call("/api/cases?state=closed")).json).toEqual({ items: [], next: null });
    expect((await call("/api/cases/case_1")).json).toMatchObject({ case: { id: "case_1" }, trace: { id: event.id } });
    expect((await call("/api/cases/case_2")).status).toBe(404);
  });

  test("cases that only tell of something are told from those that a person decides", async () => {
    const { id: actionId, subject, kind, amountMinor, currency } = action;
    const opening = { actionId, subject, kind, amountMinor, currency, eventId: event.id, reason: "", summary: "" };
    const times = { version: 1, openedAt: 5, status: null, dueAt: null };
    await openCase(database, { ...opening, ...times, id: "case_1", isInformation: 0 });
    await openInformation(database, { ...opening, id: "wait_1", openedAt: 6 });
    const ids = async (query: string): Promise<string[]> =>
      (await call(`/api/cases?${query}`)).json.items.map(({ id }: CaseRow) => id);
    expect(await ids("state=open")).toEqual(["wait_1", "case_1"]);
    expect(await ids("state=open&information=no")).toEqual(["case_1"]);
    expect(await ids("information=yes")).toEqual(["wait_1"]);
  });

  test("dead letters are filtered by queue, reason, state and time, and paged by `next`", async () => {
    for (const n of [1, 2, 3]) await keepDeadLetter(database, letter(n));
    await keepDeadLetter(
      database,
      letter(4, { queue: "events", reason: "queue_exhausted", lastAt: Date.parse("2026-10-23T10:00:00Z") }),
    );
    const ids = async (query: string): Promise<string[]> =>
      (await call(`/api/dead-letters?${query}`)).json.items.map(({ id }: DeadLetterRow) => id);
    expect(await ids("queue=events")).toEqual([dl(4)]);
    expect(await ids("reason=bug&until=1002")).toEqual([dl(2), dl(1)]);
    expect(await ids("since=2026-10-23T10:00:00Z")).toEqual([dl(4)]);
    expect(await ids("state=discarded")).toEqual([]);
    const first = (await call("/api/dead-letters?limit=3")).json;
    const second = (await call(`/api/dead-letters?limit=3&cursor=${first.next}`)).json;
    const none = (await call("/api/dead-letters?limit=0")).json;
    const fromNone = (await call(`/api/dead-letters?limit=3&cursor=${none.next}`)).json;
    expect(none.items).toEqual([]);
    expect(fromNone).toEqual(first);
    expect(first.items.map(({ id }: DeadLetterRow) => id)).toEqual([dl(4), dl(3), dl(2)]);
    expect(second).toMatchObject({ items: [{ id: dl(1) }], next: null });
    expect((await call(`/api/dead-letters/${dl(1)}`)).json).toMatchObject({ id: dl(1), body: "{}", state: "dead" });
    expect((await call(`/api/dead-letters/${dl(9)}`)).status).toBe(404);
  });

  test.each([
    ["/api/dead-letters?queue=refunds", "queue: one of events, events-batch, "],
    ["/api/dead-letters?reason=boredom", "reason"],
    ["/api/dead-letters?reson=bug", "reson"],
    ["/api/dead-letters?since=yesterday", "since"],
    ["/api/dead-letters?limit=-1", "limit"],
    ["/api/dead-letters?limit=1e2", "limit"],
    ["/api/dead-letters?cursor=abc", "cursor"],
    ["/api/cases?state=shut", "state: one of open, approved, denied or closed"],
    ["/api/cases?information=1", "information"],
    ["/api/recent?limit=100000", "limit"],
  ])("%s is refused and names what is wrong", async (path, wrong) => {
    const { status, json } = await call(path);
    expect(status).toBe(400);
    expect(json.detail).toContain(wrong);
  });
});

describe("redriving an action", () => {
  beforeEach(deadAction);

  test("reopens the row, rings its queue for the same action, and leaves its record in the ledger", async () => {
    expect((await redrive([dl(1)])).json).toEqual({
      results: [{ id: dl(1), result: "redriven", events: [`act:${dl(1)}:1`] }],
    });
    expect(await stateOfAction()).toBe("ready");
    expect(sent).toMatchObject([
      { queue: "refund", body: { kind: "action", id: action.id, subject: "pi_1", nonce: `${dl(1)}:1` } },
    ]);
    expect(await row(dl(1))).toMatchObject({ state: "redriven", redrives: 1, actedAt: local.clock.now });
    const trace = await local.ledger.trace(`act:${dl(1)}:1`);
    expect(trace?.event.event).toMatchObject({
      type: "countersign.redrive",
      mode: "test",
      occurredAt: local.clock.now,
    });
  });

  test("a second request for it sends nothing more", async () => {
    await redrive([dl(1), dl(1)]);
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriven_before" }]);
    expect(sent).toHaveLength(1);
  });

  test.each(["accept", "redrive"] as const)(
    "cut short at the ledger's %s, it goes on under the same nonce",
    async (step) => {
      local.broken.add(step);
      expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "unavailable" }]);
      // The act is in the ledger before it is in D1.
      expect(await row(dl(1))).toMatchObject({ state: step === "accept" ? "dead" : "redriving" });
      expect(sent).toEqual([]);
      local.broken.clear();
      local.clock.now += 60_000;
      expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriven" }]);
      expect(await row(dl(1))).toMatchObject({ state: "redriven", redrives: 1 });
      expect((await local.ledger.totals()).conflicts).toBe(0);
      expect(await local.ledger.trace(`act:${dl(1)}:2`)).toBeNull();
    },
  );

  test("cut short between the ledger and D1, it goes on under the same number and time", async () => {
    await redrive(
      [dl(1)],
      failing(database, (sql) => sql.includes("'redriving', redrives"), "before"),
    );
    expect(await row(dl(1))).toMatchObject({ state: "dead", redrives: 0 });
    const begunAt = local.clock.now;
    local.clock.now += 60_000;
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriven" }]);
    expect(await row(dl(1))).toMatchObject({ state: "redriven", redrives: 1, actedAt: begunAt });
    expect((await local.ledger.totals()).conflicts).toBe(0);
  });

  test("cut short before its last step, it ends without reopening the row a second time", async () => {
    await redrive(
      [dl(1)],
      failing(database, (sql) => sql.includes("SET state = ?, editedTo = ? WHERE"), "before"),
    );
    await local.ledger.failAction(action, null, { reason: "queue_exhausted", detail: "again" });
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriven" }]);
    expect(await stateOfAction()).toBe("dead");
    expect(await row(dl(1))).toMatchObject({ state: "redriven", redrives: 1 });
  });

  test("a queue that is away does not hold it back: the row is due", async () => {
    queueAway = true;
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriven" }]);
    expect(await stateOfAction()).toBe("ready");
  });

  test("what lives already is not rung for, and its letter is done with", async () => {
    await local.ledger.redrive({ ...action, kind: "action" }, "another");
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "not_dead" }]);
    expect(sent).toEqual([]);
    expect(await row(dl(1))).toMatchObject({ state: "redriven" });
  });

  test("each id succeeds or fails by itself", async () => {
    await keepDeadLetter(database, letter(2, { rowId: refundAction(2).id, subject: "pi_2" }));
    await keepDeadLetter(database, letter(3));
    await call("/api/dead-letters/discard", { body: { ids: [dl(3)], reason: "known" } });
    expect((await redrive([dl(2), dl(3), dl(4), dl(1)])).json.results).toMatchObject([
      { id: dl(2), result: "missing" },
      { id: dl(3), result: "discarded" },
      { id: dl(4), result: "not_found" },
      { id: dl(1), result: "redriven" },
    ]);
    expect(await row(dl(2))).toMatchObject({ state: "dead" });
  });
});

describe("redriving an event and a message", () => {
  test("an event is received again and its queue is rung", async () => {
    await local.ledger.accept([{ event, raw: "{}", provenance: "signed" }]);
    await local.ledger.failEvent(event.id, { reason: "queue_exhausted", detail: "too often" });
    await local.ledger.deadLettered({ kind: "event", id: event.id });
    await keepDeadLetter(database, letter(1, { queue: "events", rowKind: "event", rowId: event.id, subject: null }));
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriven" }]);
    expect((await local.ledger.trace(event.id))?.state).toBe("received");
    expect(sent).toMatchObject([{ queue: "events", body: { kind: "event", id: event.id } }]);
  });

  test("a message goes back as it was", async () => {
    const body = { kind: "action", id: 7, nested: ["ä"] };
    await keepDeadLetter(
      database,
      letter(1, { rowKind: "message", rowId: "m1", subject: null, body: JSON.stringify(body) }),
    );
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriven" }]);
    expect(sent).toEqual([{ queue: "refund", body }]);
  });

  test("a message whose queue is away stays to be sent", async () => {
    await keepDeadLetter(database, letter(1, { rowKind: "message", rowId: "m1", subject: null }));
    queueAway = true;
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "unavailable" }]);
    queueAway = false;
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriven" }]);
    expect(sent).toHaveLength(1);
  });

  test("a message that its queue never takes can be discarded instead", async () => {
    await keepDeadLetter(database, letter(1, { rowKind: "message", rowId: "m1", subject: null }));
    queueAway = true;
    await redrive([dl(1)]);
    const discard = await call("/api/dead-letters/discard", { body: { ids: [dl(1)], reason: "too long to be sent" } });
    expect(discard.json.results).toMatchObject([{ id: dl(1), result: "discarded" }]);
  });
});

describe("discarding", () => {
  beforeEach(deadAction);
  const discard = (ids: string[], reason = "refunded by hand") =>
    call("/api/dead-letters/discard", { body: { ids, reason } });

  test("keeps the letter with the reason, and its record in the ledger", async () => {
    expect((await discard([dl(1), dl(2)])).json.results).toMatchObject([
      { id: dl(1), result: "discarded" },
      { id: dl(2), result: "not_found" },
    ]);
    expect(await row(dl(1))).toMatchObject({ state: "discarded", discardReason: "refunded by hand" });
    expect((await local.ledger.trace(`act:${dl(1)}:1`))?.event.event.text).toContain("refunded by hand");
    expect(await stateOfAction()).toBe("dead_lettered");
    expect(sent).toEqual([]);
  });

  test("masks the reason before it is kept", async () => {
    await discard([dl(1)], "given back to 4242 4242 4242 4242 by hand");
    expect((await row(dl(1)))?.discardReason).toBe("given back to [card] by hand");
    const text = (await local.ledger.trace(`act:${dl(1)}:1`))?.event.event.text;
    expect(text).toContain("given back to [card] by hand");
  });

  test("is refused while the ledger is away: D1 has nothing that the ledger has not", async () => {
    local.broken.add("accept");
    expect((await discard([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "unavailable" }]);
    expect(await row(dl(1))).toMatchObject({ state: "dead", discardReason: null });
  });

  test("asked again it keeps the first reason, though D1 was away the first time", async () => {
    const away = failing(database, (sql) => sql.includes("'discarded', discardReason"), "before");
    const body = { ids: [dl(1)], reason: "refunded by hand" };
    const first = await call("/api/dead-letters/discard", { body, records: away });
    expect(first.json.results).toMatchObject([{ id: dl(1), result: "unavailable" }]);
    local.clock.now += 1_000;
    expect((await discard([dl(1)], "another reason")).json.results).toMatchObject([{ id: dl(1), result: "discarded" }]);
    expect((await row(dl(1)))?.discardReason).toBe("refunded by hand");
    expect((await local.ledger.trace(`act:${dl(1)}:1`))?.event.event.text).toContain("refunded by hand");
  });

  test("two people who act at once: what the ledger took first is done, and both hear of it", async () => {
    const slow = failing(database, (sql) => sql.includes("'discarded', discardReason"), "before");
    await call("/api/dead-letters/discard", { body: { ids: [dl(1)], reason: "known" }, records: slow });
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "discarded" }]);
    expect(await row(dl(1))).toMatchObject({ state: "discarded", discardReason: "known", redrives: 0 });
    expect([await stateOfAction(), sent]).toEqual(["dead_lettered", []]);
  });

  test("a discard that comes after a redrive which D1 does not have yet discards nothing", async () => {
    await redrive(
      [dl(1)],
      failing(database, (sql) => sql.includes("'redriving', redrives"), "before"),
    );
    expect((await discard([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriving" }]);
    expect((await redrive([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriven" }]);
  });

  test("what is redriven cannot be discarded", async () => {
    await redrive([dl(1)]);
    expect((await discard([dl(1)])).json.results).toMatchObject([{ id: dl(1), result: "redriven" }]);
  });
});

test.each([
  ["redrive", "not json"],
  ["redrive", { ids: [] }],
  ["redrive", { ids: ["1 OR 1=1"] }],
  ["redrive", { ids: Array.from({ length: 101 }, (_, n) => dl(n)) }],
  ["redrive", { ids: [dl(1)], force: true }],
  ["discard", { ids: [dl(1)] }],
  ["discard", { ids: [dl(1)], reason: "  " }],
])("%s refuses a wrong body with a 400 problem: %j", async (act, body) => {
  expect(await call(`/api/dead-letters/${act}`, { body })).toMatchObject({
    status: 400,
    type: "application/problem+json",
  });
});
