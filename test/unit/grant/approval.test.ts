import { beforeAll, describe, expect, it } from "vitest";
import type { ApprovalClaims, SignedApproval } from "../../../shared/contracts/case-decision.ts";
import type { ApprovedBy } from "../../../shared/contracts/overridable.ts";
import { sha256Hex } from "../../../shared/core/hash.ts";
import { canonicalJson } from "../../../shared/core/json.ts";
import { createApprovalVerifier } from "../../../shared/grant/approval.ts";
import { publicKeysOf, requireKeysApart, signingKeyOf } from "../../../shared/grant/keys.ts";
import { createSignature } from "../../../shared/grant/sign.ts";
import {
  type ApprovalKey,
  createApprovalKey,
  createAuthenticator,
  createKey,
  createVerifier,
} from "../../helpers/keys.ts";
import { refundAction } from "../../helpers/ledger.ts";

const NOW = 1_800_000_000_000;
const CLAIMS: ApprovalClaims = {
  caseId: "case_act_1",
  round: 1,
  proposal: "0".repeat(32),
  actionId: "act_1",
  subject: "pi_1",
  mode: "test",
  change: { amountMinor: 1_000, currency: "usd" },
  overrides: ["duplicate"],
  approvers: [{ id: "person_1", name: "Ann" }],
  policy: "p1",
  at: NOW,
  expiresAt: NOW + 1_000,
};
let key: ApprovalKey;
beforeAll(async () => {
  key = await createApprovalKey("approval-1");
});

const eventOf = (id: string, mode = "test") => ({ id, mode });
async function check(signed: unknown, id: string, keys = [key.publicKey]) {
  const verify = await createApprovalVerifier(keys);
  return await verify(eventOf(id), typeof signed === "string" ? signed : JSON.stringify(signed));
}
/** Any claims, signed as an approval with the right key, under the id that they have. */
async function signedAs(claims: string): Promise<{ id: string; signed: SignedApproval }> {
  const sign = await createSignature(key.privateKey);
  const signature = await sign(`countersign.approval\n${claims}`);
  return {
    id: `approval:${(await sha256Hex(claims)).slice(0, 32)}`,
    signed: { kid: key.publicKey.kid, claims, signature },
  };
}

describe("an approval", () => {
  it("is authentic under the id of its claims, and says what was approved", async () => {
    const { id, signed } = await key.sign(CLAIMS);
    expect(id).toMatch(/^approval:[0-9a-f]{32}$/);
    expect(await check(signed, id)).toEqual({ kind: "authentic", claims: CLAIMS, isRetired: false });
  });

  it("has another id for another case, another proposal and another round", async () => {
    const ids = await Promise.all(
      [{}, { caseId: "case_act_2" }, { proposal: "1".repeat(32) }, { round: 2 }].map(
        async (changes) => (await key.sign({ ...CLAIMS, ...changes })).id,
      ),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("has the same id under whatever policy it is sent on, and another for other people, terms and times", async () => {
    const idOf = async (changes: Partial<ApprovalClaims>) => (await key.sign({ ...CLAIMS, ...changes })).id;
    const own = await idOf({});
    expect(await idOf({ policy: "p2" })).toBe(own);
    const others = await Promise.all(
      [
        { approvers: [{ id: "person_2", name: "Ann" }] },
        { change: { amountMinor: 999, currency: "usd" } },
        { overrides: [] },
        { at: NOW + 1 },
        { expiresAt: NOW + 999 },
        { actionId: "act_2" },
        { subject: "pi_2" },
        { mode: "live" as const },
      ].map(idOf),
    );
    expect(new Set([own, ...others]).size).toBe(others.length + 1);
  });

  it("that was written under the id of all its claims is read, policy and all", async () => {
    const before = await signedAs(canonicalJson(CLAIMS));
    expect(before.id).not.toBe((await key.sign(CLAIMS)).id);
    expect(await check(before.signed, before.id)).toMatchObject({ kind: "authentic", claims: CLAIMS });
  });

  it("is forged under an id that is not its own: a copy is no second approval", async () => {
    const { signed } = await key.sign(CLAIMS);
    expect(await check(signed, `approval:${"f".repeat(32)}`)).toMatchObject({ kind: "forged" });
  });

  it("is forged in an event of another mode", async () => {
    const { id, signed } = await key.sign(CLAIMS);
    const verify = await createApprovalVerifier([key.publicKey]);
    expect(await verify(eventOf(id, "live"), JSON.stringify(signed))).toMatchObject({ kind: "forged" });
  });

  it.each([
    ["no bytes", null],
    ["no JSON", "approved"],
    ["a list", []],
    ["claims without a signature", { kid: "approval-1", claims: canonicalJson(CLAIMS) }],
    ["an empty signature", { kid: "approval-1", claims: canonicalJson(CLAIMS), signature: "" }],
    ["a signature of nothing", { kid: "approval-1", claims: canonicalJson(CLAIMS), signature: "00".repeat(64) }],
    ["an unknown key", { kid: "approval-2", claims: canonicalJson(CLAIMS), signature: "00".repeat(64) }],
  ])("is forged with %s", async (_what, raw) => {
    const id = `approval:${(await sha256Hex(canonicalJson(CLAIMS))).slice(0, 32)}`;
    const verify = await createApprovalVerifier([key.publicKey]);
    const text = raw === null || typeof raw === "string" ? raw : JSON.stringify(raw);
    expect(await verify(eventOf(id), text)).toMatchObject({ kind: "forged" });
  });

  it("is forged when one character of its claims was changed", async () => {
    const { signed } = await key.sign(CLAIMS);
    const claims = signed.claims.replace('"amountMinor":1000', '"amountMinor":9000');
    const id = `approval:${(await sha256Hex(claims)).slice(0, 32)}`;
    expect(await check({ ...signed, claims }, id)).toMatchObject({ kind: "forged" });
  });

  it.each([
    ["without approvers", { approvers: [] }],
    ["with three approvers", { approvers: [1, 2, 3].map((n) => ({ id: `person_${n}`, name: "Ann" })) }],
    ["that overrides what nobody can", { overrides: ["captured"] }],
    ["of no amount", { change: { amountMinor: 0 } }],
    ["of a fraction", { change: { amountMinor: 10.5 } }],
    ["without an end", { expiresAt: undefined }],
    ["with an end that is a text", { expiresAt: "soon" }],
    ["of no round", { round: 0 }],
    ["with a member that nobody knows", { everything: true }],
  ])("%s is forged, though our key signed it", async (_what, changes) => {
    const { id, signed } = await signedAs(canonicalJson({ ...CLAIMS, ...changes }));
    expect(await check(signed, id)).toMatchObject({ kind: "forged" });
  });

  it("is forged where its claims are written otherwise than the console writes them", async () => {
    const { id, signed } = await signedAs(`${canonicalJson(CLAIMS)} `);
    expect(await check(signed, id)).toMatchObject({ kind: "forged" });
  });

  it("of a retired key is authentic and says so; of a revoked one it is neither good nor forged", async () => {
    const { id, signed } = await key.sign(CLAIMS);
    expect(await check(signed, id, [{ ...key.publicKey, retired: true }])).toMatchObject({
      kind: "authentic",
      isRetired: true,
    });
    expect(await check(signed, id, [{ ...key.publicKey, revoked: true }])).toMatchObject({ kind: "revoked" });
  });
});

describe("the keys of approvals and of grants", () => {
  it("cannot stand for each other, not even where one key is in both lists", async () => {
    const action = refundAction(1);
    const terms = { policyVersion: "p", expiresAt: NOW + 1, notBefore: null };
    const grants = await createKey("approval-1", key);
    const grant = await grants.sign(action, terms);
    // A grant's signature over what would be an approval.
    const asGrant = await createSignature(key.privateKey);
    const claims = canonicalJson(CLAIMS);
    const id = `approval:${(await sha256Hex(claims)).slice(0, 32)}`;
    const planted = { kid: "approval-1", claims, signature: await asGrant(claims) };
    expect(await check(planted, id)).toMatchObject({ kind: "forged", reason: expect.stringContaining("signature") });
    // An approval's signature over what would be a grant.
    const { signed } = await signedAs(grant.claims);
    const authenticate = await createAuthenticator([key.publicKey]);
    expect(await authenticate(grant)).toMatchObject({ kind: "authentic" });
    expect(await authenticate(signed)).toMatchObject({ kind: "forged" });
  });

  it("are refused at the start where one of them is in both lists", () => {
    expect(() => requireKeysApart([key.publicKey], [{ ...key.publicKey, kid: "other" }])).toThrow(
      "APPROVAL_PUBLIC_KEYS has the key",
    );
    expect(() => requireKeysApart([], [key.publicKey])).not.toThrow();
  });

  it("of approvals are read as strictly as those of grants, and complaints name their own secret", () => {
    expect(publicKeysOf(JSON.stringify([key.publicKey]), "APPROVAL")).toHaveLength(1);
    const quoted = JSON.stringify([{ ...key.publicKey, retired: "true" }]);
    expect(() => publicKeysOf(quoted, "APPROVAL")).toThrow(/^APPROVAL_PUBLIC_KEYS key 1 .*retired/);
    expect(() => signingKeyOf("{}", "APPROVAL")).toThrow(/^APPROVAL_SIGNING_KEY the key/);
  });
});

describe("a grant behind which an approval stands", () => {
  const action = refundAction(1);
  const approved: ApprovedBy = {
    approval: "approval:1",
    approvers: ["person_1"],
    overrides: ["duplicate"],
    until: NOW + 5,
  };
  const terms = { policyVersion: "p", expiresAt: NOW + 2, notBefore: null };

  it("is good for the action, and says what people let pass; once stale it still says so", async () => {
    const grants = await createKey("grant-1");
    const verify = await createVerifier([grants.publicKey]);
    const grant = await grants.sign(action, { ...terms, approved });
    expect(await verify(grant, action, "p", NOW)).toEqual({ kind: "good", approved });
    expect(await verify(grant, action, "other", NOW)).toMatchObject({ kind: "stale", approved });
    expect(await verify(await grants.sign(action, terms), action, "p", NOW)).toEqual({ kind: "good" });
  });

  it.each([
    ["no approver", { ...approved, approvers: [] }],
    ["a rule that nobody can override", { ...approved, overrides: ["captured"] }],
    ["no end", { ...approved, until: undefined }],
    ["null instead of it", null],
    ["a member that nobody knows", { ...approved, all: true }],
  ])("is forged with %s, though our key signed it", async (_what, said) => {
    const grants = await createKey("grant-1");
    const verify = await createVerifier([grants.publicKey]);
    const grant = await grants.sign(action, { ...terms, approved: said as ApprovedBy });
    expect(await verify(grant, action, "p", NOW)).toMatchObject({ kind: "forged" });
  });
});
