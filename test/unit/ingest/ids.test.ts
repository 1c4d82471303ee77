import { describe, expect, it } from "vitest";
import { ADYEN_KEY, hmacBase64Of, openDoor } from "../../helpers/ingest-door.ts";

const event = (id: string, more: object = {}) => ({
  id,
  type: "customer.updated",
  occurredAt: 1_790_000_000_000,
  mode: "test",
  ...more,
});
const idsOf = async (response: Response) => ((await response.json()) as { ids?: string[] }).ids;
const linesOf = (count: number) =>
  Array.from({ length: count }, (_, nth) => JSON.stringify(event(`e${nth}`))).join("\n");

describe("every id that is stored is in the answer that stored it", () => {
  it("of an array and of a file alike, and none of a duplicate", async () => {
    const door = openDoor();
    await door.postJson("/v1/events", event("e1"));
    expect(await idsOf(await door.postJson("/v1/events", [event("e1"), event("e2")]))).toEqual(["api:e2"]);
    const file = await idsOf(await door.postLines(linesOf(4)));
    expect(file?.sort()).toEqual(["api:e0", "api:e3"]);
  });

  it("of a hundred by their names, and of more by no name", async () => {
    expect(await idsOf(await openDoor().postLines(linesOf(100)))).toHaveLength(100);
    const many = (await (await openDoor().postLines(linesOf(101))).json()) as object;
    expect(many).toMatchObject({ accepted: 101 });
    expect(many).not.toHaveProperty("ids");
  });

  it("of a conflict, which is kept with the event of its id", async () => {
    const door = openDoor();
    await door.postJson("/v1/events", event("e1"));
    const answer = await door.postJson("/v1/events", event("e1", { type: "other" }));
    expect(await answer.json()).toMatchObject({ conflicts: 1, ids: ["api:e1"] });
  });

  it("of nothing that the ledger did not take", async () => {
    const door = openDoor();
    door.memory.failFor((id) => id.endsWith("e2"));
    expect(await idsOf(await door.postJson("/v1/events", [event("e1"), event("e2")]))).toEqual(["api:e1"]);
  });

  it("of a request in its body and in a header", async () => {
    const answer = await openDoor().postJson("/v1/requests", { message: "Hello" });
    const { id, ids } = (await answer.json()) as { id: string; ids: string[] };
    expect([ids, answer.headers.get("countersign-event-id")]).toEqual([[id], encodeURIComponent(id)]);
  });

  it("of an outside decision in a header, since its body is fixed", async () => {
    const door = openDoor();
    const answer = await door.postJson("/api/payments", { source: "s", decision: { action: "none", reason: "r" } });
    const named = decodeURIComponent(answer.headers.get("countersign-event-id") ?? "");
    expect([...door.memory.rows.keys()]).toEqual([named]);
    expect(answer.headers.get("location")).toBe(`/v1/events/${encodeURIComponent(named)}`);
  });

  it("of a key that was used for another body: the answer names the event that keeps it", async () => {
    const door = openDoor();
    const post = (message: string) => door.postJson("/v1/requests", { message }, { "idempotency-key": "k" });
    const { id } = (await (await post("One")).json()) as { id: string };
    const answer = await post("Another");
    expect([answer.status, answer.headers.get("countersign-event-id")]).toEqual([422, encodeURIComponent(id)]);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining(id) });
  });

  it("of an Adyen notification in a header, since its body is Adyen's", async () => {
    const fields = ["P1", "", "Shop", "order", 1130, "EUR", "AUTHORISATION", "true"];
    const hmacSignature = await hmacBase64Of(Uint8Array.from(Buffer.from(ADYEN_KEY, "hex")), fields.join(":"));
    const item = {
      pspReference: "P1",
      merchantAccountCode: "Shop",
      merchantReference: "order",
      amount: { value: 1130, currency: "EUR" },
      eventCode: "AUTHORISATION",
      eventDate: "2026-10-20T12:00:00Z",
      success: "true",
      additionalData: { hmacSignature },
    };
    const body = JSON.stringify({ live: "false", notificationItems: [{ NotificationRequestItem: item }] });
    const answer = await openDoor().post("/webhooks/adyen", body);
    expect([await answer.text(), answer.headers.get("countersign-event-id")]).toEqual([
      "[accepted]",
      encodeURIComponent("adyen:P1:AUTHORISATION:true"),
    ]);
  });
});
