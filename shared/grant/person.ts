import { PERSON_DOMAIN, type PersonClaims, ROLES } from "../contracts/people.ts";
import { canonicalJson } from "../core/json.ts";
import type { PublicKey, SigningKey } from "./keys.ts";
import { createSignature } from "./sign.ts";
import { createSignerCheck } from "./signed-by.ts";

/**
 * Whoever can write to D1 or to the ledger can write a person down. What counts is a person whom the console has proven, with a
 * key that nobody else has.
 */
export type PeopleProofs = {
  /** The proof of a person as an act leaves them, in hexadecimal. */
  prove(person: PersonClaims): Promise<string>;
  /** Whether the proof is over exactly this person, by a key of ours that is not revoked. A retired one's stays good. */
  isAuthentic(person: PersonClaims & { proof: string | null }): Promise<boolean>;
};

export async function createPeopleProofs(
  { privateKey }: SigningKey,
  publicKeys: readonly PublicKey[],
): Promise<PeopleProofs> {
  const signatureOf = await createSignature(privateKey);
  const trusted = publicKeys.filter(({ revoked }) => revoked !== true);
  const signerOf = await createSignerCheck(trusted);
  return {
    prove: (person) => signatureOf(textOf(person)),
    isAuthentic: async ({ proof, ...person }) => {
      if (proof === null) return false;
      const claims = textOf(person);
      const checks = trusted.map(({ kid }) => signerOf({ kid, claims, signature: proof }, "person", claims));
      return (await Promise.all(checks)).some((signer) => !("reason" in signer));
    },
  };
}

/** Each field by name: what else a row has is not proven, and is nobody's. */
function textOf({ id, name, human, roles, vouchedBy, identity, acts, addedAt, revokedAt }: PersonClaims): string {
  const inOrder = ROLES.filter((role) => roles.includes(role));
  const claims = { id, name, human, roles: inOrder, vouchedBy, identity, acts, addedAt, revokedAt };
  return `${PERSON_DOMAIN}${canonicalJson(claims)}`;
}
