import { describe, expect, it } from "vitest";
import { isCardNumber, isIban, mask, maskCovering } from "../../../shared/agents/text/mask.ts";

describe("mask", () => {
  it.each([
    ["card 4242424242424242 please", "card [card] please"],
    ["4242 4242 4242 4242", "[card]"],
    ["4242-4242-4242-4242.", "[card]."],
    ["amex 378282246310005", "amex [card]"],
    ["to DE89 3704 0044 0532 0130 00 now", "to [iban] now"],
    ["GB82WEST12345698765432", "[iban]"],
    ["write to ann.o'x+y@mail.example.co.uk!", "write to ann.o'[e-mail]!"],
    ["call +49 170 1234567", "call [phone]"],
    ["(415) 555-0132 or 415-555-0132", "[phone] or [phone]"],
  ])("takes out what reaches a person or an account: %s", (text, masked) => expect(mask(text)).toBe(masked));

  it.each([
    "Refund $42.50 USD for invoice INV-1042 because duplicate charge was detected.",
    "payment pi_3PabcDEFghiJKLmnoPQRstuv and ch_3PabcDEF1234567890123456",
    "1,250.00 EUR on 2026-10-20",
    "in_1Q2w3E4r5T6y7U8i9O0p7B2C5E10-0003",
    "order 1234567890123456",
  ])("leaves what an agent needs to tell payments apart: %s", (text) => expect(mask(text)).toBe(text));

  it.each([
    ["three numbers that look like a phone", "150 200 3000", "[phone] of 12 characters"],
    ["a price for each", "2@14.50", "[e-mail] of 7 characters"],
    ["a sum with a plus", "+1 500 000", "[phone] of 10 characters"],
    ["a short card number in groups", "5200 1200 3400 11", "[card] of 17 characters"],
    ["an IBAN that is too long for its country", "BE68 5390 0754 7034 19", "[iban] of 22 characters"],
    ["what only looks masked", "[card]", "[card] of 6 characters"],
  ])("says that %s may be more than an identifier", (_what, text, covered) => {
    expect(maskCovering(`Refund ${text} please`).covered).toEqual([covered]);
  });

  it.each(["4242 4242 4242 4242", "a.b@c.example", "my phone is +49 170 1234567", "DE89 3704 0044 0532 0130 00"])(
    "is certain of %s",
    (text) => expect(maskCovering(text).covered).toEqual([]),
  );

  it("does the same the second time", () => {
    const once = mask("4242 4242 4242 4242, DE89370400440532013000, a@b.example, +49 170 1234567");
    expect(mask(once)).toBe(once);
  });
});

describe("checksums", () => {
  it("know a card number by Luhn, and by its length", () => {
    expect(isCardNumber("4242 4242 4242 4242")).toBe(true);
    expect(isCardNumber("4242 4242 4242 4243")).toBe(false);
    expect(isCardNumber("0".repeat(11))).toBe(false);
    expect(isCardNumber("0".repeat(20))).toBe(false);
  });

  it("know an IBAN by ISO 7064", () => {
    expect(isIban("DE89 3704 0044 0532 0130 00")).toBe(true);
    expect(isIban("DE88 3704 0044 0532 0130 00")).toBe(false);
  });
});
