import { beforeEach, describe, expect, it } from "vitest";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { type FindAnswer, fromFindCursor, toFindCursor } from "../../../shared/contracts/find.ts";
import { DAY_MS } from "../../../shared/core/time.ts";
import { withTells } from "../../../shared/providers/registry.ts";
import { keepDeadLetter } from "../../../shared/records/dead-letters.ts";
import { openInformation } from "../../../shared/records/information.ts";
import { createConsole, type RequestDeps } from "../../../workers/console/app.ts";
import { createLocalAudit } from "../../helpers/audit.ts";
import { createRecords } from "../../helpers/d1.ts";
import { createLocalGate } from "../../helpers/gate.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";

let local = createLocalLedger();
let { database } = createRecords();
beforeEach(() => {
  local = createLocalLedger();
  ({ database } = createRecords());
});

const TOKEN = "console-token-of-this-test";
async function get(path: string) {
  const answer = createConsole({ tokens: [TOKEN], mode: "test", log: () => {}, now: () => local.clock.now });
  const deps: RequestDeps = {
    ledger: local.ledger,
    gate: createLocalGate(local.clock),
    records: database,
    audit: createLocalAudit(),
    send: async () => undefined,
  };
  const response = await answer(
    new Request(`http://console${path}`, { headers: { authorization: `Bearer ${TOKEN}` } }),
    deps,
  );
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
}
const findPath = (id: string, more = ""): string => `/api/find?id=${encodeURIComponent(id)}${more}`;
const find = async (id: string, more = ""): Promise<FindAnswer> => (await get(findPath(id, more))).json;

async function accept(...events: Partial<PaymentEvent>[]): Promise<void> {
  for (const changes of events) {
    local.clock.now++;
    const event = withTells({
      id: "stripe:evt_1",
      type: "payment_intent.payment_failed",
      occurredAt: 1,
      mode: "test",
      lane: "live",
      ...changes,
    });
    await local.ledger.accept([{ event, raw: JSON.stringify({ of: event.id }), provenance: "signed" }]);
  }
}
const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

describe("GET /api/find", () => {
  it("answers the trace of the one event, whatever names it", async () => {
    await accept({ id: "stripe:evt_1", payment: "pi_1" }, { id: "api:w7", customer: "cus_1", text: "about INV-7" });
    for (const id of ["stripe:evt_1", "evt_1", "pi_1", " evt_1 "]) {
      expect((await find(id)).trace?.id, id).toBe("stripe:evt_1");
    }
    for (const id of ["api:w7", "w7", "cus_1", "INV-7", "inv-7"]) expect((await find(id)).trace?.id, id).toBe("api:w7");
  });

  it("takes the exact id before what it may be completed to, and lists where several are meant", async () => {
    await accept({ id: "api:stripe:evt_1" }, { id: "stripe:evt_1" });
    expect((await find("stripe:evt_1")).trace?.id).toBe("stripe:evt_1");
    await accept({ id: "api:x" }, { id: "standard:x" });
    expect(await find("x")).toMatchObject({ trace: null, items: [{ id: "api:x" }, { id: "standard:x" }] });
  });

  it("finds the actions of a payment by its key, and a later step by its own id", async () => {
    await accept({ id: "stripe:evt_pi_1" });
    const [first, second] = [refundAction(1), refundAction(2, { subject: "pi_1", payment: "pi_1", step: 2 })];
    await local.ledger.putActions([newAction(first), newAction(second)]);
    expect((await find("pi_1")).trace?.id).toBe("stripe:evt_pi_1");
    expect((await find(second.id)).trace?.action?.action.id).toBe(second.id);
  });

  it("lists the newest of several with what became of them, and says that there are more", async () => {
    await accept(
      ...range(30).map((n) => ({ id: `stripe:evt_${n}`, customer: "cus_1", amountMinor: n, currency: "usd" })),
    );
    const some = await find("cus_1", "&limit=5");
    expect(some.items.map(({ id }) => id)).toEqual([30, 29, 28, 27, 26].map((n) => `stripe:evt_${n}`));
    expect(some).toMatchObject({ trace: null, isMore: true });
    expect(some.items[0]).toEqual({
      id: "stripe:evt_30",
      action: null,
      at: local.clock.now,
      type: "payment_intent.payment_failed",
      state: "received",
      amountMinor: 30,
      currency: "usd",
    });
    expect(await find("cus_1", "&limit=30")).toMatchObject({ isMore: false, next: null });
  });

  it("goes on from its cursor until all was read", async () => {
    const events = range(7_000).map((n) => ({ id: `stripe:evt_${n}`, payment: `pi_${n % 3_500}` }));
    for (let n = 0; n < events.length; n += 500) {
      const items = events.slice(n, n + 500).map((changes) => ({
        event: withTells({ type: "customer.created", occurredAt: 1, mode: "test", lane: "live", ...changes }),
        raw: "{}",
        provenance: "signed" as const,
      }));
      await local.ledger.accept(items);
    }
    const ids: string[] = [];
    let position = null;
    let asked = 0;
    do {
      const found = await local.ledger.find("pi_1", 10, position);
      ids.push(...found.rows.map(({ eventId }) => eventId));
      position = found.next === null ? null : fromFindCursor(toFindCursor(found.next));
      expect(position).toEqual(found.next);
      asked++;
    } while (position !== null);
    expect(ids.sort()).toEqual(["stripe:evt_1", "stripe:evt_3501"]);
    expect(asked).toBeGreaterThan(1);
    await local.chores();
    expect((await find("pi_1")).items).toHaveLength(2);
  }, 60_000);

  it("leads from a case to its action, also where D1 has lost it, and from a notice to its row", async () => {
    await accept({ id: "stripe:evt_pi_1" }, { id: "stripe:evt_waits" });
    const action = refundAction(1);
    await local.ledger.putActions([newAction(action)]);
    const figures = action.id.slice("act_".length);
    for (const prefix of ["case", "wait"]) {
      expect((await find(`${prefix}_${figures}`)).trace?.action?.action.id, prefix).toBe(action.id);
    }
    const id = `wait_${"ab".repeat(16)}`;
    await openInformation(database, {
      id,
      actionId: "",
      subject: "stripe:evt_waits",
      eventId: "stripe:evt_waits",
      kind: "event",
      amountMinor: null,
      currency: null,
      reason: "it waits",
      summary: "it waits",
      openedAt: 1,
    });
    expect(await find(id)).toMatchObject({ case: { id }, trace: { id: "stripe:evt_waits" } });
  });

  it("leads from a dead letter to its row, and to the letter itself where no row is left", async () => {
    await accept({ id: "stripe:evt_dead" });
    const letter = {
      queue: "events",
      subject: null,
      body: "{}",
      reason: "bug",
      detail: "it threw",
      attempts: 6,
      firstAt: 1,
      lastAt: 2,
    };
    const [one, other] = [`dl_${"1".repeat(32)}`, `dl_${"2".repeat(32)}`];
    await keepDeadLetter(database, { ...letter, id: one, rowKind: "event", rowId: "stripe:evt_dead" });
    await keepDeadLetter(database, { ...letter, id: other, rowKind: "message", rowId: "m" });
    expect(await find(one)).toMatchObject({ letter: { id: one }, trace: { id: "stripe:evt_dead" } });
    expect(await find(other)).toMatchObject({ letter: { id: other }, trace: null });
  });

  it("shows what else came under the event's id, from whom, and how it differs", async () => {
    await accept({ id: "stripe:evt_1", amountMinor: 100, currency: "usd" });
    await accept({ id: "stripe:evt_1", amountMinor: 900, currency: "usd" });
    expect((await find("evt_1")).trace?.conflicts).toEqual([
      { at: local.clock.now, provenance: "signed", differs: [{ field: "amountMinor", stored: "100", came: "900" }] },
    ]);
  });

  it("is a 404 of nothing, which says where it has looked and what to try", async () => {
    const none = "0".repeat(32);
    for (const [id, words] of [
      ["pi_none", /Looked for: an event with this id.*Try/],
      [`act_${none}`, /no action.*countersign cases list/],
      [`case_${none}`, /no case.*countersign cases list/],
      [`wait_${none}`, /no case.*countersign cases list/],
      [`dl_${none}`, /no dead letter.*countersign dead-letters list/],
    ] as const) {
      const { status, json } = await get(findPath(id));
      expect(status, id).toBe(404);
      expect(json.detail, id).toMatch(words);
    }
  });

  it("refuses what is no question", async () => {
    for (const query of ["", "?id=", "?id=x&limit=101", "?id=x&cursor=nonsense", "?id=x&more=1"])
      expect((await get(`/api/find${query}`)).status, query).toBe(400);
    for (const text of ["", "~", "W10", "W1sxXV0", "W1swLDAsbnVsbCwxXV0"])
      expect(fromFindCursor(text), text).toBeNull();
  });
});

describe("GET /api/raw/{event id}", () => {
  it("answers the stored bytes as text", async () => {
    await accept({ id: "api:a/b" });
    for (const id of ["api:a/b", "a/b"]) {
      const { status, text, headers } = await get(`/api/raw/${encodeURIComponent(id)}`);
      expect([status, text], id).toEqual([200, '{"of":"api:a/b"}']);
      expect(headers.get("content-type")).toMatch(/^text\/plain/);
    }
  });

  it("says when they were removed, and when there is no such event", async () => {
    await accept({ id: "stripe:evt_1", type: "customer.created" });
    local.clock.now += 600 * DAY_MS;
    await local.chores();
    const gone = await get("/api/raw/evt_1");
    expect([gone.status, gone.json.detail]).toEqual([404, expect.stringMatching(/were removed on \d{4}-\d\d-\d\d/)]);
    expect((await get("/api/raw/evt_2")).json.detail).toContain('no event "evt_2"');
  });
});
