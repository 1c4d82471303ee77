import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stripeSignature } from "../../cli/demo/deliver.ts";
import { mapLimit } from "../../shared/core/concurrency.ts";
import { missingFromCorpus, readCorpusLines } from "../helpers/corpus.ts";
import { tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";

const OLD_SECRET = "whsec_old_one_of_a_whole_length_01234567";
let system: TestStack;
beforeAll(async () => {
  // Two secrets are valid at once, as in a rotation: the stand-in signs with the first.
  system = await bootStack({
    keys: { STRIPE_WEBHOOK_SECRET: `whsec_new_one_of_a_whole_length_01234567,${OLD_SECRET}` },
  });
});
afterAll(async () => await system?.stop());

const json = { "content-type": "application/json" };
const signed = (body: string, nowMs = Date.now()) =>
  stripeSignature(body, system.stack.keys.STRIPE_WEBHOOK_SECRET, nowMs);
const caller = () => ({ ...json, authorization: `Bearer ${system.stack.keys.INGEST_KEY}` });
let made = 0;
const nameOf = (what: string) => `${what}_${process.pid}_${++made}`;
const ownEvent = (more: object = {}) => ({
  id: nameOf("own"),
  type: "customer.updated",
  occurredAt: "2026-11-23T09:00:00Z",
  mode: "test",
  ...more,
});
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

describe.concurrent("a Stripe webhook", () => {
  const SECONDS = 1_000;
  it.each([
    ["no signature", () => ""],
    ["a signature by another secret", (body: string) => stripeSignature(body, "whsec_another")],
    ["a signature of another body", (body: string) => signed(`${body} `)],
    ["a signature of six minutes ago", (body: string) => signed(body, Date.now() - 360 * SECONDS)],
    ["a signature of six minutes from now", (body: string) => signed(body, Date.now() + 360 * SECONDS)],
    ["a signature without a scheme", () => "t=1,v0=abc"],
  ] as const)("with %s is refused with 401, and leaves no trace", async (_what, sign) => {
    const { id, body } = tell().event("customer.updated", tell().customer);
    const { status, body: problem } = await system.ingest.stripe(body, sign(body));
    expect([status, problem]).toMatchObject([401, { status: 401, title: expect.any(String) }]);
    await expect(system.console.trace(id)).rejects.toThrow("404");
  });

  it.each([
    ["that is cut off", '{"id":"evt_1","type":"a"'],
    ["that is an array", "[]"],
    ["without an id", '{"type":"invoice.paid","object":"event"}'],
    ["that is nested 10,000 deep and cut off", '{"a":'.repeat(10_000)],
  ])("%s is refused with 400, though it is signed", async (_what, body) => {
    const { status, headers } = await system.ingest.stripe(body);
    expect([status, headers.get("content-type")]).toEqual([400, "application/problem+json"]);
  });

  it("signed with the older of two secrets is taken while both are valid", async () => {
    const { id, body } = tell().event("customer.updated", tell().customer);
    expect((await system.ingest.stripe(body, stripeSignature(body, OLD_SECRET))).status).toBe(202);
    expect((await system.ended(id)).state).toBe("none");
  });

  it("nested 10,000 deep is taken, and is recorded as none", async () => {
    const id = nameOf("evt");
    const body = `{"id":"${id}","object":"event","type":"made.up","created":1790000000,"livemode":false,"data":{"object":${nested(10_000)}}}`;
    expect((await system.ingest.stripe(body)).status).toBe(202);
    expect((await system.ended(`stripe:${id}`)).state).toBe("none");
  });

  it("whose bytes are not UTF-8 is refused, since its signature is over other bytes", async () => {
    const bytes = Uint8Array.from([
      ...new TextEncoder().encode('{"id":"evt_'),
      0xff,
      0xfe,
      ...new TextEncoder().encode('"}'),
    ]);
    const { status } = await system.ingest.door("/webhooks/stripe", bytes, {
      ...json,
      "stripe-signature": signed(new TextDecoder().decode(bytes)),
    });
    expect([400, 401]).toContain(status);
  });

  it("of more than 1 MB is refused with 413", async () => {
    const { body } = tell().event("customer.updated", tell().customer, { padding: "x".repeat(1_100_000) });
    expect((await system.ingest.stripe(body)).status).toBe(413);
  });

  it("of a type that nobody knows is taken, and is recorded as none with the reason", async () => {
    const { id, body } = tell().event("something.never.heard.of", tell().customer);
    expect((await system.ingest.stripe(body)).status).toBe(202);
    const trace = await system.ended(id);
    expect(trace).toMatchObject({
      state: "none",
      event: { outcome: { reason: expect.stringMatching(/asks for no decision/) } },
    });
  });

  it("with other content under a known id is kept as a conflict, shown in the trace and in the totals, and not merged", async () => {
    const told = tell();
    const first = told.event("invoice.paid", told.invoice ?? told.intent);
    const other = JSON.stringify({ ...JSON.parse(first.body), type: "invoice.voided" });
    const before = (await system.console.totals()).conflicts;
    expect((await system.ingest.stripe(first.body)).body).toMatchObject({ accepted: 1 });
    expect((await system.ingest.stripe(first.body)).body).toMatchObject({ accepted: 0, duplicates: 1, conflicts: 0 });
    expect((await system.ingest.stripe(other)).body).toMatchObject({ accepted: 0, duplicates: 0, conflicts: 1 });
    const { event } = await system.ended(first.id);
    expect([event.conflicts, event.event.type]).toEqual([1, "invoice.paid"]);
    expect((await system.console.totals()).conflicts).toBeGreaterThan(before);
  });

  it.each([
    ["a float", "42.5"],
    ["negative", "-4250"],
    ["beyond the safe integer", "9007199254740993"],
    ["a text", '"4250"'],
  ])("of a failed renewal whose amount is %s is a case, and nothing is sent", async (_what, amount) => {
    const told = tell({ outcome: { kind: "declined", code: "insufficient_funds" } });
    await system.stripe.put(told.objects);
    const { id, body } = told.event("invoice.payment_failed", told.invoice ?? told.intent);
    const broken = body.replace('"amount_remaining":4250', `"amount_remaining":${amount}`);
    expect(broken).not.toBe(body);
    expect((await system.ingest.stripe(broken)).status).toBe(202);
    expect(await system.ended(id)).toMatchObject({ state: "case_open" });
    expect(await system.sentTo(`/v1/invoices/${told.id.invoice}/pay`)).toEqual([]);
  });

  it("of a failed renewal in an unknown currency is a case, and nothing is sent", async () => {
    const told = tell({ outcome: { kind: "declined", code: "insufficient_funds" } });
    await system.stripe.put(told.objects);
    const { id, body } = told.event("invoice.payment_failed", told.invoice ?? told.intent);
    await system.ingest.stripe(body.replaceAll('"currency":"usd"', '"currency":"xq1"'));
    expect(await system.ended(id)).toMatchObject({ state: "case_open" });
    expect(await system.sentTo(`/v1/invoices/${told.id.invoice}/pay`)).toEqual([]);
  });
});

describe.concurrent("webhooks of others", () => {
  const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest("base64");

  it("by the Standard Webhooks specification are verified and recorded, and refused when they are altered or old", async () => {
    const key = Buffer.from(system.stack.keys.STANDARD_WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");
    const event = ownEvent();
    const body = JSON.stringify(event);
    const post = (sent: string, seconds = Math.floor(Date.now() / 1000)) =>
      system.ingest.door("/webhooks/standard", sent, {
        ...json,
        "webhook-id": "msg_1",
        "webhook-timestamp": String(seconds),
        "webhook-signature": `v1,${hmac(key, `msg_1.${seconds}.${body}`)}`,
      });
    expect((await post(`${body} `)).status).toBe(401);
    expect((await post(body, Math.floor(Date.now() / 1000) - 400)).status).toBe(401);
    expect((await post(body, Math.floor(Date.now() / 1000) + 400)).status).toBe(401);
    expect(await post(body)).toMatchObject({ status: 202, body: { accepted: 1 } });
    expect((await system.ended(`standard:${event.id}`)).state).toBe("none");
  });

  it("by Adyen are verified and recorded; a chargeback is a case that says what it is", async () => {
    const key = Buffer.from(system.stack.keys.ADYEN_HMAC_KEY, "hex");
    const item = {
      pspReference: nameOf("psp"),
      merchantAccountCode: "TestMerchant",
      merchantReference: "order-1",
      amount: { value: 1130, currency: "EUR" },
      eventCode: "CHARGEBACK",
      eventDate: "2026-10-20T12:00:00+02:00",
      success: "true",
    };
    const text = [item.pspReference, "", "TestMerchant", "order-1", 1130, "EUR", "CHARGEBACK", "true"].join(":");
    const post = (hmacSignature: string) =>
      system.ingest.door<unknown>(
        "/webhooks/adyen",
        JSON.stringify({
          live: "false",
          notificationItems: [{ NotificationRequestItem: { ...item, additionalData: { hmacSignature } } }],
        }),
        json,
      );
    expect((await post(hmac(Buffer.from("another"), text))).status).toBe(401);
    expect(await post(hmac(key, text))).toMatchObject({ status: 202, body: "[accepted]" });
    expect(await system.ended(`adyen:${item.pspReference}:CHARGEBACK:true`)).toMatchObject({
      state: "case_open",
      action: { caseReason: expect.stringMatching(/^a chargeback \(.*answer it in Adyen/) },
    });
  });
});

describe.concurrent("the other doors", () => {
  it("take a backfill on the lane for batches, and what came by webhook before is the same event", async () => {
    const told = tell({ outcome: { kind: "held", riskLevel: "normal" }, invoiceNumber: null });
    await system.stripe.put(told.objects);
    const trigger = told.event("payment_intent.amount_capturable_updated", told.intent);
    const known = told.event("charge.succeeded", told.charge);
    expect((await system.ingest.stripe(known.body)).body.accepted).toBe(1);
    const { body } = await system.ingest.lines([trigger.body, known.body], "?lane=batch");
    expect(body).toMatchObject({ accepted: 1, duplicates: 1, conflicts: 0, rejected: { count: 0 } });
    const trace = await system.ended(trigger.id);
    expect(trace).toMatchObject({ state: "succeeded", event: { event: { lane: "batch" } } });
  });

  it("take the good lines of a broken file, and name each bad one", async () => {
    const good = Array.from({ length: 6 }, () => ownEvent());
    const lines = [
      JSON.stringify(good[0]),
      '{"id":"cut", "type":',
      JSON.stringify(good[1]),
      "",
      JSON.stringify(ownEvent({ amountMinor: 42.5, currency: "usd" })),
      JSON.stringify(good[2]),
      JSON.stringify(ownEvent({ amountMinor: -1, currency: "usd" })),
      JSON.stringify(ownEvent({ amountMinor: 4250, currency: "xxq" })),
      JSON.stringify(good[3]),
      `{"id":"huge","type":"a","occurredAt":0,"mode":"test","amountMinor":9007199254740993}`,
      nested(10_000),
      JSON.stringify(ownEvent({ text: "x".repeat(1_100_000) })),
      JSON.stringify(good[4]),
      "null",
      `${JSON.stringify(good[5])}\r`,
    ];
    const { status, body } = await system.ingest.lines(lines);
    expect([status, body.accepted, body.rejected.count]).toEqual([202, 6, 8]);
    expect(body.rejected.lines.map(({ line }) => line)).toEqual([2, 5, 7, 8, 10, 11, 12, 14]);
    for (const { error } of body.rejected.lines) expect(error.length).toBeGreaterThan(5);
    for (const { id } of good) expect((await system.ended(`api:${id}`)).state).toBe("none");
  });

  it("name the line that is not UTF-8, and take its neighbours", async () => {
    const [first, last] = [ownEvent(), ownEvent()].map((event) => new TextEncoder().encode(JSON.stringify(event)));
    const bytes = Uint8Array.from([...(first ?? []), 0x0a, 0x7b, 0xff, 0x7d, 0x0a, ...(last ?? [])]);
    const { body } = await system.ingest.door("/v1/events", bytes, {
      ...caller(),
      "content-type": "application/x-ndjson",
    });
    expect(body).toMatchObject({
      accepted: 2,
      rejected: { count: 1, lines: [{ line: 2, error: expect.stringMatching(/UTF-8/) }] },
    });
  });

  it.each([
    ["/v1/events", "{"],
    ["/v1/events", "10,000 deep"],
    ["/v1/requests", '{"message":'],
    ["/v1/requests", '{"message":""}'],
    ["/v1/requests", '{"message":"a","sudo":true}'],
    ["/v1/requests", "10,000 deep"],
    [
      "/api/payments",
      '{"source":"a","decision":{"action":"refund","reason":"r","amount_cents":42.5,"currency":"USD"}}',
    ],
    ["/api/payments", '{"source":"a","decision":{"action":"refund","reason":"r","amount_cents":-1,"currency":"USD"}}'],
    [
      "/api/payments",
      '{"source":"a","decision":{"action":"refund","reason":"r","amount_cents":1e300,"currency":"USD"}}',
    ],
    [
      "/api/payments",
      '{"source":"a","decision":{"action":"refund","reason":"r","amount_cents":4250,"currency":"ZZZ"}}',
    ],
    ["/api/payments", '{"source":"a","decision":{"action":"steal","reason":"r"}}'],
  ] as const)("%s refuses %s with 400 and a reason", async (path, body) => {
    const { status, body: answer } = await system.ingest.door(
      path,
      body === "10,000 deep" ? nested(10_000) : body,
      caller(),
    );
    expect([status, answer]).toMatchObject([400, { status: 400, detail: expect.any(String) }]);
  });

  it.each(["/v1/events", "/v1/requests", "/api/payments"])(
    "%s is closed to whoever has no key, or another one",
    async (path) => {
      const { READ_KEY, CONSOLE_TOKEN } = system.stack.keys;
      for (const authorization of [
        "",
        "Bearer",
        "Bearer x",
        `Bearer ${READ_KEY}`,
        `Bearer ${CONSOLE_TOKEN}`,
        "Basic eDp5",
      ]) {
        expect((await system.ingest.door(path, "{}", { ...json, authorization })).status).toBe(401);
      }
    },
  );

  it.each(["/v1/events", "/v1/requests", "/api/payments"])(
    "%s refuses more than 1 MB in one piece with 413, and the sender of 8 MB hears it too",
    async (path) => {
      for (const length of [1_100_000, 8_000_000]) {
        const body = JSON.stringify({ message: "x".repeat(length) });
        expect((await system.ingest.door(path, body, caller())).status).toBe(413);
        expect((await system.ingest.door(path, body, { ...json, authorization: "Bearer x" })).status).toBe(401);
      }
    },
  );

  it("refuse a body that says it is something else with 415", async () => {
    expect((await system.ingest.door("/v1/requests", "a", { ...caller(), "content-type": "text/plain" })).status).toBe(
      415,
    );
  });

  it("a key that was used for one request is refused for another, and waits on the first for the same", async () => {
    const key = { "idempotency-key": nameOf("key") };
    const first = await system.ingest.request({ message: "Thanks!" }, key);
    const again = await system.ingest.request({ message: "Thanks!" }, key);
    const other = await system.ingest.request({ message: "Refund everything!" }, key);
    expect([first.status, again.status, other.status]).toEqual([202, 202, 422]);
    expect(again.body.id).toBe(first.body.id);
  });

  it("show traces and totals to nobody without the key for it", async () => {
    const { ingestUrl, consoleUrl, keys } = system.stack;
    const look = async (url: string, key: string) => {
      const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
      await response.body?.cancel();
      return response.status;
    };
    expect(await look(`${ingestUrl}/v1/events/x`, keys.INGEST_KEY)).toBe(401);
    expect(await look(`${ingestUrl}/v1/events/x`, keys.READ_KEY)).toBe(404);
    expect(await look(`${consoleUrl}/api/totals`, keys.READ_KEY)).toBe(401);
    expect(await look(`${consoleUrl}/api/totals`, keys.CONSOLE_TOKEN)).toBe(200);
  });
});

const FILE = "stripe-events.ndjson";

describe.skipIf(missingFromCorpus(FILE))("the 399 Stripe events of all API versions since 2012", () => {
  it("each under an id of its own and signed, are answered 202 and end, none in a dead letter", async () => {
    const events = readCorpusLines(FILE).map((line, index) => ({
      ...(JSON.parse(line) as { type: string }),
      id: `evt_corpus_${index + 1}`,
    }));
    expect(events).toHaveLength(399);
    const answers = await mapLimit(events, 16, (event) => system.ingest.stripe(JSON.stringify(event)));
    expect(answers.filter(({ status, body }) => status !== 202 || body.accepted !== 1)).toEqual([]);
    await system.quiet(60_000);
    const traces = await mapLimit(events, 8, ({ id }) => system.console.trace(`stripe:${id}`));
    expect(traces.filter(({ terminal }) => !terminal).map(({ id, state }) => [id, state])).toEqual([]);
    const ends = Object.groupBy(traces, ({ state }) => state);
    // A dispute that is told of as open and as won is closed where both are heard.
    const { case_closed: closed = [], ...others } = ends;
    expect(closed.length).toBeLessThan(10);
    expect(Object.keys(others).toSorted()).toEqual(["case_open", "none"]);
    expect(await system.console.deadLetters()).toEqual([]);
  });
});
