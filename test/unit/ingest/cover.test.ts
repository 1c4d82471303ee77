import { describe, expect, it } from "vitest";
import type { Acceptance, AcceptItem } from "../../../shared/contracts/ledger.ts";
import { sha256Hex } from "../../../shared/core/hash.ts";
import { canonicalJson } from "../../../shared/core/json.ts";
import { DAY_MS, HOUR_MS } from "../../../shared/core/time.ts";
import { hmacBase64Of, INGEST_KEYS, NOW, openDoor, problemOf, STANDARD_SECRET } from "../../helpers/ingest-door.ts";

const CARD = "4242 4242 4242 4242";
const OTHER_CARD = "5555 5555 5555 4444";
type Door = ReturnType<typeof openDoor>;

const own = (text: string, more: object = {}) => ({
  id: "r-1",
  type: "countersign.request",
  occurredAt: NOW,
  mode: "test",
  payment: "pi_1",
  text,
  ...more,
});

async function postStandard(door: Door, body: string): Promise<Response> {
  const [id, at] = ["msg_1", String(Math.floor(door.now() / 1000))];
  const key = Uint8Array.from(atob(STANDARD_SECRET.replace("whsec_", "")), (char) => char.charCodeAt(0));
  const signature = await hmacBase64Of(key, `${id}.${at}.${body}`);
  return door.post("/webhooks/standard", body, {
    "webhook-id": id,
    "webhook-timestamp": at,
    "webhook-signature": `v1,${signature}`,
  });
}

/** What of it may not be kept, and each way in which it can come. */
const WRITTEN = `Refund my payment. Card ${CARD}, cvc 737, anna@example.com, DE89 3704 0044 0532 0130 00`;
const PARTS = ["4242 4242", "737", "anna@", "3704 0044"];
const proposed = { action: "refund", reason: WRITTEN };
const DOORS: Record<string, (door: Door) => Promise<Response>> = {
  "/v1/requests": (door) => door.postJson("/v1/requests", { message: WRITTEN, payment: "pi_1" }),
  "/api/payments": (door) =>
    door.postJson("/api/payments", {
      source: `the bot of anna@example.com`,
      decision: { action: "refund", reason: WRITTEN, next_agent: `ask ${CARD}`, payment: "pi_1" },
    }),
  "/v1/events with a request": (door) => door.postJson("/v1/events", own(WRITTEN)),
  "/v1/events with a decision": (door) =>
    door.postJson("/v1/events", own("", { text: undefined, type: "countersign.decision", proposed })),
  "/v1/events with an array": (door) => door.postJson("/v1/events", [own(WRITTEN)]),
  "a file": (door) => door.postLines(`${JSON.stringify(own(WRITTEN))}\n`),
  "/webhooks/standard": (door) => postStandard(door, JSON.stringify(own(WRITTEN))),
  "/webhooks/standard with a decision": (door) =>
    postStandard(door, JSON.stringify(own("", { text: undefined, type: "countersign.decision", proposed }))),
  "an exported event of a provider": (door) => door.postJson("/v1/events", exported(WRITTEN)),
};

const exported = (description: string) => ({
  id: "evt_1",
  object: "event",
  api_version: "2026-10-28.endive",
  created: Math.floor(NOW / 1000),
  livemode: false,
  type: "charge.failed",
  data: {
    object: {
      id: "ch_1",
      object: "charge",
      amount: 100,
      currency: "usd",
      description,
      payment_intent: "pi_1",
      receipt_email: "anna@example.com",
    },
  },
});

const itemOf = (door: Door): AcceptItem => {
  const [row] = [...door.memory.rows.values()];
  if (row === undefined) throw new Error("nothing was stored");
  return row.item;
};

describe("what people wrote", () => {
  it.each(Object.keys(DOORS))("is masked before anything of it is stored, by %s", async (name) => {
    const door = openDoor();
    expect((await DOORS[name]?.(door))?.status).toBeLessThan(300);
    const item = itemOf(door);
    for (const part of PARTS) expect(JSON.stringify(item)).not.toContain(part);
    expect(item.raw).toContain("[card]");
    expect(JSON.stringify(JSON.parse(item.raw))).toContain("pi_1");
    expect(item.event.payment).toBe("pi_1");
    expect(JSON.stringify(door.logged)).not.toContain("4242");
  });

  it("of a provider is kept as the provider signed it", async () => {
    const door = openDoor();
    const body = JSON.stringify(exported(WRITTEN));
    expect((await door.postStripe(body)).status).toBe(202);
    expect(itemOf(door)).toMatchObject({ raw: body, provenance: "signed" });
  });

  it.each([
    ["contentHash", "a".repeat(64)],
    ["covered", []],
    ["tells", { fact: "dispute" }],
  ])("cannot come with a %s of its sender's own", async (name, value) => {
    const door = openDoor();
    const body = own("Refund it", { [name]: value });
    const problem = await problemOf(await door.postJson("/v1/events", body));
    expect(problem).toMatchObject({ status: 400, detail: expect.stringContaining(name) });
    expect(await problemOf(await postStandard(door, JSON.stringify(body)))).toMatchObject({ status: 400 });
    expect(door.memory.rows.size).toBe(0);
  });

  it.each([
    ["a card's", "customer", "4242424242424242"],
    ["a card's, with hyphens", "payment", "4242-4242-4242-4242"],
    ["an American Express card's", "invoice", "378282246310005"],
    ["an account's", "subscription", "DE89370400440532013000"],
  ])(
    "is refused by every door with %s number as its %s, and the number is not repeated",
    async (_what, field, number) => {
      const door = openDoor();
      const answers = [
        await door.postJson("/v1/requests", { message: "Refund it", [field]: number }),
        await door.postJson("/api/payments", { source: "a bot", decision: { ...proposed, [field]: number } }),
        await door.postJson("/v1/events", own("Refund it", { [field]: number })),
        await postStandard(door, JSON.stringify(own("Refund it", { [field]: number }))),
        await door.postJson("/v1/events", own("Refund it", { id: number })),
      ];
      for (const [index, answer] of answers.entries()) {
        const problem = await problemOf(answer);
        expect(problem).toMatchObject({
          status: 400,
          detail: expect.stringContaining(index < 4 ? `${field}:` : "id:"),
        });
        expect(problem.detail).not.toMatch(/\d{4}/);
      }
      const listed = await (await door.postLines(JSON.stringify(own("Refund it", { [field]: number })))).json();
      expect(listed).toMatchObject({ accepted: 0, rejected: { count: 1 } });
      expect(JSON.stringify(listed)).not.toContain(number);
      expect(door.memory.rows.size).toBe(0);
      expect(JSON.stringify(door.logged)).not.toContain(number);
    },
  );

  it.each(["amountMinor", "occurredAt", "attempt"])("is refused with a card number as its %s", async (field) => {
    const door = openDoor();
    const sum = field === "amountMinor" ? { currency: "USD" } : {};
    const answer = await door.postJson("/v1/events", own("Refund it", { [field]: 4_242_424_242_424_242, ...sum }));
    const { status, detail } = await problemOf(answer);
    expect([status, detail]).toEqual([400, expect.stringContaining(`${field}: is the number of a card`)]);
    expect(door.memory.rows.size).toBe(0);
  });

  it.each(["pi_4242424242424242", "INV-4242424242424242", "8215658961765251", "1234567812345678", "4242424242424241"])(
    "keeps %s, which is an id",
    async (payment) => {
      const door = openDoor();
      expect(await sent(door, own("Refund it", { payment }))).toBe("accepted");
      expect(itemOf(door).event.payment).toBe(payment);
    },
  );

  it.each([
    ["broken JSON", `hello ${CARD}`],
    ["JSON that breaks off behind it", `{"text": "${CARD}", anna@example.com`],
    ["a field that has its name", JSON.stringify(own("Refund it", { [CARD]: 1 }))],
    ["a field that has its number as a name", JSON.stringify(own("Refund it", { "4242424242424242": 1 }))],
    ["an enum that has its value", JSON.stringify(own("Refund it", { mode: `${CARD} anna@example.com` }))],
    ["a type that has another one", JSON.stringify(own("Refund it", { amountMinor: CARD, lane: CARD }))],
  ])("is repeated in no answer to %s", async (_what, body) => {
    const door = openDoor();
    const answers = [
      await door.postLines(body),
      await door.postJson("/v1/events", body),
      await door.postJson("/v1/requests", body),
      await postStandard(door, body),
    ];
    for (const answer of answers) expect(await answer.text()).not.toMatch(/4242|anna/);
    expect(JSON.stringify(door.logged)).not.toMatch(/4242|anna/);
  });

  it("is refused by a door that has no key to hash it with", () => {
    expect(() => openDoor({ contentHashKey: " \n " })).toThrow("CONTENT_HASH_KEY holds no key");
  });
});

const sent = async (door: Door, body: unknown): Promise<Acceptance> => {
  const receipt = (await (await door.postJson("/v1/events", body)).json()) as Record<string, number>;
  return receipt.accepted === 1 ? "accepted" : receipt.duplicates === 1 ? "duplicate" : "conflict";
};

describe("a masked text that is sent again under its id", () => {
  it("is a duplicate, also in a file, with its fields in another order", async () => {
    const door = openDoor();
    expect(await sent(door, own(CARD))).toBe("accepted");
    expect(await sent(door, own(CARD))).toBe("duplicate");
    const turned = Object.fromEntries(Object.entries(own(CARD)).toReversed());
    const answer = await (await door.postLines(`${JSON.stringify(turned)}\n`)).json();
    expect(answer).toMatchObject({ duplicates: 1, conflicts: 0 });
  });

  it.each([
    ["another card", own(OTHER_CARD)],
    ["the words that a mask writes", own("[card]")],
    ["another payment", own(CARD, { payment: "pi_2" })],
  ])("with %s is a conflict", async (_what, other) => {
    const door = openDoor();
    await sent(door, own(CARD));
    expect(await sent(door, other)).toBe("conflict");
    expect(itemOf(door).event).toMatchObject({ text: "[card]", payment: "pi_1" });
  });

  it("as an outside decision with another card in its reason is a conflict", async () => {
    const door = openDoor();
    const decision = (reason: string) =>
      own("", { text: undefined, type: "countersign.decision", proposed: { action: "refund", reason } });
    expect(await sent(door, decision(CARD))).toBe("accepted");
    expect(await sent(door, decision(OTHER_CARD))).toBe("conflict");
    expect(await sent(door, decision(CARD))).toBe("duplicate");
  });

  it("is a duplicate after the key was rotated, and another card is still a conflict", async () => {
    const before = openDoor({ contentHashKey: "old-content-hash-key" });
    await sent(before, own(CARD));
    const after = openDoor({ contentHashKey: "new-content-hash-key\nold-content-hash-key", memory: before.memory });
    expect(await sent(after, own(CARD))).toBe("duplicate");
    expect(await sent(after, own(OTHER_CARD))).toBe("conflict");
  });
});

const ask = (door: Door, message: string, headers: Record<string, string> = {}) =>
  door.postJson("/v1/requests", { message, payment: "pi_1" }, headers);
const idOf = async (response: Response): Promise<string> => ((await response.json()) as { id: string }).id;

/** As an earlier version stored a request: under a plain hash, in the words that came. */
async function storeAsBefore(door: Door, message: string, key: string | null): Promise<string> {
  const body = { message, payment: "pi_1" };
  const caller = await sha256Hex(INGEST_KEYS[0] ?? "");
  const named = JSON.stringify(key === null ? [caller, "body", canonicalJson(body)] : [caller, "key", key]);
  const id = `request:${(await sha256Hex(named)).slice(0, 32)}`;
  const occurredAt = Math.floor(door.now() / HOUR_MS) * HOUR_MS;
  await door.memory.ledger.claimKey({ key: id, occurredAt, newest: null });
  const event = { type: "countersign.request", occurredAt, mode: "test", lane: "live" } as const;
  await door.memory.ledger.accept([
    {
      event: { ...event, id, text: message, payment: "pi_1", tells: { fact: "request" } },
      raw: JSON.stringify(body),
      provenance: "keyed",
    },
  ]);
  return id;
}

describe("the id of a request", () => {
  it("cannot be computed by who knows its words and tries all cards", async () => {
    const id = await idOf(await ask(openDoor(), CARD));
    expect(await idOf(await ask(openDoor({ contentHashKey: "another-content-hash-key" }), CARD))).not.toBe(id);
    expect(await idOf(await ask(openDoor(), CARD))).toBe(id);
    expect(id).not.toBe(await storeAsBefore(openDoor(), CARD, null));
  });

  it.each([null, "one key"])("is what an earlier version gave it, for 24 hours (idempotency key: %s)", async (key) => {
    const door = openDoor();
    const headers = key === null ? {} : { "idempotency-key": key };
    const id = await storeAsBefore(door, `refund ${CARD}`, key);
    door.setNow(NOW + DAY_MS - 1);
    expect(await (await ask(door, `refund ${CARD}`, headers)).json()).toMatchObject({
      id,
      duplicates: 1,
      conflicts: 0,
    });
    door.setNow(NOW + DAY_MS);
    const later = await (await ask(door, `refund ${CARD}`, headers)).json();
    expect(later).toMatchObject({ accepted: 1 });
    expect(later).not.toMatchObject({ id });
    expect(await (await ask(door, `refund ${CARD}`, headers)).json()).toMatchObject({
      ...(later as object),
      ids: [],
      accepted: 0,
      duplicates: 1,
    });
  });

  it("of an earlier version with another card under the same key is refused, and nothing of it is kept", async () => {
    const door = openDoor();
    const id = await storeAsBefore(door, `refund ${CARD}`, "k");
    expect((await problemOf(await ask(door, `refund ${OTHER_CARD}`, { "idempotency-key": "k" }))).status).toBe(422);
    expect(door.memory.rows.get(id)).toMatchObject({ conflicts: 1, item: { event: { text: `refund ${CARD}` } } });
  });

  it.each([null, "one key"])("is found after the key was rotated, for 24 hours (idempotency key: %s)", async (key) => {
    const before = openDoor({ contentHashKey: "old-content-hash-key" });
    const headers = key === null ? {} : { "idempotency-key": key };
    const id = await idOf(await ask(before, CARD, headers));
    const after = openDoor({ contentHashKey: "new-content-hash-key\nold-content-hash-key", memory: before.memory });
    expect(await (await ask(after, CARD, headers)).json()).toMatchObject({ id, duplicates: 1 });
    if (key !== null) expect((await problemOf(await ask(after, OTHER_CARD, headers))).status).toBe(422);
    after.setNow(NOW + DAY_MS);
    before.setNow(NOW + DAY_MS);
    expect(await idOf(await ask(after, CARD, headers))).not.toBe(id);
  });
});
