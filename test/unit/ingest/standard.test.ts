import { describe, expect, it } from "vitest";
import { createStandardVerifier } from "../../../shared/providers/standard/verify.ts";
import { hmacBase64Of, openDoor, problemOf, STANDARD_SECRET } from "../../helpers/ingest-door.ts";

const ISO = "2026-10-20T12:00:00Z";
const event = { id: "e-1", type: "payment.failed", occurredAt: ISO, mode: "test", amountMinor: 4250, currency: "USD" };
const keyOf = (secret: string) => Uint8Array.from(atob(secret.replace("whsec_", "")), (c) => c.charCodeAt(0));

async function headersFor(body: string, nowMs: number, secret = STANDARD_SECRET): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1000));
  return {
    "webhook-id": "msg_1",
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${await hmacBase64Of(keyOf(secret), `msg_1.${timestamp}.${body}`)}`,
  };
}

async function deliver(body: string, offsetSeconds = 0) {
  const door = openDoor();
  return {
    door,
    response: await door.post("/webhooks/standard", body, await headersFor(body, door.now() + offsetSeconds * 1000)),
  };
}

describe("a Standard Webhook", () => {
  it("carries an event in our own shape, and is stored under the event's id, not the delivery's", async () => {
    const { door, response } = await deliver(JSON.stringify(event));
    expect(response.status).toBe(202);
    expect(door.memory.events()).toEqual([
      { ...event, id: "standard:e-1", occurredAt: Date.parse(ISO), currency: "usd", lane: "live" },
    ]);
  });

  it("of a customer's request needs the customer, and no other event has a requester", async () => {
    const asks = { ...event, type: "countersign.request", text: "refund", requester: "customer" };
    const { door, response } = await deliver(JSON.stringify({ ...asks, customer: "cus_1" }));
    expect(response.status).toBe(202);
    expect(door.memory.events()).toMatchObject([{ requester: "customer", customer: "cus_1" }]);
    for (const [wrong, said] of [
      [asks, "customer: name the customer who asks"],
      [{ ...event, requester: "staff" }, "requester: only a countersign.request has one"],
    ] as const) {
      const refused = await deliver(JSON.stringify(wrong));
      expect(await problemOf(refused.response)).toMatchObject({ status: 400, detail: expect.stringContaining(said) });
    }
  });

  it("in which a name stands twice is a 400, though it is signed: nothing is stored", async () => {
    const body = JSON.stringify({ ...event, type: "countersign.request", text: "a" }).replace(
      '"text":"a"',
      '"text":"a","text":"b"',
    );
    const { door, response } = await deliver(body);
    expect((await problemOf(response)).detail).toContain("the same name twice");
    expect([response.status, door.memory.rows.size]).toEqual([400, 0]);
  });

  it.each([
    [300, 202],
    [301, 401],
    [-300, 202],
    [-301, 401],
  ])("whose timestamp is %i s off is answered %i", async (offsetSeconds, status) => {
    expect((await deliver(JSON.stringify(event), offsetSeconds)).response.status).toBe(status);
  });

  it.each(["abc", "", "1e9", "0x10", "-1790000000", "+1790000000", "01790000000", "1790000000.5"])(
    "whose timestamp is written %o is a 401, though it is signed",
    async (timestamp) => {
      const door = openDoor();
      const body = JSON.stringify(event);
      const signature = `v1,${await hmacBase64Of(keyOf(STANDARD_SECRET), `msg_1.${timestamp}.${body}`)}`;
      const headers = { "webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature };
      expect((await door.post("/webhooks/standard", body, headers)).status).toBe(401);
      expect(door.memory.rows.size).toBe(0);
    },
  );

  it("without a signature, or with another body than was signed, is a 401", async () => {
    const door = openDoor();
    const body = JSON.stringify(event);
    expect((await door.post("/webhooks/standard", body)).status).toBe(401);
    expect((await door.post("/webhooks/standard", `${body} `, await headersFor(body, door.now()))).status).toBe(401);
    expect(door.memory.rows.size).toBe(0);
  });

  it("is verified under each of several secrets, with or without the prefix", async () => {
    const other = btoa("another secret");
    const verify = createStandardVerifier(`${other}, ${STANDARD_SECRET}`);
    for (const secret of [other, STANDARD_SECRET]) {
      const headers = new Headers(await headersFor("{}", 1_790_000_000_000, secret));
      expect((await verify({ body: "{}", header: (name) => headers.get(name), nowMs: 1_790_000_000_000 })).ok).toBe(
        true,
      );
    }
  });

  it("is never verified where no usable secret is set, and the log says why", async () => {
    const headers = new Headers(await headersFor("{}", 1_790_000_000_000));
    for (const secrets of ["", "whsec_", "whsec_***"]) {
      const verdict = await createStandardVerifier(secrets)({
        body: "{}",
        header: (name) => headers.get(name),
        nowMs: 1_790_000_000_000,
      });
      expect(verdict).toMatchObject({ ok: false, error: expect.stringContaining("STANDARD_WEBHOOK_SECRET") });
    }
  });

  it.each([
    ["a float amount", { ...event, amountMinor: 42.5 }, "amountMinor"],
    ["a negative amount", { ...event, amountMinor: -1 }, "amountMinor"],
    ["an amount beyond the safe integer", { ...event, amountMinor: 2 ** 53 }, "amountMinor"],
    ["an unknown currency", { ...event, currency: "zzz" }, "currency"],
    ["a field that we do not know", { ...event, amount: 42 }, "amount"],
    ["a reserved type", { ...event, type: "countersign.approval" }, "reserved"],
    ["a time without a zone", { ...event, occurredAt: "2026-10-20" }, "occurredAt"],
    ["an id that is too long to be stored", { ...event, id: "x".repeat(247) }, "id"],
  ])("with %s is a 400 that names it", async (_, body, named) => {
    const { door, response } = await deliver(JSON.stringify(body));
    expect(await problemOf(response)).toMatchObject({ status: 400, detail: expect.stringContaining(named) });
    expect(door.memory.rows.size).toBe(0);
  });
});
