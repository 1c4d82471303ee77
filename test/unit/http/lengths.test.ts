import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { listOf } from "../../../shared/contracts/list.ts";
import { createAuthenticator } from "../../../shared/http/bearer.ts";
import { createConsole } from "../../../workers/console/app.ts";
import { discardBody, redriveBody } from "../../../workers/console/queries.ts";
import { ADYEN_KEY, openDoor, problemOf, READ_KEY } from "../../helpers/ingest-door.ts";

describe("a list", () => {
  /** How many items were looked at. */
  function counted(most: number) {
    const seen = { items: 0 };
    const item = v.custom<number>(() => ++seen.items > 0);
    return { seen, list: listOf(item, most) };
  }

  it("that is too long is refused by its length: none of its items is looked at", () => {
    const { seen, list } = counted(20);
    const parsed = v.safeParse(list, Array(1_000_000).fill(7));
    expect([parsed.success, parsed.issues?.length, seen.items]).toEqual([false, 1, 0]);
  });

  it("of as many items as it may have is looked at whole", () => {
    const { seen, list } = counted(20);
    expect([v.safeParse(list, Array(20).fill(7)).success, seen.items]).toEqual([true, 20]);
  });

  it.each([{ length: 3 }, "abc", null, 7])("is no %o", (value) => {
    expect(v.safeParse(listOf(v.unknown(), 20), value).success).toBe(false);
  });
});

describe("an act on 100,000 dead letters", () => {
  it.each([
    ["redrive", redriveBody, {}],
    ["discard", discardBody, { reason: "r" }],
  ])("(%s) has one issue, not one for each", (_, schema, more) => {
    const parsed = v.safeParse(schema, { ids: Array(100_000).fill("not an id"), ...more });
    expect(parsed.issues?.map(({ message }) => message)).toEqual([
      "at most 100 at once: send the rest in further requests",
    ]);
  });
});

describe("ingest", () => {
  it("refuses an array of half a million items by its length, and asks the ledger nothing", async () => {
    const door = openDoor();
    const response = await door.postJson("/v1/events", Array(500_000).fill(0));
    expect(await problemOf(response)).toMatchObject({ status: 413, detail: expect.stringContaining("NDJSON") });
    expect(door.memory.acceptCalls()).toBe(0);
  });

  it("refuses an event with a list of 300,000 numbers with one reason", async () => {
    const sent = { id: "e", type: "t", occurredAt: 1, mode: "test", defects: Array(300_000).fill(1) };
    const { status, detail } = await problemOf(await openDoor().postJson("/v1/events", sent));
    expect([status, detail.match(/defects/g)?.length]).toEqual([400, 1]);
  });

  it("refuses a notification of 1,001 items of Adyen before any signature is computed", async () => {
    const door = openDoor();
    const body = JSON.stringify({ live: "false", notificationItems: Array(1_001).fill({}) });
    expect((await door.post("/webhooks/adyen", body)).status).toBe(401);
    expect(door.logged).toMatchObject([{ what: "door.refused", why: "there are more than 1000 items" }]);
    expect(JSON.stringify(door.logged)).not.toContain(ADYEN_KEY);
  });

  it("does not ask the ledger for an id that is longer than any", async () => {
    let asked = 0;
    const trace = async () => {
      asked++;
      return null;
    };
    const { memory } = openDoor();
    const door = openDoor({ ledger: { ...memory.ledger, trace } });
    const statusOf = async (length: number) =>
      (await door.get(`/v1/events/api:${"x".repeat(length)}`, READ_KEY)).status;
    expect([await statusOf(10_000), asked]).toEqual([404, 0]);
    expect([await statusOf(300), asked]).toEqual([404, 1]);
  });
});

describe("the console", () => {
  it("does not look for an id that is longer than any", async () => {
    const app = createConsole({ tokens: ["token"], mode: "test", log: () => undefined, now: () => 0 });
    const deps = new Proxy({}, { get: () => expect.fail("was asked") }) as Parameters<typeof app>[1];
    const request = new Request(`http://door/api/trace/${"x".repeat(10_000)}`, {
      headers: { authorization: "Bearer token" },
    });
    expect((await app(request, deps)).status).toBe(404);
  });
});

describe("a key", () => {
  it("that is longer than any is unknown", async () => {
    const long = "k".repeat(1_025);
    const authenticate = createAuthenticator([long], "a key");
    const headers = { authorization: `Bearer ${long}` };
    expect(await authenticate(new Request("http://door/", { headers }))).toMatchObject({
      error: { why: "unknown key" },
    });
  });
});
