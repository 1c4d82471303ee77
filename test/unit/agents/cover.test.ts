import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverEvent, idsOf, maskBody, maskJson } from "../../../shared/agents/text/cover.ts";
import { readEvent } from "../../../shared/agents/text/reading.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { stripe } from "../../../shared/providers/stripe/index.ts";
import { readCases } from "../../helpers/cases.ts";

const CARD = "4242 4242 4242 4242";
const event = (more: Partial<PaymentEvent>): PaymentEvent => ({
  id: "api:r-1",
  type: "countersign.request",
  occurredAt: 1,
  mode: "test",
  lane: "live",
  ...more,
});
const doubtsOf = (one: PaymentEvent): string[] =>
  readEvent(one, stripe.ids).doubts.flatMap(({ about, words }) => (about === "masked" ? [words] : []));

describe("a number in JSON", () => {
  it.each([
    ['{"cvc":737}', '{"cvc":"[code]"}'],
    ['{"a":1,"security_code": 737}', '{"a":1,"security_code": "[code]"}'],
    ['{"ssn":123456789,"phone":4155550132}', '{"ssn":"[id]","phone":"[phone]"}'],
    ['{"n":4242424242424242.0,"m":-4242424242424242}', '{"n":"[card]","m":"[card]"}'],
    ['{"kennwort":"geheim"}', '{"kennwort":"[secret]"}'],
  ])("is masked where its name says what it is: %s", (raw, masked) => {
    expect(maskJson(raw)).toBe(masked);
  });

  it.each([
    '{"postal_code":90210,"status_code":200,"tax":1000,"total_tax_amounts":[1234]}',
    '{"amount":4250,"created":1790000000,"account_balance":123456,"country_code":49,"exp_year":2027}',
    '{"response_code":4155,"telephone_orders":120,"keys":300,"option":415,"important":4821}',
  ])("stays where it is any other: %s", (raw) => {
    expect(maskJson(raw)).toBe(raw);
  });
});

describe("an event that people wrote", () => {
  it("is masked in every text of it, and keeps each id", () => {
    const written = {
      text: `refund ${CARD}`,
      proposed: { action: "refund" as const, reason: `it was ${CARD}` },
      declineCode: `do not honour ${CARD}`,
      riskLevel: "anna@example.com",
      refundStatus: `failed for ${CARD}`,
      defects: ["amount", `card ${CARD}`],
    };
    const ids = { payment: "pi_4242424242424242", customer: "anna@example.com", invoice: "INV-4242424242424242" };
    const { event: covered } = coverEvent(event({ ...written, ...ids }));
    expect(covered).toMatchObject({
      ...ids,
      text: "refund [card]",
      proposed: { action: "refund", reason: "it was [card]" },
      declineCode: "do not honour [card]",
      riskLevel: "[e-mail]",
      refundStatus: "failed for [card]",
      defects: ["amount", "card [card]"],
    });
  });

  it("without a text of anybody is the same, and says nothing to hash", () => {
    const plain = event({ type: "invoice.payment_failed", declineCode: "do_not_honor", payment: "pi_1" });
    expect(coverEvent(plain)).toEqual({ event: plain, said: null });
    expect(coverEvent(plain).event).toBe(plain);
  });

  it("says something else to hash where another card was written, though both look the same", () => {
    const [one, other] = [CARD, "5555 5555 5555 4444"].map((card) => coverEvent(event({ text: `refund ${card}` })));
    expect(one?.event).toEqual(other?.event);
    expect(one?.said).not.toBe(other?.said);
    expect(coverEvent(event({ text: "refund [card]" })).said).not.toBe(one?.said);
  });

  it("says the same to hash whatever else is in it", () => {
    const said = ({ ...more }: Partial<PaymentEvent>) => coverEvent(event({ text: `refund ${CARD}`, ...more })).said;
    expect(said({ lane: "batch", occurredAt: 2, payment: "pi_1" })).toBe(said({}));
  });
});

describe("what a mask hid", () => {
  it.each(["amounts", "masking", "references", "refund-requests"])(
    "leaves each text of %s to be read as it came",
    (name) => {
      const texts = readCases<{ text?: string; message?: string }>(name).flatMap(
        ({ text, message }) => text ?? message ?? [],
      );
      expect(texts).not.toEqual([]);
      for (const text of texts) {
        const came = event({ payment: "pi_1", text });
        expect(readEvent(coverEvent(came).event, stripe.ids)).toEqual(readEvent(came, stripe.ids));
      }
    },
  );

  it("is a doubt of the event that the door has masked, as it was of the words themselves", () => {
    const text = "Refund pi_1 please, +49 170 1234567 890";
    const { event: covered } = coverEvent(event({ text }));
    expect(covered.text).not.toContain("1234567");
    expect(doubtsOf(covered)).toEqual(doubtsOf(event({ text })));
  });

  it("and is certainly an identifier is no doubt", () => {
    const { event: covered } = coverEvent(event({ text: "Refund pi_1, my card is 4242424242424242" }));
    expect(covered.text).toContain("[card]");
    expect(covered.covered).toEqual([]);
    expect(doubtsOf(covered)).toEqual([]);
  });

  it("is told from what a sender wrote as a mask, which is a doubt", () => {
    for (const written of ["[card]", "[phone]", "[e-mail]"]) {
      const { event: covered } = coverEvent(event({ text: `Refund pi_1 for ${written}` }));
      expect(doubtsOf(covered)).toEqual([expect.stringContaining(written)]);
      expect(doubtsOf(event({ text: `Refund pi_1 for ${written}` }))).toEqual([expect.stringContaining(written)]);
    }
  });
});

describe("a body that people wrote", () => {
  it("is masked in each text of it, also a nested one, a name and a repeated one, and stays JSON", () => {
    const raw = `{"text":"${CARD}","text":"x","deep":[{"a":"anna@example.com"},"\\u0034242 4242 4242 4242"], "${CARD}": 1.50}`;
    const masked = maskJson(raw);
    expect(masked).toBe('{"text":"[card]","text":"x","deep":[{"a":"[e-mail]"},"[card]"], "[card]": 1.50}');
    expect(JSON.parse(masked)).toMatchObject({ text: "x" });
  });

  it("hides what only its name explains", () => {
    const body = {
      cvc: "737",
      password: "hunter",
      client_secret: "pi_1_secret_2",
      pin_code: "1234",
      api_key: "abc123def",
    };
    const masked = maskJson(JSON.stringify(body));
    for (const secret of Object.values(body)) expect(masked).not.toContain(secret);
    expect(Object.keys(JSON.parse(masked))).toEqual(Object.keys(body));
    expect(maskJson('{"attempt":"737","currency":"usd"}')).toBe('{"attempt":"737","currency":"usd"}');
  });

  it("hides a card that was written as a number, and keeps amounts and times", () => {
    expect(maskJson('{"n":4242424242424242,"at":1795699531000,"amount":-4250,"x":1e21}')).toBe(
      '{"n":"[card]","at":1795699531000,"amount":-4250,"x":1e21}',
    );
  });

  it("keeps the ids that the event was read with", () => {
    const ids = { payment: "4242424242424242", customer: "anna@example.com" };
    const raw = JSON.stringify({ id: "r-4111111111111111", text: `${CARD} anna@example.com`, ...ids });
    const masked = maskJson(raw, idsOf(event({ id: "api:r-4111111111111111", ...ids })));
    expect(JSON.parse(masked)).toEqual({ id: "r-4111111111111111", text: "[card] [e-mail]", ...ids });
  });

  it("that is no JSON is masked as a text", () => {
    expect(maskBody(`{"text": "${CARD}`)).toBe('{"text": "[card]');
    expect(maskBody(`{"text": "${CARD}"}`)).toBe('{"text": "[card]"}');
  });

  it("of any JSON keeps its shape and all that is no text", () => {
    const shapeOf = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shapeOf);
      if (typeof value === "string") return "text";
      if (typeof value !== "object" || value === null) return value;
      return Object.values(value).map(shapeOf);
    };
    void fc.assert(
      fc.property(fc.json({ stringUnit: "binary" }), (raw) => {
        expect(shapeOf(JSON.parse(maskJson(raw)))).toEqual(shapeOf(JSON.parse(raw)));
      }),
    );
  });
});
