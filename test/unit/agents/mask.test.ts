import { describe, expect, it } from "vitest";
import { isCardNumber, isIban, mask, maskCovering, maskIdentifier } from "../../../shared/agents/text/mask.ts";
import { readCases } from "../../helpers/cases.ts";

describe("mask", () => {
  it.each(readCases<{ text: string; right: string }>("masking"))("of $text: $right", ({ text, right }) => {
    const masked = mask(text);
    if (right === "kept") return expect(masked).toBe(text);
    if (right.startsWith("[")) expect(masked).toContain(right);
    expect(masked).not.toMatch(/\d{3}/);
  });

  it.each([
    ["card 4242424242424242 please", "card [card] please"],
    ["4242 4242 4242 4242", "[card]"],
    ["4242-4242-4242-4242.", "[card]."],
    ["amex 378282246310005", "amex [card]"],
    ["my card is 4111111111111111 09/27 cvc 737", "my card is [card] [code]"],
    ["4242424242424242 exp 12/2028, 737 and thanks", "[card] and thanks"],
    ["to DE89 3704 0044 0532 0130 00 now", "to [iban] now"],
    ["GB82WEST12345698765432", "[iban]"],
    ["write to ann.o'x+y@mail.example.co.uk!", "write to [e-mail]!"],
    ["call +49 170 1234567", "call [phone]"],
    ["(415) 555-0132 or 415-555-0132", "[phone] or [phone]"],
    ["the cvv is 123, refund $20", "the [code], refund $20"],
    ["my ssn: 123 45 6789.", "my [id]."],
  ])("takes out what reaches a person or an account, and nothing beside it: %s", (text, masked) =>
    expect(mask(text)).toBe(masked),
  );

  const SPELLINGS: Record<string, string[]> = {
    card: [
      "4242.4242.4242.4242",
      "4242\u00a04242\u00a04242\u00a04242",
      "4242\u202f4242\u202f4242\u202f4242",
      "4242\t4242\t4242\t4242",
      "4242\n4242\n4242\n4242",
      "4242 - 4242 - 4242 - 4242",
      "4242\u20114242\u20114242\u20114242",
      "4242—4242—4242—4242",
      "4242/4242/4242/4242",
      "4242_4242_4242_4242",
      "4242·4242·4242·4242",
      "4242, 4242, 4242, 4242",
      "4242*4242*4242*4242",
      "4242-4242 4242-4242",
      "424242424242-4242",
      "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
      "42 42 42 42 42 42 42 42",
      "4242\u200b4242\u200b4242\u200b4242",
      "4242\u00ad4242\u00ad4242\u00ad4242",
      "４２４２４２４２４２４２４２４２",
      "４２４２－４２４２－４２４２－４２４２",
      "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢",
      "۴۲۴۲۴۲۴۲۴۲۴۲۴۲۴۲",
      "४२४२४२४२४२४२४२४२",
      "𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐",
      "⁴²⁴²⁴²⁴²⁴²⁴²⁴²⁴²",
      "①4242424242424242",
      "4242424242424242²",
      "card4242424242424242please",
      "x4242424242424242x",
      "カード4242424242424242です",
      "pi_4242424242424242",
      "#4242424242424242",
      "order 4242424242424242",
      "(4242424242424242)",
      "PAN:4242424242424242;",
      "42424242424242420927",
      "4242424242424242 4242424242424242",
      "1234 4242424242424242 5678",
      "3782-822463-10005",
      "3056 930902 5904",
      "2223003122003222",
      "6011 1111 1111 1117",
      "3530111333300000",
      "6200000000000005",
      "my card number is 5018 0000 0009",
      "my card is 4242424242424241",
    ],
    iban: [
      "gb82 west 1234 5698 7654 32",
      "FR1420041010050500013M02606",
      "fr14 2004 1010 0505 0001 3m02 606",
      "nl 91 abna 0417 1643 00",
      "ES91 2100 0418 4502 0005 1332",
      "IT60 X054 2811 1010 0000 0123 456",
      "NO93 8601 1117 947",
      "BE68-5390-0754-7034",
      "CH93 0076 2011 6238 5295 7",
      "PL61109010140000071219812874",
      "SE4550000000058398257466",
      "DE89.3704.0044.0532.0130.00",
      "DE89\u00a03704\u00a00044 0532\n0130 00",
      "D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0",
      "IBANDE89370400440532013000",
      "IBAN:DE89370400440532013000",
      "ＤＥ８９３７０４００４４０５３２０１３０００",
      "DE٨٩٣٧٠٤٠٠٤٤٠٥٣٢٠١٣٠٠٠",
      "DE89370400440532013000bitte",
      "(DE89370400440532013000)",
      "AE070331234567890123456",
      "SA0380000000608010167519",
      "TR330006100519786457841326",
      "MT84MALT011000012345MTLCAST001S",
      "PT50000201231234567890154",
      "GR1601101250000000012300695",
      "IBAN DE88 3704 0044 0532 0130 00",
    ],
    "e-mail": [
      "jürgen@müller.example",
      "Jane.Doe+shop@mail.example.co.uk,",
      "o'neill@example.org",
      "jane[at]domain[dot]example",
      "jane{at}domain.example",
      "jane (at) domain (dot) example",
      "jane (ät) domain.example",
      "jane at domain dot com",
      "jane AT domain DOT com",
      "jane punto doe chiocciola domain.example".replace(" punto ", ".").replace(" chiocciola ", " (chiocciola) "),
      "jane @ domain.example",
      "jane\u00a0@\u00a0domain.example",
      "jane＠domain.example",
      "jane@\u200bdomain.example",
      "<jane@domain.example>",
      "'jane@domain.example'",
      "mailto:jane@domain.example",
      "user@[192.168.0.1]",
      "用户@例子.公司",
      "иван@почта.рф",
      "jane@xn--mller-kva.example",
      "jane at gmail.com",
      "jane@gmail",
    ],
    phone: [
      "+1 (415) 555-0132",
      "+14155550132",
      "+49 (0)170 1234567",
      "+33.6.12.34.56.78",
      "+45 20 12 34 56",
      "+81-90-1234-5678",
      "＋４９ １７０ １２３４５６７",
      "+٤٩ ١٧٠ ١٢٣٤٥٦٧",
      "0049 170 1234567",
      "415.555.0132",
      "1-800-555-0199",
      "347 123 4567",
      "(0151) 23456789",
      "07700 900123",
      "020 7946 0958",
      "01632 960 001",
      "079 123 45 67",
      "08-123 456 78",
      "0412 345 678",
      "(02) 9876 5432",
      "06.12.34.56.78",
      "06-12345678",
      "0471 12 34 56",
      "0532 123 45 67",
      "010-1234-5678",
      "054-123-4567",
      "0612345678",
      "０１５１ ２３４５６７８９",
      "8 (912) 345-67-89",
      "138 1234 5678",
      "13812345678",
      "98765 43210",
      "9876543210",
      "(11) 91234-5678",
      "11 91234-5678",
      "612 345 677",
      "20 12 34 56",
      "tel 12345678",
      "Tel.: 0151/23456789",
      "call me on 12345678",
      "whatsapp 5551234567",
      "my phone number is 5550132",
      "415-555-0132 ext. 22",
    ],
    code: [
      "CVV: 1234",
      "CVC737",
      "cvv2=123",
      "security code is 123",
      "the 3-digit security number on the back is 123",
      "CVV (3 digits): 123",
      "Prüfnummer 123",
      "code de sécurité : 123",
      "código de seguridad 123",
      "código de segurança: 123",
      "737 is the cvc",
      "CVC（１２３）",
      "cvc code: 7 3 7",
      "my pin is 4321",
      "OTP 123456",
    ],
    id: [
      "123 45 6789",
      "１２３－４５－６７８９",
      "my social security number is 123-45-6789",
      "SSN 123456789",
      "123.456.789-09",
      "12345678909",
      "CPF 123456789 09",
      "12.345.678/0001-95",
      "046-454-286",
      "AB 12 34 56 C",
      "12345678Z",
      "X1234567L",
      "RSSMRA85T10A562S",
      "756.9217.0769.85",
      "850709-9805",
      "070761-4285",
      "131052-308T",
      "900101-1234567",
      "11010519491231002X",
      "2 84 12 76 451 089 93",
      "ABCPE1234F",
      "Aadhaar 2341 2341 2346",
      "Steuer-ID 12 345 678 903",
      "BSN 123456782",
      "PESEL 44051401359",
      "passport no. C01X00T47",
    ],
    secret: ["password: hunter22", "my password is hunter22", "Passwort: geheim123", "Bearer abcdefghijkl123"],
  };
  it.each(Object.entries(SPELLINGS).flatMap(([name, all]) => all.map((text) => [name, text] as const)))(
    "finds a %s in %j",
    (name, text) => {
      const masked = mask(`Hello, ${text} Thanks`);
      expect(masked).toContain(`[${name}]`);
      const rest = masked.replaceAll("1234 [card] 5678", "[card]").replace("①", "");
      expect(rest).not.toMatch(/\p{N}{3}/u);
    },
  );

  it.each([
    "Refund $42.50 USD for invoice INV-1042 because duplicate charge was detected.",
    "payment pi_3PabcDEFghiJKLmnoPQRstuv and ch_3PabcDEF1234567890123456",
    "in_1Q2w3E4r5T6y7U8i9O0p7B2C5E10-0003",
    "acct_1032D82eZvKYlo2C act_0123456789abcdef0123456789abcdef",
    "request:0123456789abcdef0123456789abcdef-2",
    "123e4567-e89b-12d3-a456-426614174000",
    "psp 8835511210681324, psp 883551121068132D",
    "order 1234567890123456",
    "order #4155550132",
    "order number: 4155550132",
    "order 123-45-6789",
    "Order 114-1234567-1234567 or 302-1234567-1234567",
    "Bestellnummer 4155550132",
    "commande 0612345678",
    "pedido 912345678",
    "invoice 0151234567",
    "invoice INV-2026-0001-02, INV-0001234567, RE-2026-000123, 7B2C5E10-0003, INV-123-45-6789",
    "tracking 1Z999AA10123456784, ticket 12345678",
    "on 01.02.2026 at 10:15, 03/04/2026, 27.11.26 14:05, 5/6/26, 12/2026",
    "2026-11-27T10:15:00Z 2026-11-27 2026-11-28",
    "1,250.00 EUR on 2026-10-20",
    "$1,250.00, 1 250,00 EUR, 1.000.000,00 EUR, 1 000 000 JPY",
    "123 456 789 VND, 12345678 IDR, 612 345 678 COP",
    "12.50-20.00 USD, 50%, 2 of 3, 10 x 20 x 30",
    "1042, 1043, 1044, 1045",
    "card ending 4242, last 4 digits 1881",
    "de 50 euros por la compra 12, no 12 345",
    "the password is not working and my pin is blocked",
    "charged at amazon.com, refund me at 5 pm, 2@14.50",
    "call me about order 1234567",
    "code 404, zip 94103-1234",
  ])("leaves what an agent needs to tell payments apart: %s", (text) => {
    expect(maskCovering(text)).toEqual({ text, covered: [], written: [] });
  });

  it.each([
    ["three numbers that look like a phone", "150 200 3000", "[phone] of 12 characters"],
    ["a sum with a plus", "+1 500 000", "[phone] of 10 characters"],
    ["three numbers that look like a national number", "123 45 6789", "[id] of 11 characters"],
    ["an odd spelling", "42 42 42 42 42 42 42 42", "[card] of 23 characters"],
    ["a card with something hidden in it", "42424242\u200b42424242", "[card] of 17 characters"],
    ["what stands behind the word for a password", "password: $20", "[secret] of 13 characters"],
  ])("says that %s may be more than an identifier", (_what, text, covered) => {
    expect(maskCovering(`Refund ${text} please`).covered).toEqual([covered]);
  });

  it("says what only looks masked", () => {
    expect(maskCovering("Refund [card] and [phone]")).toEqual({
      text: "Refund [card] and [phone]",
      covered: [],
      written: ["[card] of 6 characters", "[phone] of 7 characters"],
    });
  });

  it.each([
    "4242 4242 4242 4242",
    "a.b@c.example",
    "my phone is +49 170 1234567",
    "+49 170 1234567",
    "0151 23456789",
    "4155550132",
    "DE89 3704 0044 0532 0130 00",
    "cvc 737",
    "123-45-6789",
  ])("is certain of %s", (text) => expect(maskCovering(text).covered).toEqual([]));

  it("takes out of an identifier only what has a checksum or an @", () => {
    expect(["4155550132", "0151-23456789", "CC-4242-424242424242", "cus_a@b.example"].map(maskIdentifier)).toEqual([
      "4155550132",
      "0151-23456789",
      "CC-[card]",
      "[e-mail]",
    ]);
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
