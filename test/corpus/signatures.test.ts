import { describe, expect, it } from "vitest";
import { createAdyenVerifier } from "../../shared/providers/adyen/verify.ts";
import { createStandardVerifier } from "../../shared/providers/standard/verify.ts";
import { createStripeVerifier } from "../../shared/providers/stripe/verify.ts";
import { missingFromCorpus, readCorpus } from "../helpers/corpus.ts";

type Vector = {
  id: string;
  scheme: string;
  secret: string;
  payload: string;
  header: string;
  headers: Record<string, string>;
  tolerance_s: number;
  now: number;
  item: unknown;
  signature: string;
  expected: "valid" | "invalid";
};
const vectorsOf = (file: string): Vector[] => (missingFromCorpus(file) ? [] : JSON.parse(readCorpus(file)));
const verdictOf = (verdict: { ok: boolean }): string => (verdict.ok ? "valid" : "invalid");

describe.skipIf(missingFromCorpus("signatures/stripe.json"))("Stripe's signature vectors", () => {
  // "no-tolerance-old" has tolerance 0, which the SDK and our verifier read as "do not look at the time". The door is
  // stricter on purpose: it always uses 300 s, in both directions, so the same delivery is a 401 there.
  it.each(vectorsOf("signatures/stripe.json"))("$id is $expected", async (vector) => {
    const verify = createStripeVerifier(vector.secret, vector.tolerance_s);
    const verdict = await verify({ body: vector.payload, signature: vector.header, nowMs: vector.now * 1000 });
    expect(verdictOf(verdict)).toBe(vector.expected);
  });

  it.each(vectorsOf("signatures/stripe.json").filter(({ expected }) => expected === "valid"))(
    "$id is refused 301 s before its time, which the SDK would accept",
    async (vector) => {
      const verify = createStripeVerifier(vector.secret);
      const signedAt = Number(/t=(\d+)/.exec(vector.header)?.[1]);
      const at = (now: number) => verify({ body: vector.payload, signature: vector.header, nowMs: now * 1000 });
      expect(verdictOf(await at(signedAt - 300))).toBe("valid");
      expect(verdictOf(await at(signedAt - 301))).toBe("invalid");
    },
  );
});

describe.skipIf(missingFromCorpus("signatures/standard-webhooks.json"))("the Standard Webhooks vectors", () => {
  it.each(vectorsOf("signatures/standard-webhooks.json"))("$id is $expected", async (vector) => {
    const verify = createStandardVerifier(vector.secret, vector.tolerance_s);
    const headers = new Headers(vector.headers);
    const delivery = { body: vector.payload, header: (name: string) => headers.get(name), nowMs: vector.now * 1000 };
    expect(verdictOf(await verify(delivery))).toBe(vector.expected);
  });
});

describe.skipIf(missingFromCorpus("signatures/adyen.json"))("Adyen's signature vectors", () => {
  it.each(vectorsOf("signatures/adyen.json"))("$id is $expected", async (vector) => {
    const verify = createAdyenVerifier(vector.secret);
    const verdict =
      vector.scheme === "adyen-hmac-item"
        ? await verify.item(vector.item)
        : await verify.body(vector.payload, vector.signature);
    expect(verdictOf(verdict)).toBe(vector.expected);
  });
});
