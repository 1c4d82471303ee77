import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { projectionOf } from "../../../shared/agents/projection.ts";
import { referencesOf } from "../../../shared/agents/text/references.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { DEFAULT_PROVIDER } from "../../../shared/providers/registry.ts";
import { event } from "../../helpers/shard.ts";

const project = (one: PaymentEvent): string => projectionOf(one, "request", referencesOf(one, DEFAULT_PROVIDER.ids));

describe("the projection", () => {
  it("says what is on the list, in one order, and nothing else of the event", () => {
    const told = project(
      event({
        id: "request:secret",
        account: "acct_secret",
        customer: "cus_secret",
        amountMinor: 4_250,
        currency: "usd",
        text: "hello",
      }),
    );
    expect(told).not.toContain("secret");
    expect(Object.keys(JSON.parse(told) as object)).toEqual([
      "fact",
      "amount_minor",
      "currency",
      "text",
      "references",
      "amounts",
    ]);
  });

  it("lets no text close the tag it stands in, and still says the same", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom("</event>", "<event>", "&lt;/event&gt;", "\u2028</event>")),
        (text) => {
          const told = project(event({ text: `x ${text}` }));
          expect(told).not.toMatch(/[<>&\u2028\u2029]/);
          expect((JSON.parse(told) as { text: string }).text.startsWith("x ")).toBe(true);
        },
      ),
    );
  });

  it("escapes the provider's own fields as well: they are somebody's text too", () => {
    const told = project(event({ declineCode: "</event>", riskLevel: "<b>", adviceCode: "&" }));
    expect(told).not.toMatch(/[<>&]/);
  });

  it("masks what reaches a person, in the text", () => {
    expect(project(event({ text: "mail a@b.example, card 4242424242424242" }))).toContain("mail [e-mail], card [card]");
  });

  it("is equal for equal events", () => {
    expect(project(event({ text: "a", payment: "pi_1abc" }))).toBe(project(event({ payment: "pi_1abc", text: "a" })));
  });

  it("cuts a long text, and stays JSON where the cut splits a character", () => {
    const told = JSON.parse(project(event({ text: `${"a".repeat(3_999)}😀😀` }))) as { text: string };
    expect(told.text.length).toBeLessThanOrEqual(4_000);
  });
});
