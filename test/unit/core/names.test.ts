import { describe, expect, it } from "vitest";
import { nameKey, whyNotName } from "../../../shared/core/names.ts";

describe("two names that a reader takes for one", () => {
  it.each([
    ["ap2", "AP2"],
    ["ap2", "\u0430\u04402"],
    ["AP2", "\u0410\u04202"],
    ["ap2", "\u03b1\u03c12"],
    ["ap2", "\uff41\uff50\uff12"],
    ["local admin", "local\u00a0admin"],
    ["local admin", "  Local   ADMIN "],
    ["ap2", "ap2\u3164"],
    ["ap2", "ap2\u2800"],
    ["ap2", "a\u034fp2"],
    ["ap2", "ap2\ufe0f"],
    ["Zo\u00eb", "Zoe\u0308"],
    ["Strasse", "Stra\u00dfe"],
  ])("have one key: %j and %j", (one, other) => {
    expect(nameKey(other)).toBe(nameKey(one));
  });

  it("are not those that differ", () => {
    const names = ["ap1", "ap2", "ap 2", "Anna", "Anne", "Мария", "Марина", "李", "Zoe", "Zoë"];
    expect(new Set(names.map(nameKey)).size).toBe(names.length);
  });
});

describe("a name", () => {
  it.each([
    "ap2\u3164",
    "ap2\u2800",
    "a\u034fp2",
    "ap2\ufe0f",
    "\u115fap2",
    "ap2\u1160",
    "ap2\uffa0",
    "a\u200bp",
    "a\u2028p",
  ])("with what nobody can see is refused: %j", (name) => {
    expect(whyNotName(name)).toContain("nobody can see");
  });
  it.each(["\u0430p2", "Dan\u0430", "D\u03b1na", "one Dan\u0430", "\u0391\u0430", "D\u0561na"])(
    "with look-alikes of two scripts in one word is refused: %j",
    (name) => {
      expect(whyNotName(name)).toContain("several scripts");
    },
  );
  it.each(["policy", "Policy", "me", "NONE", "release", "n\u043ene", "person_first", "Person_x"])(
    "that a command means otherwise, or that looks like an id, is refused: %j",
    (name) => {
      expect(whyNotName(name)).not.toBeNull();
    },
  );
  it("needs something to read", () => {
    expect(whyNotName("- -")).toContain("a letter or a digit");
  });
  it.each([
    "Dana",
    "Ada's helper",
    "Мария Иванова",
    "Ολυμπία",
    "Anna Мария",
    "Zoë",
    "李小龍",
    "アンナ",
    "Tシャツ",
    "ap2",
    "O’Neil",
  ])("of people stands: %s", (name) => {
    expect(whyNotName(name)).toBeNull();
  });
});
