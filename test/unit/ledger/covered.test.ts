/** Masked words beside what is stored: what an earlier version stored as it came, and what another build masked otherwise. */
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { readEvent } from "../../../shared/agents/text/reading.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { AcceptItem } from "../../../shared/contracts/ledger.ts";
import { normaliseOwnEvent } from "../../../shared/contracts/own-event.ts";
import { createKeyedHash } from "../../../shared/core/keyed-hash.ts";
import { compare } from "../../../shared/ledger/event/same.ts";
import { createShard } from "../../../shared/ledger/shard/shard.ts";
import { withTells } from "../../../shared/providers/registry.ts";
import { stripe } from "../../../shared/providers/stripe/index.ts";
import { cover } from "../../../workers/ingest/cover.ts";
import { readCovered } from "../../../workers/ledger/read-covered.ts";
import { sqlOf } from "../../helpers/ledger.ts";
import { SETTINGS, START } from "../../helpers/shard.ts";

const hash = createKeyedHash(["content-hash-key-one"], "KEY");
const written = (text: string, more: object = {}) =>
  JSON.stringify({
    id: "r-1",
    type: "countersign.request",
    occurredAt: START,
    mode: "test",
    payment: "pi_1",
    text,
    ...more,
  });

function read(raw: string, source: "api" | "standard" = "api"): { event: PaymentEvent; raw: string } {
  const event = normaliseOwnEvent(JSON.parse(raw), source);
  if (!event.ok) throw new Error(event.error);
  return { event: withTells(event.value), raw };
}
const now = (raw: string, source?: "api" | "standard") => cover(read(raw, source), "keyed", hash);
const openShard = () => createShard(sqlOf(new DatabaseSync(":memory:")), SETTINGS, readCovered);

describe("words that an earlier version stored as they came", () => {
  const TEXT = "Refund pi_1 to +49 170 1234567, card 4242 4242 4242 4242";

  it.each(["api", "standard"] as const)("are the same when they come masked, by %s", async (source) => {
    const shard = openShard();
    expect(shard.accept([{ ...read(written(TEXT), source), provenance: "keyed" }], START)).toEqual(["accepted"]);
    expect(shard.accept([await now(written(TEXT), source)], START)).toEqual(["duplicate"]);
    expect(shard.accept([await now(written(TEXT, { payment: "pi_2" }), source)], START)).toEqual(["conflict"]);
    expect(shard.accept([await now(written("Refund pi_2"), source)], START)).toEqual(["conflict"]);
  });

  it("leave the doubts that they left, and are masked when they are read", () => {
    const { event } = read(written("Refund pi_1 for [card], +49 170 1234567 890"));
    const { text, doubts } = readEvent(event, stripe.ids);
    expect(text).not.toContain("1234567");
    expect(doubts.filter(({ about }) => about === "masked").map(({ words }) => words)).toContainEqual(
      expect.stringContaining("[card]"),
    );
  });
});

describe("masked words beside masked words", () => {
  const stored = (more: Partial<PaymentEvent>) => ({
    event: { ...read(written("Refund pi_1 for [card] of 12-34-56")).event, covered: [], ...more },
    provenance: "keyed" as const,
  });
  const unread = (): null => null;
  const delivery = (item: Partial<AcceptItem>, more: Partial<PaymentEvent> = {}) => ({
    event: {
      ...stored({}).event,
      text: "Refund pi_1 for [card] of [id]",
      covered: ["[id]"],
      contentHash: "b",
      ...more,
    },
    provenance: "keyed" as const,
    ...item,
  });

  it("are the same where their hash is, also where another build masks more of them", () => {
    expect(compare(stored({ contentHash: "b" }), unread, delivery({}))).toEqual({ kind: "duplicate" });
  });

  it("are the same where an older key says so", () => {
    const again = delivery({ contentHashes: ["b", "a"] });
    expect(compare(stored({ contentHash: "a" }), unread, again)).toEqual({ kind: "duplicate" });
    expect(compare(stored({ contentHash: "c" }), unread, again)).toMatchObject({ kind: "conflict", differs: ["text"] });
  });

  it("are others where their hash is another, although they look the same", () => {
    const { event } = stored({});
    const same = { event: { ...event, contentHash: "b" } };
    expect(compare(stored({ contentHash: "a" }), unread, delivery(same))).toMatchObject({ kind: "conflict" });
  });

  it("with another field are others, whatever their hash says", () => {
    const other = delivery({}, { payment: "pi_2" });
    expect(compare(stored({ contentHash: "b" }), unread, other)).toMatchObject({
      kind: "conflict",
      differs: expect.arrayContaining(["payment"]),
    });
  });
});
