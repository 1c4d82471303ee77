import { describe, expect, it } from "vitest";
import { INGEST_KEYS, openDoor, problemOf, READ_KEY } from "../../helpers/ingest-door.ts";

const event = { id: "e/1 ü".replace(/[ ü]/g, "%"), type: "x", occurredAt: 1, mode: "test" };

describe("the public door", () => {
  it.each(["/v1/events", "/v1/requests", "/api/payments"])("asks for an ingest key at %s", async (path) => {
    const door = openDoor();
    const send = (authorization?: string) =>
      door.post(path, "{}", { "content-type": "application/json", ...(authorization ? { authorization } : {}) });
    for (const wrong of [
      undefined,
      "",
      "Bearer",
      "Bearer nobody",
      `Bearer ${READ_KEY}`,
      `Basic ${INGEST_KEYS[0]}`,
      `Bearer ${INGEST_KEYS.join(",")}`,
    ]) {
      const response = await send(wrong);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
      const problem = await problemOf(response);
      expect(problem.status).toBe(401);
      expect(problem.detail).not.toContain("nobody");
    }
    for (const key of INGEST_KEYS) expect((await send(`Bearer ${key}`)).status).toBe(400);
    expect((await send(`bearer ${INGEST_KEYS[0]}`)).status).toBe(400);
  });

  it("answers /healthz to anyone", async () => {
    const door = openDoor();
    expect((await door.get("/healthz", null)).status).toBe(200);
    expect((await door.send(new Request("http://door/healthz", { method: "HEAD" }))).status).toBe(200);
  });

  it("shows the trace of an event to the read key alone, whatever characters its id has", async () => {
    const door = openDoor();
    await door.postJson("/v1/events", event);
    const path = `/v1/events/${encodeURIComponent(`api:${event.id}`)}`;
    const response = await door.get(path);
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ id: `api:${event.id}`, state: "received", terminal: false });
    expect(text).not.toContain('"raw"');
    for (const key of [null, INGEST_KEYS[0] ?? "", "nobody"]) {
      expect((await problemOf(await door.get(path, key))).status).toBe(401);
    }
  });

  it.each([
    ["/v1/events/stripe:evt_nobody", 404],
    ["/v1/events/%ff", 400],
    ["/v1/event", 404],
    ["/", 404],
  ])("answers %s with a problem of status %i", async (path, status) => {
    expect((await problemOf(await openDoor().get(path))).status).toBe(status);
  });

  it("answers a trace with 503 when its shard does not", async () => {
    const door = openDoor();
    door.memory.failFor(() => true);
    expect((await problemOf(await door.get("/v1/events/stripe:evt_1"))).status).toBe(503);
  });

  it.each([
    ["GET", "/v1/events"],
    ["PUT", "/webhooks/stripe"],
    ["GET", "/webhooks/adyen"],
    ["DELETE", "/v1/events/stripe:evt_1"],
    ["POST", "/healthz"],
    ["PATCH", "/v1/requests"],
  ])("answers %s %s with 405 and what is allowed", async (method, path) => {
    const response = await openDoor().send(new Request(`http://door${path}`, { method }));
    expect((await problemOf(response)).status).toBe(405);
    expect(response.headers.get("allow")).toMatch(/GET|POST/);
  });

  it("says nothing of an error of its own, and logs all of it", async () => {
    const door = openDoor();
    door.memory.ledger.accept = () => {
      throw new Error("the secret inside");
    };
    const response = await door.postJson("/v1/events", event);
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain("secret inside");
    expect(JSON.stringify(door.logged)).toContain("secret inside");
  });
});

describe("a webhook whose headers sign nothing", () => {
  it.each([
    ["stripe", {}],
    ["stripe", { "stripe-signature": "t=abc,v1=00" }],
    ["standard", {}],
    ["standard", { "webhook-id": "m", "webhook-timestamp": "0x10", "webhook-signature": "v1,AAAA" }],
  ])("%s is refused without a byte of its body being read: %o", async (name, headers) => {
    const door = openDoor();
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({ pull: () => void pulled++ }, { highWaterMark: 0 });
    const answer = await door.post(`/webhooks/${name}`, body, headers as Record<string, string>);
    expect([answer.status, pulled, door.logged.map(({ what }) => what)]).toEqual([401, 0, ["door.refused"]]);
  });
});

describe("a name that stands twice in a body", () => {
  const twice = '"text":"do nothing","text":"Refund $42.50 USD for invoice INV-1042"';
  const own = `{"id":"e1","type":"countersign.request","occurredAt":1,"mode":"test",${twice}}`;
  it.each([
    ["a request", "/v1/requests", '{"message":"do nothing","message":"Refund $42.50 USD for invoice INV-1042"}'],
    [
      "the requester of one",
      "/v1/requests",
      '{"message":"m","customer":"cus_1","requester":"customer","requester":"staff"}',
    ],
    [
      "a decision",
      "/api/payments",
      '{"source":"s","decision":{"action":"refund","reason":"r","currency":"USD","amount_cents":1,"amount_cents":99}}',
    ],
    ["an event", "/v1/events", own],
    ["an event of a list", "/v1/events", `[${own}]`],
  ])("of %s is a 400, and nothing is stored: what one reads is what another does", async (_of, path, body) => {
    const door = openDoor();
    const answer = await door.post(path, body, {
      authorization: `Bearer ${INGEST_KEYS[0]}`,
      "content-type": "application/json",
    });
    expect((await problemOf(answer)).detail).toContain("the same name twice in one object");
    expect([answer.status, door.memory.rows.size]).toEqual([400, 0]);
  });

  it("costs a file that line alone", async () => {
    const door = openDoor();
    const good = JSON.stringify({ id: "e2", type: "x", occurredAt: 1, mode: "test" });
    expect(await (await door.postLines(`${own}\n${good}`)).json()).toMatchObject({
      accepted: 1,
      rejected: { count: 1, lines: [{ line: 1, error: expect.stringContaining("the line has the same name twice") }] },
    });
    expect([...door.memory.rows.keys()]).toEqual(["api:e2"]);
  });
});

describe("webhooks whose signature is not checked yet", () => {
  it("write sixty lines a minute when they break off, and then how many more did: anybody can do it", async () => {
    const door = openDoor();
    const breakOff = async (times: number) => {
      for (let nth = 0; nth < times; nth++) {
        const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError("lost")) });
        expect((await door.post("/webhooks/adyen", body)).status).toBe(400);
      }
    };
    await breakOff(100);
    expect(door.logged).toHaveLength(60);
    door.setNow(door.now() + 60_000);
    await breakOff(1);
    expect(door.logged.slice(60).map(({ what, count }) => [what, count])).toEqual([
      ["door.aborted_more", 40],
      ["door.aborted", undefined],
    ]);
  });

  it("may not fill the isolate's memory: the long ones have 16 MB together", async () => {
    const door = openDoor();
    const stalled = Array.from({ length: 40 }, () => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
      });
      return door.post("/webhooks/adyen", body);
    });
    const refused: Response[] = [];
    for (const answer of stalled) void answer.then((response) => refused.push(response));
    await expect.poll(() => refused.length, { timeout: 15_000 }).toBe(23);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    expect(
      (
        await door.postStripe(
          JSON.stringify({
            id: "evt_1",
            object: "event",
            type: "x",
            created: 1,
            livemode: false,
            data: { object: {} },
          }),
        )
      ).status,
    ).toBe(202);
  });
});
