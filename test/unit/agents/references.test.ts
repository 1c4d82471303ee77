import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAmounts } from "../../../shared/agents/text/amounts.ts";
import { mask } from "../../../shared/agents/text/mask.ts";
import { REFERENCES_MAX, referencesOf } from "../../../shared/agents/text/references.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { DEFAULT_PROVIDER } from "../../../shared/providers/registry.ts";
import { event } from "../../helpers/shard.ts";

const referencesIn = (one: PaymentEvent) => referencesOf(one, DEFAULT_PROVIDER.ids);
const found = (text: string) => referencesIn(event({ text })).map(({ kind, value }) => `${kind} ${value}`);

describe("references", () => {
  it("are the event's own first, then what its text names, each once", () => {
    const { length } = referencesIn(event({ payment: "pi_own1", invoice: "in_own1", text: "pi_own1 or ch_other1" }));
    expect(length).toBe(3);
    expect(referencesIn(event({ payment: "pi_own1", text: "see ch_other1" }))).toEqual([
      { ref: "r1", kind: "payment", value: "pi_own1" },
      { ref: "r2", kind: "charge", value: "ch_other1" },
    ]);
  });

  it.each([
    ["Refund INV-1042 please", ["invoiceNumber INV-1042"]],
    ["number 7B2C5E10-0003.", ["invoiceNumber 7B2C5E10-0003"]],
    ["INV-2026-0042", ["invoiceNumber INV-2026-0042"]],
    ["pi_3PabcDEF, in_1Xyz and sub_1Q", ["payment pi_3PabcDEF", "invoice in_1Xyz"]],
    ["sub_1Qabc", ["subscription sub_1Qabc"]],
    ["py_1Qabc", ["charge py_1Qabc"]],
  ])("in %j are %j", (text, expected) => expect(found(text)).toEqual(expected));

  it.each([
    "on 2026-10-20",
    "20-10-2026",
    "call 555-1234",
    "$42.50",
    "spi_123abc",
    "1042",
    "20-OCT-2026",
    "2026-OCT-20",
  ])("are not in %j", (text) => expect(found(text)).toEqual([]));

  it(`are ${REFERENCES_MAX} at most`, () => {
    const text = Array.from({ length: 30 }, (_, n) => `INV-${1_000 + n}`).join(" ");
    expect(found(text)).toHaveLength(REFERENCES_MAX);
  });
});

/** Texts of the longest allowed length (20,000) that make careless patterns go back and forth. */
const HOSTILE: Record<string, string> = {
  letters: "a".repeat(20_000),
  digits: "1".repeat(20_000),
  "digits and hyphens": "1-".repeat(10_000),
  "letters and hyphens": "A-".repeat(10_000),
  groups: `${"1,111".repeat(4_000)}-`,
  commas: "1,".repeat(10_000),
  spaced: "1 ".repeat(10_000),
  thousands: "1 111".repeat(4_000),
  "half an address": `${"a.".repeat(10_000)}@`,
  "many ats": "a@".repeat(10_000),
  "half an iban": "AA11 ".repeat(4_000),
  ids: "pi_".repeat(6_666),
  signs: "$".repeat(20_000),
  parentheses: "(".repeat(20_000),
  phones: "+1 ".repeat(6_666),
};

describe("whatever the text", () => {
  it.each(Object.entries(HOSTILE))(
    "a text of %s, four times the longest allowed, is read in under a second",
    (_name, longest) => {
      const text = longest.repeat(4);
      const read = (): number => {
        const startedAt = performance.now();
        referencesIn(event({ text }));
        readAmounts(text);
        mask(text);
        return performance.now() - startedAt;
      };
      // The machine may stop for a while in the first: what takes long by itself takes long each time.
      expect(Math.min(read(), read(), read())).toBeLessThan(1_000);
    },
  );

  it("nothing throws, and every amount is a whole number that survives JSON", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.stringMatching(/^[-0-9.,$€ A-Za-z@_+()]{0,200}$/),
    );
    fc.assert(
      fc.property(texts, (text) => {
        referencesIn(event({ text }));
        mask(text);
        return readAmounts(text).amounts.every(
          ({ amountMinor }) => Number.isSafeInteger(amountMinor) && amountMinor >= 0,
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
