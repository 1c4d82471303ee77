import { describe, expect, it } from "vitest";
import { hmacBase64Of, openDoor, problemOf, STRIPE_SECRETS, signStripe } from "../../helpers/ingest-door.ts";

const event = (more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    id: "evt_1",
    object: "event",
    type: "payment_intent.payment_failed",
    created: 1_790_000_000,
    livemode: false,
    data: { object: { object: "payment_intent", id: "pi_1", amount: 4250, currency: "usd" } },
    ...more,
  });

describe("a Stripe webhook", () => {
  it("that is signed is in the ledger with its exact bytes before it is answered, and is rung for once", async () => {
    const door = openDoor();
    const body = `${event()}\n`;
    const response = await door.postStripe(body);
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      accepted: 1,
      duplicates: 0,
      conflicts: 0,
      rejected: { count: 0, lines: [] },
      ids: ["stripe:evt_1"],
    });
    expect(door.memory.rows.get("stripe:evt_1")?.item.raw).toBe(body);
    expect(door.rung).toMatchObject([
      { lane: "live", doorbells: [{ id: "stripe:evt_1", summary: "payment_intent.payment_failed pi_1 42.50 USD" }] },
    ]);
  });

  it.each([[{ toString: null }], [["evt_1"]], [null], [7], [""], ["evt 1"]])(
    "that is signed and whose id is %j is a 400 that says what an id is",
    async (id) => {
      const response = await openDoor().postStripe(event({ id }));
      expect(response.status).toBe(400);
      expect((await problemOf(response)).detail).toContain("id: must be a Stripe event id");
    },
  );

  it.each(STRIPE_SECRETS)("is accepted under each secret that is valid now (%s)", async (secret) => {
    expect((await openDoor().postStripe(event(), { secret })).status).toBe(202);
  });

  it.each([
    [300, 202],
    [301, 401],
    [-300, 202],
    [-301, 401],
  ])("whose timestamp is %i s old is answered %i", async (ageSeconds, status) => {
    expect((await openDoor().postStripe(event(), { ageSeconds })).status).toBe(status);
  });

  it.each([
    ["no header", null],
    ["an empty header", ""],
    ["a header of another form", "sha256=abc"],
    ["a time that is no number", `t=abc,v1=${"0".repeat(64)}`],
    ["the signature of another secret", "other"],
  ])("with %s is a 401 that names no reason and no secret", async (_, header) => {
    const door = openDoor();
    const signature = header === "other" ? await signStripe(event(), door.now(), { secret: "whsec_other" }) : header;
    const response = await door.post(
      "/webhooks/stripe",
      event(),
      signature === null ? {} : { "stripe-signature": signature },
    );
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("stripe");
    expect((await problemOf(response)).detail).toBe(
      "The signature is missing, does not match this body, or has an expired timestamp.",
    );
    expect(door.logged).toMatchObject([{ what: "door.refused", door: "ingest", route: "/webhooks/stripe" }]);
    expect(JSON.stringify(door.logged)).not.toContain("whsec_");
    expect(door.memory.rows.size).toBe(0);
  });

  it.each([
    ["t=abc", (t: string) => t.replace(/^t=\d+/, "t=abc")],
    ["an empty t", (t: string) => t.replace(/^t=\d+/, "t=")],
    ["an exponent", (t: string) => t.replace(/^t=\d+/, "t=1e9")],
    ["hexadecimal", (t: string) => t.replace(/^t=\d+/, "t=0x10")],
    ["a minus", (t: string) => t.replace(/^t=/, "t=-")],
    ["a plus", (t: string) => t.replace(/^t=/, "t=+")],
    ["a zero before it", (t: string) => t.replace(/^t=/, "t=0")],
    ["a fraction", (t: string) => t.replace(/^(t=\d+)/, "$1.5")],
    ["words after it", (t: string) => t.replace(/^(t=\d+)/, "$1abc")],
    ["a space in it", (t: string) => t.replace(/^(t=\d{4})/, "$1 ")],
    ["two of them that are the same", (t: string) => `${t},${t.split(",")[0]}`],
    ["two of them, the first of another time", (t: string) => `t=1,${t}`],
    ["a thousand digits", (t: string) => t.replace(/^t=/, `t=${"1".repeat(1_000)}`)],
    ["a signature in capitals", (t: string) => t.replace(/v1=.*/, (v1) => v1.toUpperCase().replace("V1", "v1"))],
    ["hundreds of signatures", (t: string) => `${t}${`,v1=${"0".repeat(64)}`.repeat(300)}`],
    ["21 signatures", (t: string) => `${t}${`,v1=${"0".repeat(64)}`.repeat(20)}`],
    ["a header of 100 KB", (t: string) => `${t},v0=${"0".repeat(100_000)}`],
  ])("whose signature header has %s is refused, though the signature fits", async (_, spoil) => {
    const door = openDoor();
    const good = await signStripe(event(), door.now());
    const response = await door.post("/webhooks/stripe", event(), { "stripe-signature": spoil(good) });
    expect([response.status, door.memory.rows.size]).toEqual([401, 0]);
  });

  it("whose time is no number is refused before the SDK sees it, which takes `t=abc` for no time at all", async () => {
    const door = openDoor();
    const key = new TextEncoder().encode(STRIPE_SECRETS[0]);
    const mac = Buffer.from(await hmacBase64Of(key, `NaN.${event()}`), "base64").toString("hex");
    const response = await door.post("/webhooks/stripe", event(), { "stripe-signature": `t=abc,v1=${mac}` });
    expect([response.status, door.memory.rows.size]).toEqual([401, 0]);
  });

  it.each([
    ["spaces after its commas", (t: string) => t.replace(",", ", ")],
    ["a signature of another scheme", (t: string) => `${t},v0=${"0".repeat(64)}`],
    ["a signature of another secret first", (t: string) => t.replace(",", `,v1=${"0".repeat(64)},`)],
    ["what is no signature beside the good one", (t: string) => `${t},v1=00,v1=potato`],
  ])("whose signature header has %s is taken", async (_, spoil) => {
    const door = openDoor();
    const good = await signStripe(event(), door.now());
    const response = await door.post("/webhooks/stripe", event(), { "stripe-signature": spoil(good) });
    expect(response.status).toBe(202);
  });

  it("cannot be verified under an empty secret", async () => {
    const door = openDoor();
    const signature = await signStripe(event(), door.now(), { secret: " " });
    expect((await door.post("/webhooks/stripe", event(), { "stripe-signature": signature })).status).toBe(401);
  });

  it("that is broken JSON under a good signature is a 400, not a 401", async () => {
    const response = await openDoor().postStripe("} I am not valid JSON; 123][");
    expect((await problemOf(response)).status).toBe(400);
  });

  it("whose bytes are not UTF-8 does not pass for the text that it resembles", async () => {
    const door = openDoor();
    const signature = await signStripe('{"id":"\ufffd"}', door.now());
    const bytes = new Uint8Array([...new TextEncoder().encode('{"id":"'), 0xff, ...new TextEncoder().encode('"}')]);
    const response = await door.post("/webhooks/stripe", bytes, { "stripe-signature": signature });
    expect(response.status).toBe(400);
    expect(door.memory.rows.size).toBe(0);
  });

  it.each([
    ["no id", { id: undefined }],
    ["an id with a space", { id: "evt 1" }],
    ["an id of 249 characters", { id: "e".repeat(249) }],
    ["no type", { type: undefined }],
    ["a type that is no text", { type: 7 }],
  ])("with %s is a 400 that says so", async (_, more) => {
    const problem = await problemOf(await openDoor().postStripe(event(more)));
    expect(problem.status).toBe(400);
    expect(problem.detail).toMatch(/id:|type:/);
  });

  it("with an id of 248 characters is accepted", async () => {
    expect((await openDoor().postStripe(event({ id: "e".repeat(248) }))).status).toBe(202);
  });

  it.each(["null", "7", '"evt"', "[]"])("whose body is %s is a 400", async (body) => {
    expect((await openDoor().postStripe(body)).status).toBe(400);
  });

  it("of an unknown type, with an object that nobody knows, is accepted", async () => {
    const door = openDoor();
    const body = event({ type: "moon.landed", data: { object: { object: "moon", id: "moon_1", amount: "many" } } });
    expect((await door.postStripe(body)).status).toBe(202);
    expect(door.memory.events()).toEqual([
      { id: "stripe:evt_1", type: "moon.landed", occurredAt: 1_790_000_000_000, mode: "test", lane: "live" },
    ]);
  });

  it("that comes again is a duplicate, also where only what does not matter differs, and is not rung for again", async () => {
    const door = openDoor();
    await door.postStripe(event({ pending_webhooks: 2 }));
    const again = await door.postStripe(event({ pending_webhooks: 1 }));
    expect(again.status).toBe(202);
    expect(await again.json()).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(door.rung.length).toBe(1);
  });

  it("with the same id and another amount is a conflict, and the first one stands", async () => {
    const door = openDoor();
    await door.postStripe(event());
    const other = event({ data: { object: { object: "charge", id: "ch_1", amount: 9999, currency: "usd" } } });
    const response = await door.postStripe(other);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ accepted: 0, conflicts: 1 });
    expect(door.memory.events()).toMatchObject([{ amountMinor: 4250 }]);
    expect(door.rung.length).toBe(1);
  });

  it("is answered 202 when the queue fails, and one line says so", async () => {
    const door = openDoor({ ring: () => Promise.reject(new Error("the queue is full")) });
    expect((await door.postStripe(event())).status).toBe(202);
    expect(door.logged).toMatchObject([{ what: "ingest.ring_failed", error: "Error: the queue is full" }]);
  });

  it("is a 503 with Retry-After when its shard does not answer, and is not rung for", async () => {
    const door = openDoor();
    door.memory.failFor(() => true);
    const response = await door.postStripe(event());
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(door.rung).toEqual([]);
  });

  it.each([
    [1_048_576, 202],
    [1_048_577, 413],
  ])("of %i bytes is answered %i", async (bytes, status) => {
    const padding = bytes - event({ padding: "" }).length;
    const response = await openDoor().postStripe(event({ padding: "x".repeat(padding) }));
    expect(response.status).toBe(status);
  });
});

describe("a Stripe webhook without a signature", () => {
  it("is told from one with a wrong time in the log", async () => {
    const door = openDoor();
    await door.post("/webhooks/stripe", "{}");
    await door.post("/webhooks/stripe", "{}", { "stripe-signature": `t=abc,v1=${"a".repeat(64)}` });
    expect(door.logged.map(({ why }) => why)).toEqual([
      "the Stripe-Signature header is missing",
      "the signed timestamp is not one number of seconds",
    ]);
  });
});
