import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearestOf } from "../../../shared/core/nearest.ts";

const NAMES = ["amountMinor", "currency", "customer", "mode", "live", "test"];

describe("the nearest name", () => {
  it.each([
    ["amount_minor", "amountMinor"],
    ["AMOUNTMINOR", "amountMinor"],
    ["amuontMinor", "amountMinor"],
    ["curency", "currency"],
    ["costumer", "customer"],
    ["tset", "test"],
    ["amount", null],
    ["colour", null],
    ["", null],
    ["x".repeat(100), null],
  ])("of %j is %j", (word, name) => {
    expect(nearestOf(word, NAMES)).toBe(name);
  });

  it("is none where two are as near", () => {
    expect(nearestOf("cat5", ["cat1", "cat2"])).toBeNull();
  });

  it("of a name with one letter too many, too few or another is that name, if no other is as near", () => {
    const long = fc.stringMatching(/^[a-z]{9,12}$/);
    fc.assert(
      fc.property(long, fc.nat(8), fc.stringMatching(/^[a-z]?$/), fc.boolean(), (name, at, letter, isRemoved) => {
        const word = name.slice(0, at) + letter + name.slice(at + (isRemoved ? 1 : 0));
        expect(nearestOf(word, [name])).toBe(name);
      }),
    );
  });
});
