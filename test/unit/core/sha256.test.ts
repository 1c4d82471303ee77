import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256HexNow } from "../../../shared/core/sha256.ts";

const known = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

describe("the hash that does not wait", () => {
  it("is SHA-256 of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
        expect(sha256HexNow(text)).toBe(known(text));
      }),
    );
  });

  it("is so at every length around the end of a block", () => {
    for (let length = 0; length < 200; length++)
      expect(sha256HexNow("x".repeat(length))).toBe(known("x".repeat(length)));
  });
});
