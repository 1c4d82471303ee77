import type { Action, Grant, GrantClaims } from "../contracts/action.ts";
import { canonicalJson, parseJson } from "../core/json.ts";
import { ED25519, encoder, type Jwk } from "./sign.ts";

/** During a rotation two keys are valid. A retired key still proves who signed, so its grants are renewed, not reported as forged. */
export type PublicKey = { kid: string; publicKey: Jwk; retired?: boolean };

/** good: execute; stale: authentic, but needs a new grant; forged: stop, record, raise an alarm. */
export type GrantCheck = { kind: "good" } | { kind: "stale"; reason: string } | { kind: "forged"; reason: string };
export type Verify = (grant: Grant, action: Action, policyVersion: string, now: number) => Promise<GrantCheck>;

export async function createVerifier(publicKeys: readonly PublicKey[]): Promise<Verify> {
  const keys = new Map(
    await Promise.all(
      publicKeys.map(async ({ kid, publicKey, retired }) => {
        const key = await crypto.subtle.importKey("jwk", publicKey, ED25519, false, ["verify"]);
        return [kid, { key, retired: retired === true }] as const;
      }),
    ),
  );
  return async (grant, action, policyVersion, now) => {
    const known = keys.get(grant.kid);
    if (!known) return forged(`it names the unknown key ${grant.kid}`);
    const signature = fromHex(grant.signature);
    if (
      signature === null ||
      !(await crypto.subtle.verify(ED25519, known.key, signature, encoder.encode(grant.claims)))
    ) {
      return forged("its signature does not fit its claims");
    }
    const parsed = parseJson(grant.claims);
    if (!parsed.ok) return forged("its claims are not JSON");
    const { policyVersion: signedPolicy, expiresAt, ...signed } = parsed.value as GrantClaims;
    if (canonicalJson(signed) !== canonicalJson(action))
      return forged("it was signed for another action than this row's");
    if (known.retired) return stale(`its key ${grant.kid} is retired`);
    if (expiresAt <= now) return stale("it has expired");
    if (signedPolicy !== policyVersion) return stale(`it was decided under policy ${signedPolicy}`);
    return { kind: "good" };
  };
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> | null {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) return null;
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}

const forged = (reason: string): GrantCheck => ({ kind: "forged", reason });
const stale = (reason: string): GrantCheck => ({ kind: "stale", reason });
