import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../shared/core/time.ts";
import {
  CONTENT_HASH_KEY,
  type DoorOptions,
  INGEST_KEYS,
  NOW,
  openDoor,
  problemOf,
} from "../../helpers/ingest-door.ts";

const OLD = INGEST_KEYS[0] ?? "";
const NEW = "ingest-new";
const NEW_HASH = "a-new-content-hash-key";

type Door = ReturnType<typeof openDoor>;
type Path = "/v1/requests" | "/api/payments";
const PATHS = ["/v1/requests", "/api/payments"] as const;
const BODIES: Record<Path, (payment: string) => object> = {
  "/v1/requests": (payment) => ({ message: "Refund 42.50 USD, charged twice.", payment }),
  "/api/payments": (payment) => ({
    source: "agent",
    decision: { action: "refund", reason: "charged twice", amount_cents: 4250, currency: "USD", payment },
  }),
};

/** With an idempotency key and without, at both doors. */
const WAYS = PATHS.flatMap((path) => [null, "order-7"].map((key) => [path, key] as const));

const ask = (door: Door, path: Path, ingestKey: string, key: string | null, payment = "pi_1") =>
  door.postJson(path, BODIES[path](payment), {
    authorization: `Bearer ${ingestKey}`,
    ...(key === null ? {} : { "idempotency-key": key }),
  });

async function eventOf(answer: Promise<Response>): Promise<string> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.headers.get("location") ?? "";
}

/** The same ledger behind the door of a deployment with other secrets, at another time. */
function redeployed(before: Door, options: DoorOptions, now = before.now()): Door {
  const door = openDoor({ ...options, memory: before.memory });
  door.setNow(now);
  before.setNow(now);
  return door;
}

describe("a request that is sent again while its caller's ingest key is rotated", () => {
  it.each(WAYS)("at %s (idempotency key: %s) is the same event, with either key, for 24 hours", async (path, key) => {
    const before = openDoor({ ingestKeys: [[OLD]] });
    const first = await eventOf(ask(before, path, OLD, key));
    const during = redeployed(before, { ingestKeys: [[NEW, OLD]] }, NOW + 3 * HOUR_MS);
    expect(await eventOf(ask(during, path, NEW, key))).toBe(first);
    expect(await eventOf(ask(during, path, OLD, key))).toBe(first);
    const late = redeployed(before, { ingestKeys: [[NEW, OLD]] }, NOW + DAY_MS - 1);
    expect(await eventOf(ask(late, path, NEW, key))).toBe(first);
    expect(before.memory.rows.size).toBe(1);
  });

  it.each(WAYS)(
    "at %s (idempotency key: %s) and first came during it is one event, whichever key came first",
    async (path, key) => {
      for (const [one, two] of [
        [OLD, NEW],
        [NEW, OLD],
      ] as const) {
        const door = openDoor({ ingestKeys: [[NEW, OLD]] });
        const first = await eventOf(ask(door, path, one, key));
        expect(await eventOf(ask(door, path, two, key))).toBe(first);
        const other = key === null ? null : "order-9";
        const together = await Promise.all(
          [one, two, one, two].map((sent) => eventOf(ask(door, path, sent, other, "pi_2"))),
        );
        expect(new Set(together).size).toBe(1);
      }
    },
  );

  it.each(WAYS)(
    "at %s (idempotency key: %s) is the same event after the old key was removed, a day later",
    async (path, key) => {
      const before = openDoor({ ingestKeys: [[OLD]] });
      await eventOf(ask(before, path, OLD, key));
      const during = redeployed(before, { ingestKeys: [[NEW, OLD]] }, NOW + DAY_MS - HOUR_MS);
      // Whoever still has the old key asks for something else, at the end of its day.
      const last = await eventOf(ask(during, path, OLD, key === null ? null : "order-8", "pi_3"));
      const after = redeployed(before, { ingestKeys: [[NEW]] }, NOW + DAY_MS + HOUR_MS);
      expect(await eventOf(ask(after, path, NEW, key === null ? null : "order-8", "pi_3"))).toBe(last);
      expect((await ask(after, path, OLD, key)).status).toBe(401);
      expect(before.memory.rows.size).toBe(2);
    },
  );

  it("is refused with another body under its idempotency key, as before", async () => {
    const before = openDoor({ ingestKeys: [[OLD]] });
    await eventOf(ask(before, "/v1/requests", OLD, "order-7"));
    const during = redeployed(before, { ingestKeys: [[NEW, OLD]] });
    expect((await problemOf(await ask(during, "/v1/requests", NEW, "order-7", "pi_2"))).status).toBe(422);
  });

  it("is one event a day, also where the rotation goes on for days", async () => {
    const before = openDoor({ ingestKeys: [[OLD]] });
    const ids = new Set([await eventOf(ask(before, "/v1/requests", OLD, null))]);
    for (let day = 1; day < 4; day++) {
      const during = redeployed(before, { ingestKeys: [[NEW, OLD]] }, NOW + day * DAY_MS);
      const [one, two] = [
        await eventOf(ask(during, "/v1/requests", OLD, null)),
        await eventOf(ask(during, "/v1/requests", NEW, null)),
      ];
      expect(one).toBe(two);
      ids.add(one);
    }
    expect([ids.size, before.memory.rows.size]).toEqual([4, 4]);
  });
});

describe("a request that is sent again while both keys are rotated", () => {
  it.each(WAYS)("at %s (idempotency key: %s) is the same event for 24 hours", async (path, key) => {
    const before = openDoor({ ingestKeys: [[OLD]] });
    const first = await eventOf(ask(before, path, OLD, key));
    const rotated = { ingestKeys: [[NEW, OLD]], contentHashKey: `${NEW_HASH}\n${CONTENT_HASH_KEY}` };
    const during = redeployed(before, rotated, NOW + DAY_MS - 1);
    expect(await eventOf(ask(during, path, NEW, key))).toBe(first);
    expect(before.memory.rows.size).toBe(1);
  });

  it.each(WAYS)(
    "at %s (idempotency key: %s) is the same event once the content hash key of before is gone, a day later",
    async (path, key) => {
      const before = openDoor({ ingestKeys: [[OLD]] });
      const rotated = { ingestKeys: [[NEW, OLD]], contentHashKey: `${NEW_HASH}\n${CONTENT_HASH_KEY}` };
      const during = redeployed(before, rotated, NOW + HOUR_MS);
      const first = await eventOf(ask(during, path, OLD, key));
      const after = redeployed(before, { ingestKeys: [[NEW]], contentHashKey: NEW_HASH }, NOW + DAY_MS);
      expect(await eventOf(ask(after, path, NEW, key))).toBe(first);
      expect(before.memory.rows.size).toBe(1);
    },
  );
});

describe("two callers", () => {
  it.each(WAYS)("at %s (idempotency key: %s) are two, also while the key of one is rotated", async (path, key) => {
    const door = openDoor({ ingestKeys: [[NEW, OLD], ["ingest-desk"]] });
    const shop = await eventOf(ask(door, path, OLD, key));
    const desk = await eventOf(ask(door, path, "ingest-desk", key));
    expect(desk).not.toBe(shop);
    expect(await eventOf(ask(door, path, NEW, key))).toBe(shop);
    expect(door.memory.rows.size).toBe(2);
  });
});
