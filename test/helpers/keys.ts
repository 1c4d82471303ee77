import {
  createApprovalSigner,
  createYesProver,
  type ProveYes,
  type SignApproval,
} from "../../shared/grant/approval.ts";
import type { PrivateJwk, PublicJwk, PublicKey } from "../../shared/grant/keys.ts";
import { createPeopleProofs, type PeopleProofs } from "../../shared/grant/person.ts";
import { createSigner, type Sign } from "../../shared/grant/sign.ts";
import { createAuthenticator, createVerifier } from "../../shared/grant/verify.ts";

type Pair = { privateKey: PrivateJwk; publicKey: PublicKey };

async function createPair(kid: string): Promise<Pair> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no key pair was made");
  const jwk = async <Jwk>(key: Parameters<typeof crypto.subtle.exportKey>[1]): Promise<Jwk> =>
    (await crypto.subtle.exportKey("jwk", key)) as Jwk;
  return {
    privateKey: await jwk<PrivateJwk>(pair.privateKey),
    publicKey: { kid, publicKey: await jwk<PublicJwk>(pair.publicKey) },
  };
}

/** A fresh Ed25519 pair, or the given one: the signer of its private half, and the public half as executors are given it. */
export async function createKey(kid: string, pair?: Pair): Promise<{ sign: Sign; publicKey: PublicKey }> {
  const { privateKey, publicKey } = pair ?? (await createPair(kid));
  return { sign: await createSigner({ kid, privateKey }), publicKey };
}

export type ApprovalKey = Pair & { sign: SignApproval; prove: ProveYes };
/** A fresh pair for approvals. */
export async function createApprovalKey(kid: string): Promise<ApprovalKey> {
  const pair = await createPair(kid);
  const key = { kid, privateKey: pair.privateKey };
  return { ...pair, sign: await createApprovalSigner(key), prove: await createYesProver(key) };
}

export const peopleProofsOf = (
  { privateKey, publicKey }: Pair,
  others: readonly PublicKey[] = [],
): Promise<PeopleProofs> => createPeopleProofs({ kid: publicKey.kid, privateKey }, [publicKey, ...others]);

/** The proofs of a fresh key, for those who cannot wait for it. */
export function freshPeopleProofs(): PeopleProofs {
  const made = createPair("people-1").then((pair) => peopleProofsOf(pair));
  return {
    prove: async (person) => (await made).prove(person),
    isAuthentic: async (person) => (await made).isAuthentic(person),
  };
}

export { createAuthenticator, createVerifier };
