import * as v from "valibot";
import type { Action, Grant } from "../contracts/action.ts";
import { type ApprovedBy, OVERRIDABLE } from "../contracts/overridable.ts";
import type { IsSigned } from "../contracts/views.ts";
import { canonicalJson, parseJson } from "../core/json.ts";
import type { PublicKey } from "./keys.ts";
import type { Terms } from "./sign.ts";
import { createSignerCheck } from "./signed-by.ts";

/** What one of our keys has signed: the action as canonical JSON, and the terms. */
export type Signed = { action: string; terms: Terms; isRetired: boolean };
/**
 * authentic  one of our keys signed it, and its claims can be read
 * revoked    the signature fits, but the key is not ours alone any more
 * forged     nothing shows that we signed it
 */
export type Authenticity =
  | { kind: "authentic"; signed: Signed }
  | { kind: "revoked"; kid: string; signed: Signed }
  | { kind: "forged"; reason: string };
/** Who signed a grant, and what; not whether it is still good, nor for which row it is. */
export type Authenticate = (grant: Grant) => Promise<Authenticity>;

/**
 * good     execute; `approved`: what people let pass, by its own signed claims
 * early    authentic, and its time has not come: it waits
 * stale    authentic, and needs a new grant
 * revoked  a person decides
 * forged   stop, record, raise an alarm
 */
export type GrantCheck =
  | { kind: "good"; approved?: ApprovedBy }
  | { kind: "early"; notBefore: number }
  | { kind: "stale"; reason: string; approved?: ApprovedBy }
  | { kind: "revoked"; kid: string }
  | { kind: "forged"; reason: string };
export type Verify = (grant: Grant, action: Action, policyVersion: string, now: number) => Promise<GrantCheck>;

export async function createAuthenticator(publicKeys: readonly PublicKey[]): Promise<Authenticate> {
  const signerOf = await createSignerCheck(publicKeys);
  return async (grant) => {
    const signer = await signerOf(grant, "grant", grant.claims);
    if ("reason" in signer) return forged(signer.reason);
    const claims = readClaims(grant.claims);
    if (claims === null) return forged("its claims do not say until when it is good, or cannot be read");
    const signed = { ...claims, isRetired: signer.isRetired };
    return signer.isRevoked ? { kind: "revoked", kid: grant.kid, signed } : { kind: "authentic", signed };
  };
}

export async function createVerifier(publicKeys: readonly PublicKey[]): Promise<Verify> {
  const authenticate = await createAuthenticator(publicKeys);
  return async (grant, action, policyVersion, now) => {
    const found = await authenticate(grant);
    if (found.kind === "forged") return found;
    const { terms, isRetired, action: signedAction } = found.signed;
    if (signedAction !== canonicalJson(action)) return forged("it was signed for another action than this row's");
    if (found.kind === "revoked") return { kind: "revoked", kid: found.kid };
    const approved = terms.approved === undefined ? {} : { approved: terms.approved };
    const stale = (reason: string): GrantCheck => ({ kind: "stale", reason, ...approved });
    if (isRetired) return stale(`its key ${grant.kid} is retired`);
    if (terms.expiresAt <= now) return stale("it has expired");
    if (terms.policyVersion !== policyVersion) return stale(`it was decided under policy ${terms.policyVersion}`);
    if (terms.notBefore !== null && now < terms.notBefore) return { kind: "early", notBefore: terms.notBefore };
    return { kind: "good", ...approved };
  };
}

/** Whether we have signed exactly this row's action, at whatever time. */
export const signedBy =
  (authenticate: Authenticate): IsSigned =>
  async ({ grant, action }) => {
    const found = grant === null ? null : await authenticate(grant);
    return found?.kind === "authentic" && found.signed.action === canonicalJson(action);
  };

/**
 * From when a grant is good by its own word; null where it does not say. Unverified: to decide when to look, never what to do.
 */
export const notBeforeOf = (grant: Grant | null): number | null =>
  grant === null ? null : (readClaims(grant.claims)?.terms.notBefore ?? null);

/** Whether a grant says that people approved it. Unverified: whoever acts on it verifies it first. */
export const saysApproved = (grant: Grant | null): boolean =>
  // Hardly any grant does, and each of them is asked about: the text is looked at first. A planted one may have none.
  typeof grant?.claims === "string" &&
  grant.claims.includes('"approved":') &&
  readClaims(grant.claims)?.terms.approved !== undefined;

/** Null where a term is missing or is no number: a grant that does not say when it ends is none. */
function readClaims(claims: string): Omit<Signed, "isRetired"> | null {
  const parsed = parseJson(claims);
  if (!parsed.ok || typeof parsed.value !== "object" || parsed.value === null) return null;
  // Until 2026-12 grants had no `notBefore`: they were signed when their time had come. Nothing else may be absent.
  const { policyVersion, expiresAt, notBefore = null, approved, ...action } = parsed.value as Record<string, unknown>;
  if (typeof policyVersion !== "string" || !isTime(expiresAt)) return null;
  if (notBefore !== null && !isTime(notBefore)) return null;
  const terms = { policyVersion, expiresAt, notBefore };
  if (approved === undefined) return { action: canonicalJson(action), terms };
  return isApproved(approved) ? { action: canonicalJson(action), terms: { ...terms, approved } } : null;
}

const isApproved = (value: unknown): value is ApprovedBy => v.is(APPROVED, value);

const APPROVED = v.strictObject({
  approval: v.pipe(v.string(), v.minLength(1)),
  approvers: v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1)),
  overrides: v.array(v.picklist(OVERRIDABLE)),
  until: v.pipe(v.number(), v.finite()),
});

const isTime = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

const forged = (reason: string) => ({ kind: "forged", reason }) as const;
