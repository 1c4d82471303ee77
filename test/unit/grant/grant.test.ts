import { beforeAll, describe, expect, it } from "vitest";
import type { Grant } from "../../../shared/contracts/action.ts";
import { canonicalJson } from "../../../shared/core/json.ts";
import { GRANT_KEY, signatureOf } from "../../helpers/identities.ts";
import { createKey, createVerifier } from "../../helpers/keys.ts";
import { refundAction } from "../../helpers/ledger.ts";

const NOW = 1_000_000;
const POLICY_NOW = "p2";
const TERMS = { policyVersion: POLICY_NOW, expiresAt: NOW + 1, notBefore: null };
const action = refundAction(1);
let key: Awaited<ReturnType<typeof createKey>>;
let good: Grant;

beforeAll(async () => {
  key = await createKey("key-1");
  good = await key.sign(action, TERMS);
});

async function check(grant: Grant, of = action, policy = POLICY_NOW, now = NOW) {
  return await (await createVerifier([key.publicKey]))(grant, of, policy, now);
}

describe("a grant", () => {
  it("is good for the very action it was signed for", async () => {
    expect(await check(good)).toEqual({ kind: "good" });
  });

  it("is stale from the moment it expires", async () => {
    expect(await check(good, action, POLICY_NOW, NOW)).toEqual({ kind: "good" });
    expect(await check(good, action, POLICY_NOW, NOW + 1)).toMatchObject({ kind: "stale", reason: "it has expired" });
  });

  it("is stale when the policy has changed since", async () => {
    expect(await check(good, action, "p3")).toMatchObject({ kind: "stale", reason: expect.stringContaining("p2") });
  });

  it("is stale, not suspect, when its key was retired", async () => {
    const verify = await createVerifier([{ ...key.publicKey, retired: true }]);
    expect(await verify(good, action, POLICY_NOW, NOW)).toMatchObject({ kind: "stale" });
  });

  it("is good under either key during a rotation", async () => {
    const next = await createKey("key-2");
    const verify = await createVerifier([key.publicKey, next.publicKey]);
    const byNext = await next.sign(action, TERMS);
    expect(await verify(good, action, POLICY_NOW, NOW)).toEqual({ kind: "good" });
    expect(await verify(byNext, action, POLICY_NOW, NOW)).toEqual({ kind: "good" });
  });

  it("is forged when it names a key that nobody knows", async () => {
    expect(await check({ ...good, kid: "key-9" })).toMatchObject({ kind: "forged" });
  });

  it("is forged when another's key signed it under a known name", async () => {
    const other = await createKey("key-1");
    expect(await check(await other.sign(action, TERMS))).toMatchObject({ kind: "forged" });
  });

  it("is forged when one character of its claims was changed", async () => {
    const claims = good.claims.replace('"amountMinor":4250', '"amountMinor":9250');
    expect(claims).not.toBe(good.claims);
    expect(await check({ ...good, claims })).toMatchObject({ kind: "forged" });
  });

  it("is forged for another action, and for this one with anything changed", async () => {
    expect(await check(good, refundAction(2))).toMatchObject({ kind: "forged" });
    const changed = {
      amountMinor: 1,
      currency: "eur",
      payment: "pi_2",
      mode: "live",
      kind: "authorize",
      variant: "capture",
      account: "acct_1",
      customer: "cus_2",
      invoice: "in_1",
      step: 2,
      factKey: "other",
      subject: "pi_9",
      provider: "adyen",
      charge: "ch_9",
      subscription: "sub_1",
    } as const;
    for (const [name, value] of Object.entries(changed)) {
      expect(await check(good, { ...action, [name]: value }), name).toMatchObject({ kind: "forged" });
    }
  });

  it.each(["", "zz", "abc", "00", "G".repeat(128)])("is forged when its signature is %j", async (signature) => {
    expect(await check({ ...good, signature })).toMatchObject({ kind: "forged" });
  });

  it("is early before its time, not forged and not good; from its time on it is good", async () => {
    const later = await key.sign(action, { ...TERMS, notBefore: NOW, expiresAt: NOW + 9 });
    expect(await check(later, action, POLICY_NOW, NOW - 1)).toEqual({ kind: "early", notBefore: NOW });
    expect(await check(later)).toEqual({ kind: "good" });
    expect(await check(later, action, POLICY_NOW, NOW + 9)).toMatchObject({ kind: "stale" });
  });

  it("of a revoked key is neither good nor forged, whatever else is true of it", async () => {
    const verify = await createVerifier([{ ...key.publicKey, revoked: true, retired: true }]);
    expect(await verify(good, action, "p3", NOW + 10)).toEqual({ kind: "revoked", kid: "key-1" });
  });

  it("that only names a revoked key, or was signed with it for another action, is forged", async () => {
    const verify = await createVerifier([{ ...key.publicKey, revoked: true }]);
    const unsigned = { ...good, signature: "00".repeat(64) };
    expect(await verify(unsigned, action, POLICY_NOW, NOW)).toMatchObject({ kind: "forged" });
    expect(await verify(good, refundAction(2), POLICY_NOW, NOW)).toMatchObject({ kind: "forged" });
  });

  it.each([
    ["no end", { expiresAt: undefined }],
    ["an end that is a text", { expiresAt: String(NOW + 1) }],
    ["an end that is null", { expiresAt: null }],
    ["no policy", { policyVersion: undefined }],
    ["a policy that is a number", { policyVersion: 2 }],
    ["a beginning that is a text", { notBefore: "soon" }],
    ["a beginning that is false", { notBefore: false }],
  ])("whose claims have %s is forged, though our key signed them", async (_what, changes) => {
    const verify = await createVerifier([{ kid: GRANT_KEY.kid, publicKey: GRANT_KEY.publicKey }]);
    const claims = canonicalJson({ ...action, ...TERMS, ...changes });
    const grant = { kid: GRANT_KEY.kid, claims, signature: await signatureOf(claims) };
    expect(await verify(grant, action, POLICY_NOW, NOW)).toMatchObject({ kind: "forged" });
  });

  it("of before grants had a beginning is good at once: nothing else may be absent", async () => {
    const verify = await createVerifier([{ kid: GRANT_KEY.kid, publicKey: GRANT_KEY.publicKey }]);
    const claims = canonicalJson({ ...action, policyVersion: POLICY_NOW, expiresAt: NOW + 1 });
    const grant = { kid: GRANT_KEY.kid, claims, signature: await signatureOf(claims) };
    expect(await verify(grant, action, POLICY_NOW, NOW)).toEqual({ kind: "good" });
  });

  it("is forged even when it is stale: an expired forgery is no reason for calm", async () => {
    expect(await check({ ...good, signature: "00".repeat(64) }, action, "p3", NOW + 10)).toMatchObject({
      kind: "forged",
    });
  });
});
