import type { PrivateJwk, PublicJwk, PublicKey } from "../../shared/grant/keys.ts";
import { createSigner, type Sign } from "../../shared/grant/sign.ts";
import { createAuthenticator, createVerifier } from "../../shared/grant/verify.ts";

/** A fresh Ed25519 pair: the signer of its private half, and the public half as executors are given it. */
export async function createKey(kid: string): Promise<{ sign: Sign; publicKey: PublicKey }> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no key pair was made");
  const jwk = async <Jwk>(key: Parameters<typeof crypto.subtle.exportKey>[1]): Promise<Jwk> =>
    (await crypto.subtle.exportKey("jwk", key)) as Jwk;
  return {
    sign: await createSigner({ kid, privateKey: await jwk<PrivateJwk>(pair.privateKey) }),
    publicKey: { kid, publicKey: await jwk<PublicJwk>(pair.publicKey) },
  };
}

export { createAuthenticator, createVerifier };
