/** The bytes that are kept of an event, read again by the code at hand, are that event. */
import { describe, expect, it } from "vitest";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { readAgain } from "../../../shared/providers/read-again.ts";
import { ADYEN_KEY, hmacBase64Of, openDoor } from "../../helpers/ingest-door.ts";
import { RENDERINGS } from "../../helpers/renderings.ts";

/** What is read of bytes alone: the lane is the door's, and of an event in our own shape the registry says what it tells. */
const saidBy = ({ lane: _lane, tells: _tells, ...said }: PaymentEvent) => said;

async function adyenBody(...references: string[]): Promise<string> {
  const key = Uint8Array.from(Buffer.from(ADYEN_KEY, "hex"));
  const items = references.map(async (pspReference) => {
    const fields = [pspReference, "psp_0", "Shop", "order-1", 1130, "EUR", "CHARGEBACK", "true"];
    const NotificationRequestItem = {
      pspReference,
      originalReference: "psp_0",
      merchantAccountCode: "Shop",
      merchantReference: "order-1",
      amount: { value: 1130, currency: "EUR" },
      eventCode: "CHARGEBACK",
      eventDate: "2026-10-20T12:00:00+02:00",
      success: "true",
      additionalData: { hmacSignature: await hmacBase64Of(key, fields.join(":")) },
    };
    return { NotificationRequestItem };
  });
  return JSON.stringify({ live: "false", notificationItems: await Promise.all(items) });
}

describe("the bytes of a stored event", () => {
  it("are read as the event that a door read in them, of every source that brings one", async () => {
    const door = openDoor();
    for (const { old, recent } of Object.values(RENDERINGS)) {
      await door.postStripe(JSON.stringify(old));
      await door.postJson("/v1/events?lane=batch", { ...recent, id: `${Reflect.get(recent, "id")}_keyed` });
    }
    await door.post("/webhooks/adyen", await adyenBody("psp_1", "psp_2"));
    const own = { id: "e-1", type: "note.taken", occurredAt: "2026-10-20T12:00:00Z", mode: "test", amountMinor: 5 };
    await door.postJson("/v1/events", { ...own, currency: "usd" });
    const rows = [...door.memory.rows.values()];
    expect(rows).toHaveLength(2 * Object.keys(RENDERINGS).length + 3);
    for (const { item } of rows) {
      const read = readAgain(item.event.id, item.raw);
      expect(read === null ? null : saidBy(read), item.event.id).toEqual(saidBy(item.event));
    }
  });

  it("are read as what they say where the event stands beside another of its id", () => {
    const { recent } = RENDERINGS["charge.failed"] ?? { recent: {} };
    expect(readAgain("stripe:evt_charge:signed", JSON.stringify(recent))).toMatchObject({
      id: "stripe:evt_charge",
      charge: "ch_3P1",
    });
  });

  it.each([
    ["stripe:evt_1", "no json"],
    ["stripe:evt_1", "[]"],
    ["stripe:evt_1", '{"id":"evt_1"}'],
    ["request:1", '{"message":"refund it"}'],
    ["nobody:1", "{}"],
    ["constructor:1", "{}"],
    ["evt_1", "{}"],
  ])("of %s that are %j are read as nothing, and nothing breaks", (id, raw) => {
    expect(readAgain(id, raw)).toBeNull();
  });
});
