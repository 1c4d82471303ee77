import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FACT_KINDS } from "../../shared/contracts/facts.ts";
import { ADYEN_FACTS } from "../../shared/providers/adyen/facts.ts";
import { STRIPE_FACTS } from "../../shared/providers/stripe/facts.ts";
import { factsPage, typesThatAct } from "../../tools/facts-page.ts";

describe("docs/facts.md", () => {
  it("is what the tables say: node tools/facts-page.ts writes it", () => {
    expect(readFileSync(join(import.meta.dirname, "../../docs/facts.md"), "utf8")).toBe(factsPage());
  });

  it("and the types that something acts on, which the command line has, are written from the same tables", () => {
    const written = readFileSync(join(import.meta.dirname, "../../shared/contracts/types-that-act.ts"), "utf8");
    expect(written).toBe(typesThatAct());
  });

  it("has an event for every fact but those that come from no provider", () => {
    const told = new Set([...STRIPE_FACTS, ...ADYEN_FACTS].flatMap((line) => ("fact" in line ? [line.fact] : [])));
    expect(FACT_KINDS.filter((fact) => !told.has(fact))).toEqual(["conflict", "request", "outside_decision"]);
  });

  it("says that another event decides only where that one always comes", () => {
    const accompanying = [...STRIPE_FACTS, ...ADYEN_FACTS].flatMap((line) => ("accompanies" in line ? line.types : []));
    expect(accompanying).toEqual(["charge.failed", "invoice.payment_action_required"]);
  });

  it("has no line that can never count, because an earlier one of the same event needs nothing", () => {
    for (const table of [STRIPE_FACTS, ADYEN_FACTS]) {
      const decided = new Set<string>();
      for (const { types, when } of table) {
        for (const type of types) {
          expect(decided.has(type), type).toBe(false);
          if (when === undefined) decided.add(type);
        }
      }
    }
  });
});
