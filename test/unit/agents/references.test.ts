import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mask } from "../../../shared/agents/text/mask.ts";
import { readEvent } from "../../../shared/agents/text/reading.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { DEFAULT_PROVIDER } from "../../../shared/providers/registry.ts";
import { readCases } from "../../helpers/cases.ts";
import { cpuMsOf } from "../../helpers/cpu.ts";
import { read, shortly } from "../../helpers/reading.ts";
import { event } from "../../helpers/shard.ts";

const referencesIn = (one: PaymentEvent) => readEvent(one, DEFAULT_PROVIDER.ids).references;
const found = (text: string) => shortly(text).references;

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
    ["invoice 7b2c5e10-0003", ["invoiceNumber 7B2C5E10-0003"]],
    ["INV-2026-0042", ["invoiceNumber INV-2026-0042"]],
    ["pi_3PabcDEF, in_1Xyz and sub_1Qa", ["payment pi_3PabcDEF", "invoice in_1Xyz", "subscription sub_1Qa"]],
    ["(sub_1Qabc)", ["subscription sub_1Qabc"]],
    ["py_1Qabc's", ["charge py_1Qabc"]],
    ["invoice:INV-1042,charged twice", ["invoiceNumber INV-1042"]],
    ["INV-1042を返金してください", ["invoiceNumber INV-1042"]],
  ])("in %j are %j", (text, expected) => expect(found(text)).toEqual(expected));

  it.each(
    ["inv-1042", "INV 1042", "invoice #1042", "INV‑1042", "Inv. 1042", "INV1042", "#1042", "invoice no. 1042"].concat([
      "invoice number 1042",
      "Rechnung Nr. 1042",
      "facture n° 1042",
      "factura número 1042",
      "inv/1042",
      "INV_1042",
    ]),
  )("%s is INV-1042", (text) => {
    expect(shortly(`Please refund ${text}, charged twice.`)).toMatchObject({ references: ["invoiceNumber INV-1042"] });
  });

  it.each(
    [
      "on 2026-10-20",
      "20-10-2026",
      "call 555-1234",
      "$42.50",
      "spi_123abc",
      "1042",
      "20-OCT-2026",
      "2026-OCT-20",
    ].concat(["order #1042", "covid-19", "order AB-1234", "invoice 20 USD"]),
  )("are not in %j", (text) => expect(found(text)).toEqual([]));

  it.each([
    "INV-2026-0001-02",
    "INV-77/3",
    "RE-2026-11-27",
    "INV-1042-R1",
    "XINV-1042X",
    "INV-1042/1043",
    "pi_3abc-1",
    "PI_3abc123",
    "sub-1abc",
    "SUB_2def",
    "pi_3abc…",
  ])("that are cut or longer are none, and a doubt: %s", (text) => {
    const { references, doubts } = shortly(`Please refund invoice ${text}, charged twice.`);
    expect(references.filter((one) => one !== "payment pi_3abc")).toEqual([]);
    if (!text.endsWith("…")) expect(doubts).not.toEqual([]);
  });

  it.each(readCases<{ text: string; right: string }>("references"))("$text: $right", ({ text, right }) => {
    const { references, doubts } = shortly(text);
    if (right.startsWith("the reference")) expect(references).toEqual(["invoiceNumber INV-1042"]);
    else {
      expect(references).toEqual([]);
      expect(doubts).not.toEqual([]);
    }
  });

  it("are all kept, and more than eight are a doubt about everything", () => {
    const text = Array.from({ length: 9 }, (_, n) => `INV-${1_000 + n}`).join(" ");
    expect(found(text)).toHaveLength(9);
    expect(shortly(text).doubts).toContain("too_many: 9 references, at most 8 can be told apart");
    const amounts = Array.from({ length: 9 }, (_, n) => `$${n + 1}`).join(", ");
    expect(shortly(amounts).doubts).toContain("too_many: 9 amounts, at most 8 can be told apart");
  });

  it("are never a part of a longer token", () => {
    const glue = fc.stringMatching(/^[A-Za-z0-9_/-]{1,4}$/);
    fc.assert(
      fc.property(glue, glue, (before, after) => {
        const text = `Refund ${before}INV-1042${after} please`;
        expect(found(text), text).not.toContain("invoiceNumber INV-1042");
      }),
      { numRuns: 2_000 },
    );
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
  words: "refund not ".repeat(1_800),
  clauses: "refund, ".repeat(2_500),
  "tag characters": "\u{e0041}".repeat(10_000),
  emoji: "👨‍👩‍👧".repeat(2_500),
  apostrophes: "a'".repeat(10_000),
  labels: "invoice no ".repeat(1_800),
};

describe("whatever the text", () => {
  it.each(Object.entries(HOSTILE))(
    "a text of %s, four times the longest allowed, is read in under a second",
    (_name, longest) => {
      const text = longest.repeat(4);
      const took = (): number => cpuMsOf(() => read(text));
      // Some of it may be compiling or collecting garbage in the first: what takes long by itself takes long each time.
      expect(Math.min(took(), took(), took())).toBeLessThan(1_000);
    },
  );

  it("nothing throws, and every amount is a whole number that survives JSON", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.stringMatching(/^[-0-9.,$€ A-Za-z@_+()]{0,200}$/),
    );
    fc.assert(
      fc.property(texts, (text) => {
        mask(text);
        return read(text).amounts.every(({ amountMinor }) => Number.isSafeInteger(amountMinor) && amountMinor >= 0);
      }),
      { numRuns: 2_000 },
    );
  });
});
