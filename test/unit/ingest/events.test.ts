import { describe, expect, it } from "vitest";
import type { Receipt } from "../../../shared/contracts/http.ts";
import { PACES } from "../../../shared/http/pace.ts";
import { INGEST_KEYS, openDoor, problemOf } from "../../helpers/ingest-door.ts";

const event = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  type: "payment_intent.payment_failed",
  occurredAt: 1_790_000_000_000,
  mode: "test",
  payment: "pi_1",
  amountMinor: 4250,
  currency: "usd",
  ...more,
});
const stripeEvent = { id: "evt_1", object: "event", type: "charge.succeeded", created: 1_790_000_000, livemode: false };
const receiptOf = async (response: Response): Promise<Receipt> => {
  expect(response.status).toBe(202);
  return (await response.json()) as Receipt;
};

describe("one event", () => {
  it("in our own shape is stored as api:<id>, with the bytes that were sent", async () => {
    const door = openDoor();
    const receipt = await receiptOf(await door.postJson("/v1/events", event("e-1")));
    const rejected = { count: 0, lines: [] };
    expect(receipt).toEqual({ accepted: 1, duplicates: 0, conflicts: 0, rejected, ids: ["api:e-1"] });
    expect(door.memory.rows.get("api:e-1")?.item).toEqual({
      event: { ...event("e-1"), id: "api:e-1", lane: "live", tells: { fact: "failed_payment" } },
      raw: JSON.stringify(event("e-1")),
      provenance: "keyed",
    });
  });

  it("of Stripe's is the one that its webhook brings", async () => {
    const door = openDoor();
    await door.postStripe(JSON.stringify(stripeEvent));
    expect(await receiptOf(await door.postJson("/v1/events", stripeEvent))).toMatchObject({
      accepted: 0,
      duplicates: 1,
    });
  });

  it.each([
    ["a float amount", { amountMinor: 42.5 }, "amountMinor"],
    ["a negative amount", { amountMinor: -1 }, "amountMinor"],
    ["an amount beyond the safe integer", { amountMinor: 2 ** 53 }, "amountMinor"],
    ["an amount that is a text", { amountMinor: "4250" }, "amountMinor"],
    ["an unknown currency", { currency: "zzz" }, "currency"],
    ["an unknown mode", { mode: "sandbox" }, "mode"],
    ["no mode", { mode: undefined }, "mode"],
    ["no id", { id: undefined }, "id"],
    ["an id with a space", { id: "a b" }, "id"],
    ["an unknown field", { amount: 42 }, "amount"],
    ["a word on what it tells", { tells: { fact: "request" } }, "tells"],
    ["a reserved type", { type: "countersign.approval" }, "type"],
    ["a requester on a provider's event", { requester: "staff" }, "requester: only a countersign.request has one"],
    [
      "a requester on a decision",
      { type: "countersign.decision", requester: "customer", customer: "cus_1" },
      "requester: only a countersign.request has one; leave it out here",
    ],
    [
      "a customer who asks and is not named",
      { type: "countersign.request", requester: "customer" },
      "customer: name the customer who asks",
    ],
    ["an unknown requester", { type: "countersign.request", requester: "me" }, "requester"],
    [
      "a variant that its action has not",
      { type: "countersign.decision", proposed: { action: "refund", variant: "capture", reason: "r" } },
      "proposed.variant: refund has no variant",
    ],
    ["an id that is too long to be stored", { id: "x".repeat(252) }, "id"],
  ])("with %s is a 400 that names the field", async (_, more, field) => {
    const door = openDoor();
    const problem = await problemOf(await door.postJson("/v1/events", event("e-1", more)));
    expect(problem).toMatchObject({ status: 400, detail: expect.stringContaining(field) });
    expect(door.memory.rows.size).toBe(0);
  });

  it("of a request may say who asks", async () => {
    const door = openDoor();
    const asks = { type: "countersign.request", text: "refund", customer: "cus_1" };
    for (const requester of ["staff", "customer"] as const)
      await door.postJson("/v1/events", event(requester, { ...asks, requester }));
    expect(door.memory.events().map(({ requester }) => requester)).toEqual(["staff", "customer"]);
  });

  it("with an id of 251 characters, and amounts at both ends, is accepted", async () => {
    const door = openDoor();
    for (const more of [{ amountMinor: 0 }, { amountMinor: Number.MAX_SAFE_INTEGER, id: "x".repeat(251) }]) {
      await receiptOf(await door.postJson("/v1/events", event("e-1", more)));
    }
    expect(door.memory.rows.size).toBe(2);
  });

  it.each(["null", "7", '"text"', "{", "", "[1,"])("whose body is %j is a 400", async (body) => {
    const headers = { authorization: `Bearer ${INGEST_KEYS[0]}`, "content-type": "application/json" };
    expect((await openDoor().post("/v1/events", body, headers)).status).toBe(400);
  });

  it("with the same id and another amount is a conflict, shown in the receipt", async () => {
    const door = openDoor();
    await door.postJson("/v1/events", event("e-1"));
    const again = await receiptOf(await door.postJson("/v1/events", event("e-1", { amountMinor: 1 })));
    expect(again).toMatchObject({ accepted: 0, duplicates: 0, conflicts: 1 });
    expect(door.memory.rows.get("api:e-1")).toMatchObject({ conflicts: 1, item: { event: { amountMinor: 4250 } } });
  });

  it.each([
    [1_048_576, 400],
    [1_048_577, 413],
  ])("whose body has %i bytes is answered %i, with or without a declared length", async (bytes, status) => {
    const body = `{"padding":"${"x".repeat(bytes - 14)}"}`;
    expect(body.length).toBe(bytes);
    const headers = { authorization: `Bearer ${INGEST_KEYS[0]}`, "content-type": "application/json" };
    const door = openDoor();
    expect((await door.post("/v1/events", body, headers)).status).toBe(status);
    expect((await door.post("/v1/events", body, { ...headers, "content-length": String(bytes) })).status).toBe(status);
    expect((await door.post("/v1/events", body, { ...headers, "content-length": "1" })).status).toBe(status);
  });

  it("that is declared too large is refused without being read", async () => {
    let read = false;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: () => {
          read = true;
        },
      },
      { highWaterMark: 0 },
    );
    const headers = {
      authorization: `Bearer ${INGEST_KEYS[0]}`,
      "content-type": "application/json",
      "content-length": "1048577",
    };
    expect((await openDoor().post("/v1/events", body, headers)).status).toBe(413);
    expect(read).toBe(false);
  });

  it.each([
    ["text/plain", 415],
    ["application/x-www-form-urlencoded", 415],
    ["application/json; charset=latin1", 415],
    ["application/json; charset=utf-8", 202],
    ["APPLICATION/JSON", 202],
    ["application/jsonl", 202],
  ])("of media type %s is answered %i", async (type, status) => {
    expect((await openDoor().postJson("/v1/events", event("e-1"), { "content-type": type })).status).toBe(status);
  });

  it.each(["identity", "IDENTITY"])("that is encoded as %s is not compressed", async (encoding) => {
    expect((await openDoor().postJson("/v1/events", event("e-1"), { "content-encoding": encoding })).status).toBe(202);
  });

  it("that is compressed is a 415, since nothing undoes it", async () => {
    expect((await openDoor().postJson("/v1/events", event("e-1"), { "content-encoding": "gzip" })).status).toBe(415);
  });

  it("goes to the lane that the query names, else to its own", async () => {
    const door = openDoor();
    await door.postJson("/v1/events?lane=batch", event("e-1"));
    await door.postJson("/v1/events", event("e-2", { lane: "batch" }));
    await door.postJson("/v1/events?lane=live", event("e-3", { lane: "batch" }));
    expect(door.rung.map(({ lane }) => lane)).toEqual(["batch", "batch", "live"]);
    for (const query of [
      "lane=slow",
      "lane=",
      "lane=live&lane=batch",
      "Lane=batch",
      "lane=batch&x=1",
      "lan%65=batch2",
    ]) {
      expect((await door.postJson(`/v1/events?${query}`, event("e-4"))).status, query).toBe(400);
    }
  });
});

describe("an array", () => {
  it("has its good elements accepted and each bad one named by its number", async () => {
    const door = openDoor();
    const body = [event("e-1"), null, event("e-2", { amountMinor: 0.5 }), stripeEvent, [], event("e-1")];
    const receipt = await receiptOf(await door.postJson("/v1/events", body));
    expect(receipt).toMatchObject({ accepted: 2, duplicates: 1, conflicts: 0, rejected: { count: 3 } });
    expect(receipt.rejected.lines.map(({ line }) => line)).toEqual([2, 3, 5]);
    expect([...door.memory.rows.keys()]).toEqual(["api:e-1", "stripe:evt_1"]);
  });

  it("costs one call to the ledger, and rings once a lane for what was accepted", async () => {
    const door = openDoor();
    await door.postJson("/v1/events", [event("e-1"), event("e-2", { lane: "batch" }), event("e-3"), event("e-3")]);
    expect(door.memory.acceptCalls()).toBe(1);
    expect(door.rung.map(({ lane, doorbells }) => [lane, doorbells.map(({ id }) => id)])).toEqual([
      ["live", ["api:e-1", "api:e-3"]],
      ["batch", ["api:e-2"]],
    ]);
  });

  it("whose shards answer in part has the other lines rejected as retryable", async () => {
    const door = openDoor();
    door.memory.failFor((id) => id === "api:e-2");
    const receipt = await receiptOf(await door.postJson("/v1/events", [event("e-1"), event("e-2")]));
    expect(receipt.accepted).toBe(1);
    expect(receipt.rejected.lines).toEqual([{ line: 2, error: expect.any(String), retryable: true }]);
  });

  it("of which no shard took anything is a 503 with Retry-After", async () => {
    const door = openDoor();
    door.memory.failFor(() => true);
    const response = await door.postJson("/v1/events", [event("e-1"), null]);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).not.toBeNull();
  });

  it("that is empty is accepted as nothing", async () => {
    expect(await receiptOf(await openDoor().postJson("/v1/events", []))).toMatchObject({ accepted: 0 });
  });
});

describe("NDJSON", () => {
  const lines = (...values: unknown[]): string =>
    values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join("\n");

  it("has its good lines accepted and each broken one named by its number", async () => {
    const door = openDoor();
    const body = lines(
      event("e-1"),
      "{broken",
      "",
      event("e-2"),
      '"text"',
      event("e-3", { currency: "zzz" }),
      stripeEvent,
    );
    const receipt = await receiptOf(await door.postLines(body));
    expect(receipt).toMatchObject({ accepted: 3, rejected: { count: 3 } });
    expect(receipt.rejected.lines.map(({ line }) => line)).toEqual([2, 5, 6]);
  });

  it("keeps each line's own text", async () => {
    const door = openDoor();
    const odd = `  ${JSON.stringify(event("e-1"))} \r`;
    await door.postLines(`${odd}\n`);
    expect(door.memory.rows.get("api:e-1")?.item.raw).toBe(odd);
  });

  it("has a line of invalid UTF-8 rejected, and the lines around it accepted", async () => {
    const door = openDoor();
    const text = new TextEncoder();
    const bad = [...text.encode('{"id":"'), 0xc3, 0x28, ...text.encode('"}')];
    const body = new Uint8Array([
      ...text.encode(lines(event("e-1"))),
      10,
      ...bad,
      10,
      ...text.encode(lines(event("e-2"))),
    ]);
    const receipt = await receiptOf(await door.postLines(body));
    expect(receipt.accepted).toBe(2);
    expect(receipt.rejected.lines).toEqual([
      { line: 2, error: "the line is not valid UTF-8: write the file in that encoding" },
    ]);
  });

  it("may begin with a byte order mark", async () => {
    expect(await receiptOf(await openDoor().postLines(`\ufeff${lines(event("e-1"))}`))).toMatchObject({ accepted: 1 });
  });

  it("has a line of more than 1 MB rejected, and the next one accepted", async () => {
    const receipt = await receiptOf(await openDoor().postLines(lines("x".repeat(1_048_577), event("e-1"))));
    expect(receipt.accepted).toBe(1);
    expect(receipt.rejected.lines).toEqual([
      { line: 1, error: expect.stringMatching(/^the line is longer than 1 MB; send one event a line/) },
    ]);
  });

  it("nested 10,000 deep is rejected or accepted by line, and breaks nothing", async () => {
    const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
    const nested = [`{"a":`.repeat(10_000), "1", "}".repeat(10_000)].join("");
    const inStripe = `{"id":"evt_deep","object":"event","type":"x","created":1,"livemode":false,"data":{"object":{"deep":${nested}}}}`;
    const door = openDoor();
    const receipt = await receiptOf(await door.postLines(lines(deep, nested, inStripe, event("e-1"))));
    expect(receipt).toMatchObject({ accepted: 2, rejected: { count: 2 } });
    const headers = { authorization: `Bearer ${INGEST_KEYS[0]}`, "content-type": "application/json" };
    for (const body of [deep, nested, inStripe, `[${inStripe}]`]) {
      expect((await door.post("/v1/events", body, headers)).status).toBeLessThan(500);
    }
    expect((await door.postStripe(inStripe)).status).toBe(202);
  });

  it("names the first 1,000 bad lines and counts all of them", async () => {
    const receipt = await receiptOf(await openDoor().postLines("no\n".repeat(1_001)));
    expect(receipt.rejected.count).toBe(1_001);
    expect(receipt.rejected.lines.length).toBe(1_000);
    expect(receipt.rejected.lines.at(-1)?.line).toBe(1_000);
  });

  it("is stored 500 lines at a time while it still arrives", async () => {
    const door = openDoor({ shards: 1 });
    const storedWhenAsked: number[] = [];
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        storedWhenAsked.push(door.memory.rows.size);
        if (sent === 3_000) return controller.close();
        const part = Array.from({ length: 100 }, () => `${JSON.stringify(event(`e-${sent++}`))}\n`).join("");
        controller.enqueue(new TextEncoder().encode(part));
      },
    });
    expect(await receiptOf(await door.postLines(body))).toMatchObject({ accepted: 3_000 });
    expect(door.memory.acceptCalls()).toBe(6);
    // What has been sent and is not yet stored never exceeds one batch and a chunk or two.
    for (const [chunk, stored] of storedWhenAsked.entries()) expect(chunk * 100 - stored).toBeLessThanOrEqual(700);
  });

  it("that is larger than one call may carry is stored by weight, too", async () => {
    const door = openDoor({ shards: 1 });
    const heavy = Array.from({ length: 12 }, (_, n) =>
      JSON.stringify({ ...stripeEvent, id: `evt_${n}`, padding: "x".repeat(1_000_000) }),
    );
    expect(await receiptOf(await door.postLines(heavy.join("\n")))).toMatchObject({ accepted: 12 });
    expect(door.memory.acceptCalls()).toBe(6);
  });

  it("that breaks off is a 400; what was stored stays, and is recognised when it comes again", async () => {
    const door = openDoor();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (sent === 1_000) return controller.error(new Error("connection lost"));
        controller.enqueue(new TextEncoder().encode(`${JSON.stringify(event(`e-${sent++}`))}\n`));
      },
    });
    const problem = await problemOf(await door.postLines(body));
    expect(problem).toMatchObject({ status: 400, detail: expect.stringContaining("again"), accepted: 1_000 });
    expect(door.memory.rows.size).toBe(1_000);
    const whole = Array.from({ length: 1_001 }, (_, n) => JSON.stringify(event(`e-${n}`))).join("\n");
    expect(await receiptOf(await door.postLines(whole))).toMatchObject({ accepted: 1, duplicates: 1_000 });
  });

  it("that stalls is a 408 that says where to go on; what was whole is stored, and the rest is not waited for", async () => {
    const door = openDoor({ paces: { ...PACES, streamed: { idleMs: 30, patienceMs: 60, bytesPerSecond: 1_000 } } });
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) =>
        controller.enqueue(new TextEncoder().encode(`${lines(event("s-1"), event("s-2"))}\n{"id"`)),
      cancel: () => {
        isCancelled = true;
      },
    });
    const problem = await problemOf(await door.postLines(body));
    expect(problem).toMatchObject({ status: 408, title: "Request Timeout", accepted: 2, continueFrom: 3 });
    expect([door.memory.rows.size, isCancelled]).toEqual([2, true]);
  });

  it("has the lines before one that is too long stored without waiting for its end", async () => {
    const door = openDoor();
    const storedWhenAsked: number[] = [];
    const parts = [
      `${lines(event("e-1"), event("e-2"))}\n`,
      "x".repeat(1_048_577),
      "x",
      "x",
      `\n${lines(event("e-3"))}`,
    ];
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          storedWhenAsked.push(door.memory.rows.size);
          const part = parts.shift();
          if (part === undefined) controller.close();
          else controller.enqueue(new TextEncoder().encode(part));
        },
      },
      { highWaterMark: 0 },
    );
    expect(await receiptOf(await door.postLines(body))).toMatchObject({ accepted: 3, rejected: { count: 1 } });
    expect(storedWhenAsked).toEqual([0, 0, 2, 2, 2, 2]);
  });

  it("with a line that never ends is a 413 that names it, says what to do, and counts what was taken in before it", async () => {
    const door = openDoor();
    const endless = new Uint8Array(1_048_576).fill(0x78);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(sent++ === 0 ? new TextEncoder().encode(lines(event("e-1"), "{broken", "")) : endless);
      },
    });
    const problem = await problemOf(await door.postLines(body));
    expect(problem).toMatchObject({
      status: 413,
      detail: expect.stringMatching(/^Line 3 .*100 MB.*newline.*from line 3 on/),
      accepted: 1,
      duplicates: 0,
      conflicts: 0,
      rejected: { count: 2, lines: [{ line: 2 }, { line: 3 }] },
    });
    expect([...door.memory.rows.keys()]).toEqual(["api:e-1"]);
    expect(sent).toBeLessThan(110);
  });

  it("that is cut while the ledger does not answer is a 503, for nothing was taken in", async () => {
    const door = openDoor();
    door.memory.failFor(() => true);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(`${lines(event("e-1"))}\n`)),
      pull: (controller) => controller.error(new Error("connection lost")),
    });
    expect((await door.postLines(body)).status).toBe(503);
  });

  it("keeps what was said of a bad line short, even where it quotes a key of 1 MB", async () => {
    const receipt = await receiptOf(await openDoor().postLines(JSON.stringify({ ["k".repeat(1_000_000)]: 1 })));
    expect(receipt.rejected.lines).toEqual([
      { line: 1, error: expect.stringMatching(/^a field whose name .{100,560}$/) },
    ]);
  });

  it("whose lines all failed in the ledger is a 503; where some were accepted, they are named as retryable", async () => {
    const door = openDoor();
    door.memory.failFor((id) => id.endsWith("1"));
    const receipt = await receiptOf(await door.postLines(lines(event("e-1"), event("e-2"))));
    expect(receipt).toMatchObject({ accepted: 1, rejected: { count: 1, lines: [{ line: 1, retryable: true }] } });
    door.memory.failFor(() => true);
    expect((await door.postLines(lines(event("e-3")))).status).toBe(503);
  });

  it("without any line is accepted as nothing", async () => {
    expect(await receiptOf(await openDoor().postLines(""))).toMatchObject({ accepted: 0, rejected: { count: 0 } });
  });
});
