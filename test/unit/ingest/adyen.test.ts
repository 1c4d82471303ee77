import { describe, expect, it } from "vitest";
import type { Mode } from "../../../shared/core/ids.ts";
import { routeOf } from "../../../shared/policy/facts.ts";
import { adyen } from "../../../shared/providers/adyen/index.ts";
import { normaliseAdyenItem } from "../../../shared/providers/adyen/normalise.ts";
import { ADYEN_KEY, hmacBase64Of, openDoor, problemOf } from "../../helpers/ingest-door.ts";

type Item = Record<string, unknown>;
const key = Uint8Array.from(Buffer.from(ADYEN_KEY, "hex"));

const authorisation: Item = {
  pspReference: "7914073381342284",
  merchantAccountCode: "TestMerchant",
  merchantReference: "order-1",
  amount: { value: 1130, currency: "EUR" },
  eventCode: "AUTHORISATION",
  eventDate: "2026-10-20T12:00:00+02:00",
  success: "true",
};

async function signed(item: Item): Promise<Item> {
  const { amount } = item as { amount?: { value?: unknown; currency?: unknown } };
  const fields = [
    item.pspReference,
    item.originalReference,
    item.merchantAccountCode,
    item.merchantReference,
    amount?.value,
    amount?.currency,
    item.eventCode,
    item.success,
  ];
  const hmacSignature = await hmacBase64Of(key, fields.map((value) => value ?? "").join(":"));
  return { ...item, additionalData: { ...(item.additionalData as object | undefined), hmacSignature } };
}

const batch = (items: Item[], live: unknown = "false"): string =>
  JSON.stringify({ live, notificationItems: items.map((NotificationRequestItem) => ({ NotificationRequestItem })) });

describe("an Adyen notification", () => {
  it("that is signed is recorded and answered as Adyen expects", async () => {
    const door = openDoor();
    const response = await door.post("/webhooks/adyen", batch([await signed(authorisation)]));
    expect(response.status).toBe(202);
    expect(await response.text()).toBe("[accepted]");
    expect(door.memory.events()).toEqual([
      {
        id: "adyen:7914073381342284:AUTHORISATION:true",
        type: "adyen.AUTHORISATION",
        occurredAt: Date.UTC(2026, 9, 20, 10),
        mode: "test",
        lane: "live",
        account: "TestMerchant",
        payment: "7914073381342284",
        amountMinor: 1130,
        currency: "eur",
      },
    ]);
    // It asks for no decision: the ledger closes it at once, and no bell is rung.
    expect(door.rung).toEqual([]);
  });

  it("that comes again is the same event, and is acknowledged again", async () => {
    const door = openDoor();
    const body = batch([await signed(authorisation)]);
    await door.post("/webhooks/adyen", body);
    expect(await (await door.post("/webhooks/adyen", body)).text()).toBe("[accepted]");
    expect(door.memory.rows.size).toBe(1);
    expect(door.rung).toEqual([]);
  });

  it("with one bad signature among good ones is refused as a whole, and says which", async () => {
    const door = openDoor();
    const tampered = { ...(await signed(authorisation)), amount: { value: 9999, currency: "EUR" } };
    const response = await door.post("/webhooks/adyen", batch([await signed(authorisation), tampered]));
    expect(await problemOf(response)).toMatchObject({ status: 401, detail: expect.stringContaining("Item 2") });
    expect(door.memory.rows.size).toBe(0);
  });

  it("whose words were moved between its signed fields is refused, though the signature fits", async () => {
    const door = openDoor();
    const { additionalData } = await signed({ ...authorisation, merchantReference: "order:1" });
    const moved = {
      ...authorisation,
      merchantAccountCode: "TestMerchant:order",
      merchantReference: "1",
      additionalData,
    };
    const response = await door.post("/webhooks/adyen", batch([moved]));
    expect([response.status, door.memory.rows.size]).toEqual([401, 0]);
  });

  it("whose own reference holds a colon is taken: it can be read in one way only", async () => {
    const item = await signed({ ...authorisation, merchantReference: "order:1" });
    expect((await openDoor().post("/webhooks/adyen", batch([item]))).status).toBe(202);
  });

  it.each([
    ["without a signature", batch([authorisation])],
    ["without items", batch([])],
    ["whose items are not objects", '{"live":"false","notificationItems":[7,null]}'],
    ["that is not a notification", '{"hello":1}'],
    ["that is not JSON", "live=false"],
    ["that is empty", ""],
  ])("%s is a 401", async (_, body) => {
    expect((await openDoor().post("/webhooks/adyen", body)).status).toBe(401);
  });

  it("that is signed but cannot be named is a 400, and nothing of its batch is taken", async () => {
    const door = openDoor();
    const nameless = await signed({ ...authorisation, pspReference: "" });
    const response = await door.post("/webhooks/adyen", batch([await signed(authorisation), nameless]));
    expect(await problemOf(response)).toMatchObject({ status: 400, detail: expect.stringContaining("item 2") });
    expect(door.memory.rows.size).toBe(0);
  });

  it("is a 503 when one shard of its batch does not answer, so that all of it comes again", async () => {
    const door = openDoor();
    const capture = await signed({ ...authorisation, pspReference: "other", eventCode: "CAPTURE" });
    door.memory.failFor((id) => id.includes("other"));
    const response = await door.post("/webhooks/adyen", batch([await signed(authorisation), capture]));
    expect(response.status).toBe(503);
  });

  it("of another kind is signed as a whole in a header", async () => {
    const door = openDoor();
    const body = JSON.stringify({
      type: "recurring.token.created",
      environment: "live",
      createdAt: "2026-10-20T12:00:00Z",
      data: {},
    });
    const hmacsignature = await hmacBase64Of(key, body);
    expect((await door.post("/webhooks/adyen", body, { hmacsignature })).status).toBe(202);
    expect(door.memory.events()).toMatchObject([{ type: "adyen.recurring.token.created", mode: "live" }]);
    expect((await door.post("/webhooks/adyen", `${body} `, { hmacsignature })).status).toBe(401);
  });
});

describe("an Adyen item as our event", () => {
  const read = (more: Item, live: unknown = "false", mode: Mode = "test") => {
    const result = normaliseAdyenItem({ ...authorisation, ...more }, { live, mode });
    if (!result.ok) throw new Error(result.error);
    return result.value;
  };

  it("that failed says so in its type, with the reason of the bank", () => {
    const refused = { success: "false", reason: "Refused", additionalData: { refusalReasonRaw: "05 : Do not honor" } };
    expect(read(refused)).toMatchObject({ type: "adyen.AUTHORISATION.failed", declineCode: "05 : Do not honor" });
  });

  it("of a refund or a chargeback names the original payment and itself", () => {
    const about = { originalReference: "PAY1", pspReference: "MOD1" };
    expect(read({ ...about, eventCode: "REFUND" })).toMatchObject({ payment: "PAY1", refund: "MOD1" });
    expect(read({ ...about, eventCode: "CHARGEBACK" })).toMatchObject({ payment: "PAY1", dispute: "MOD1" });
    expect(read({ ...about, eventCode: "CAPTURE" })).not.toHaveProperty("refund");
  });

  it.each([
    ["EUR", 1000, 1000],
    ["JPY", 1000, 1000],
    ["KWD", 1000, 1000],
    ["ISK", 1000, 1000],
    ["CLP", 1000, 10],
    ["CVE", 1000, 100_000],
    ["IDR", 1000, 100_000],
    ["UGX", 1000, 100_000],
    ["MGA", 1000, 10],
  ])("in %s turns Adyen's %i into our %i minor units", (currency, value, amountMinor) => {
    expect(read({ amount: { value, currency } })).toMatchObject({ amountMinor, currency: currency.toLowerCase() });
  });

  it.each([
    ["would have to be rounded", { value: 1001, currency: "CLP" }],
    ["is a float", { value: 10.5, currency: "EUR" }],
    ["is a float in a currency that is converted", { value: 10.5, currency: "CLP" }],
    ["is negative", { value: -1, currency: "EUR" }],
    ["is beyond the safe integer once converted", { value: Number.MAX_SAFE_INTEGER, currency: "IDR" }],
    ["is in an unknown currency", { value: 1000, currency: "ZZZ" }],
  ])("leaves out an amount that %s, and says so", (_, amount) => {
    const event = read({ amount });
    expect(event).not.toHaveProperty("amountMinor");
    expect(event.defects).toHaveLength(1);
  });

  it.each([
    ["live", "true", undefined],
    ["live", true, undefined],
    ["test", "false", undefined],
    ["test", false, undefined],
    ["test", "true", "live says live, and the key that signed it is of test"],
    ["live", "false", "live says test, and the key that signed it is of live"],
    ["test", null, "live is missing; taken as test, as the key is"],
    ["live", "yes", "live is missing; taken as live, as the key is"],
  ] as const)(
    "is of the key's mode (%s) where live is %o, and a person sees where that contradicts it",
    (mode, live, defect) => {
      const { mode: taken, defects } = read({}, live, mode);
      expect([taken, defects]).toEqual([mode, defect === undefined ? undefined : [defect]]);
    },
  );

  it("decides the same whatever its unsigned fields say", () => {
    const chargeback = { eventCode: "CHARGEBACK", originalReference: "PAY1", pspReference: "DIS1" };
    const unsigned = {
      eventDate: "2031-01-01T00:00:00Z",
      reason: "Refund me",
      paymentMethod: "visa",
      operations: ["REFUND"],
      additionalData: {
        shopperReference: "cus_other",
        disputeStatus: "Won",
        defensePeriodEndsAt: "2031-01-01T00:00:00Z",
        defendable: "false",
        merchantReference: "other",
        refusalReasonRaw: "05",
      },
    };
    const [one, other] = [read(chargeback), read({ ...chargeback, ...unsigned })];
    expect(routeOf(other)).toEqual(routeOf(one));
    expect(adyen.disputeIn(other)).toEqual(adyen.disputeIn(one));
    const differs = Object.keys(other).filter((name) => {
      const key = name as keyof typeof other;
      return JSON.stringify(one[key]) !== JSON.stringify(other[key]);
    });
    expect(differs.filter((name) => !adyen.unsigned.some((field) => field === name))).toEqual([]);
    expect(other).not.toHaveProperty("customer");
  });
});
