import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLine } from "../../../cli/send/check.ts";
import { countTypes, idleTypes, leadsTo } from "../../../cli/send/types.ts";
import { parseJson } from "../../../shared/core/json.ts";
import { readJsonText } from "../../../shared/core/json-text.ts";
import { routeOf } from "../../../shared/policy/facts.ts";
import { generateDay } from "../../../simulators/day/index.ts";
import { readElement } from "../../../workers/ingest/element.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const GOOD = { id: "evt-1", type: "invoice.paid", occurredAt: 1_790_000_000_000, mode: "test" };
const day = generateDay({ events: 400, seed: 5, startAt: 1_790_000_000_000, subscriptions: true });
const lines = day.stream.filter(({ door }) => door !== "requests").map(({ body }) => body);

/** What the door says to a line; null where it takes it. */
function saidByDoor(line: string): string | null {
  const parsed = readJsonText(line);
  if (!parsed.ok) return `the line ${parsed.error}`;
  const read = readElement(parsed.value, line, null);
  return read.ok ? null : read.error;
}
const saidByDryRun = (line: string): string | null => {
  const checked = checkLine(encode(line));
  return checked.ok ? null : checked.error;
};

describe("a dry run says what the door says", () => {
  it("of every line of a day, its garbage too", () => {
    expect(lines.filter((line) => saidByDoor(line) !== null).length).toBeGreaterThan(5);
    for (const line of lines) expect(saidByDryRun(line)).toBe(saidByDoor(line));
  });

  it("of a line in which a name stands twice", () => {
    const line = '{"id":"evt-1","type":"x","occurredAt":1790000000000,"mode":"test","mode":"live"}';
    expect(saidByDryRun(line)).toContain("the line has the same name twice");
    expect(saidByDryRun(line)).toBe(saidByDoor(line));
  });

  it("of any object, in our own shape or exported", () => {
    const odd = fc.record(
      {
        id: fc.oneof(fc.string(), fc.jsonValue()),
        type: fc.oneof(fc.constant("invoice.paid"), fc.constant("countersign.hold"), fc.string(), fc.jsonValue()),
        object: fc.constantFrom("event", "v2.core.event", "list", 1),
        occurredAt: fc.oneof(fc.constant(1_790_000_000), fc.integer(), fc.jsonValue()),
        mode: fc.constantFrom("live", "test", "Live", null),
        amount: fc.jsonValue(),
        amountMinor: fc.jsonValue(),
        currency: fc.oneof(fc.constant("usd"), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(odd, fc.jsonValue()), (value) => {
        const line = JSON.stringify(value);
        expect(saidByDryRun(line)).toBe(saidByDoor(line));
      }),
      { numRuns: 500 },
    );
  });

  it("of bytes that are no text", () => {
    expect(checkLine(Uint8Array.of(0x7b, 0xff, 0x7d))).toEqual({
      ok: false,
      error: "the line is not valid UTF-8: write the file in that encoding",
    });
  });
});

describe("what a type leads to", () => {
  it("is nothing only where the door closes each event of it at once", () => {
    for (const line of lines) {
      const parsed = parseJson(line);
      const read = parsed.ok ? readElement(parsed.value, line, null) : null;
      if (read?.ok !== true) continue;
      const { event } = read.value;
      if (leadsTo(event.type) === null) expect(routeOf(event).kind).toBe("none");
    }
  });

  it.each([
    ["invoice.payment_failed", "Claude decides: failed_renewal"],
    ["charge.dispute.created", "a case for a person: dispute"],
    ["refund.updated", "a case for a person: failed_refund; or only recorded, by what it says"],
    ["countersign.request", "Claude decides: request"],
    ["countersign.decision", "the decision is checked: outside_decision"],
    ["charge.refunded", "recorded; may confirm an action of ours"],
    ["charge.updated", null],
  ])("%s: %s", (type, expected) => {
    expect(leadsTo(type)).toBe(expected);
  });

  it("is counted and said: how many of which types nothing acts on, and that they are recorded", () => {
    const counts = countTypes();
    for (let n = 0; n < 500; n++) counts.add("charge.updated");
    for (let n = 0; n < 312; n++) counts.add("customer.updated");
    for (let n = 0; n < 188; n++) counts.add("invoice.payment_failed");
    expect(idleTypes(counts)).toBe(
      "812 of 1,000 are of types that nothing acts on: charge.updated (500), customer.updated (312); they are recorded",
    );
  });

  it("is suggested where a type is nearly one", () => {
    const counts = countTypes();
    counts.add("invoice.payment_faild");
    expect(idleTypes(counts)).toContain("invoice.payment_faild (1; you may mean invoice.payment_failed)");
  });

  it("is not said where something acts on each, and is bounded where a file has a million types", () => {
    const counts = countTypes();
    counts.add("invoice.payment_failed");
    expect(idleTypes(counts)).toBeNull();
    for (let n = 0; n < 5_000; n++) counts.add(`made.up.${n}`);
    expect(counts.all().length).toBe(1_000);
    expect(idleTypes(counts)).toMatch(/^5,000 of 5,001 .* and 994 more types; they are recorded$/);
  });
});

it("amounts are those that events in our own shape state with their currency", () => {
  const money = (change: object) => {
    const checked = checkLine(encode(JSON.stringify({ ...GOOD, ...change })));
    return checked.ok ? checked.value.money : checked.error;
  };
  expect(money({ amountMinor: 4250, currency: "USD" })).toEqual({ amountMinor: 4250, currency: "usd" });
  expect(money({ amountMinor: 4250 })).toBeNull();
});
