import type { Action, Grant } from "../contracts/action.ts";
import type { IsSigned } from "../contracts/views.ts";
import { canonicalJson, parseJson } from "../core/json.ts";
import type { PublicKey } from "./keys.ts";
import { ED25519, encoder, type Terms } from "./sign.ts";

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
 * good     execute
 * early    authentic, and its time has not come: it waits
 * stale    authentic, and needs a new grant
 * revoked  a person decides
 * forged   stop, record, raise an alarm
 */
export type GrantCheck =
  | { kind: "good" }
  | { kind: "early"; notBefore: number }
  | { kind: "stale"; reason: string }
  | { kind: "revoked"; kid: string }
  | { kind: "forged"; reason: string };
export type Verify = (grant: Grant, action: Action, policyVersion: string, now: number) => Promise<GrantCheck>;

export async function createAuthenticator(publicKeys: readonly PublicKey[]): Promise<Authenticate> {
  const keys = new Map(
    await Promise.all(
      publicKeys.map(async ({ kid, publicKey: { kty, crv, x }, retired, revoked }) => {
        const key = await crypto.subtle.importKey("jwk", { kty, crv, x }, ED25519, false, ["verify"]);
        return [kid, { key, isRetired: retired === true, isRevoked: revoked === true }] as const;
      }),
    ),
  );
  return async (grant) => {
    // It comes from a row that others may have written.
    const isText = [grant.kid, grant.claims, grant.signature].every((part) => typeof part === "string");
    if (!isText) return forged("it has not the form of a grant");
    const known = keys.get(grant.kid);
    if (!known) return forged(`it names the unknown key ${grant.kid}`);
    const signature = fromHex(grant.signature);
    if (
      signature === null ||
      !(await crypto.subtle.verify(ED25519, known.key, signature, encoder.encode(grant.claims)))
    ) {
      return forged("its signature does not fit its claims");
    }
    const claims = readClaims(grant.claims);
    if (claims === null) return forged("its claims do not say until when it is good, or cannot be read");
    const signed = { ...claims, isRetired: known.isRetired };
    return known.isRevoked ? { kind: "revoked", kid: grant.kid, signed } : { kind: "authentic", signed };
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
    if (isRetired) return stale(`its key ${grant.kid} is retired`);
    if (terms.expiresAt <= now) return stale("it has expired");
    if (terms.policyVersion !== policyVersion) return stale(`it was decided under policy ${terms.policyVersion}`);
    if (terms.notBefore !== null && now < terms.notBefore) return { kind: "early", notBefore: terms.notBefore };
    return { kind: "good" };
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

/** Null where a term is missing or is no number: a grant that does not say when it ends is none. */
function readClaims(claims: string): Omit<Signed, "isRetired"> | null {
  const parsed = parseJson(claims);
  if (!parsed.ok || typeof parsed.value !== "object" || parsed.value === null) return null;
  // Until 2026-12 grants had no `notBefore`: they were signed when their time had come. Nothing else may be absent.
  const { policyVersion, expiresAt, notBefore = null, ...action } = parsed.value as Record<string, unknown>;
  if (typeof policyVersion !== "string" || !isTime(expiresAt)) return null;
  if (notBefore !== null && !isTime(notBefore)) return null;
  return { action: canonicalJson(action), terms: { policyVersion, expiresAt, notBefore } };
}

const isTime = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

function fromHex(hex: string): Uint8Array<ArrayBuffer> | null {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) return null;
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}

const forged = (reason: string) => ({ kind: "forged", reason }) as const;
const stale = (reason: string): GrantCheck => ({ kind: "stale", reason });
