import * as v from "valibot";
import { VARIANTS } from "../contracts/actions.ts";
import {
  APPROVAL_DOMAIN,
  type ApprovalClaims,
  OVERRIDABLE,
  type SignedApproval,
  type SpokenYes,
  YES_DOMAIN,
} from "../contracts/case-decision.ts";
import { sha256Hex } from "../core/hash.ts";
import { canonicalJson, parseJson } from "../core/json.ts";
import type { PublicKey, SigningKey } from "./keys.ts";
import { createSignature } from "./sign.ts";
import { createSignerCheck } from "./signed-by.ts";

/** Signs what people have approved. The console alone has the key. `id`: of the event that carries it. */
export type SignApproval = (claims: ApprovalClaims) => Promise<{ id: string; signed: SignedApproval }>;

export async function createApprovalSigner({ kid, privateKey }: SigningKey): Promise<SignApproval> {
  const signatureOf = await createSignature(privateKey);
  return async (said) => {
    const claims = canonicalJson(said);
    const signed = { kid, claims, signature: await signatureOf(`${APPROVAL_DOMAIN}${claims}`) };
    return { id: await idOf(said), signed };
  };
}

/**
 * The proof that the console has heard this yes, in hexadecimal. Ed25519 signs the same text the same way, so whoever has the
 * key compares (RFC 8032): another key than then proves nothing, and people approve once more.
 */
export type ProveYes = (yes: SpokenYes) => Promise<string>;

export async function createYesProver({ privateKey }: SigningKey): Promise<ProveYes> {
  const signatureOf = await createSignature(privateKey);
  return (yes) => signatureOf(`${YES_DOMAIN}${canonicalJson(yes)}`);
}

const idIn = async (text: string): Promise<string> => `approval:${(await sha256Hex(text)).slice(0, 32)}`;

/** Of what was approved, by whom and until when. Under which policy it was sent on says nothing of that. */
const idOf = ({ policy: _, ...approved }: ApprovalClaims): Promise<string> => idIn(canonicalJson(approved));

/** Approvals of before have the id of all their claims. Either way the row takes one of them. */
const isIdOf = async (id: string, claims: ApprovalClaims): Promise<boolean> =>
  id === (await idOf(claims)) || id === (await idIn(canonicalJson(claims)));

/**
 * authentic  the console signed it, under this id. `isRetired`: its key signs no more, so people approve once more
 * revoked    the signature fits, but the key is not ours alone any more
 * forged     nothing shows that the console signed it
 */
export type ApprovalCheck =
  | { kind: "authentic"; claims: ApprovalClaims; isRetired: boolean }
  | { kind: "revoked"; kid: string; claims: ApprovalClaims }
  | { kind: "forged"; reason: string };
/** `raw`: the bytes of the event, as the ledger has them; null where it has none. */
export type VerifyApproval = (event: { id: string; mode: string }, raw: string | null) => Promise<ApprovalCheck>;

export async function createApprovalVerifier(publicKeys: readonly PublicKey[]): Promise<VerifyApproval> {
  const signerOf = await createSignerCheck(publicKeys);
  return async ({ id, mode }, raw) => {
    const signed = raw === null ? null : readSigned(raw);
    if (signed === null) return forged("it has not the form of an approval");
    const signer = await signerOf(signed, "approval", `${APPROVAL_DOMAIN}${signed.claims}`);
    if ("reason" in signer) return forged(signer.reason);
    const claims = readClaims(signed.claims);
    if (claims === null) return forged("its claims are not those of an approval");
    // One approval has one event: under another id it would be another one.
    if (!(await isIdOf(id, claims))) return forged("its id is not that of its claims");
    if (claims.mode !== mode) return forged(`it is of ${claims.mode} mode, and came as a ${mode} event`);
    return signer.isRevoked
      ? { kind: "revoked", kid: signed.kid, claims }
      : { kind: "authentic", claims, isRetired: signer.isRetired };
  };
}

function readSigned(raw: string): SignedApproval | null {
  const parsed = parseJson(raw);
  return parsed.ok && v.is(SIGNED, parsed.value) ? parsed.value : null;
}

/** Null where anything in them is not understood, or they are written otherwise than the console writes them. */
function readClaims(text: string): ApprovalClaims | null {
  const parsed = parseJson(text);
  if (!parsed.ok || !v.is(CLAIMS, parsed.value)) return null;
  return canonicalJson(parsed.value) === text ? (parsed.value as ApprovalClaims) : null;
}

const SIGNED = v.strictObject({ kid: v.string(), claims: v.string(), signature: v.string() });

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(300));
const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const CLAIMS = v.strictObject({
  caseId: id,
  round: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  proposal: id,
  actionId: id,
  subject: id,
  mode: v.picklist(["live", "test"]),
  change: v.nullable(
    v.strictObject({
      amountMinor: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
      currency: v.optional(v.pipe(v.string(), v.regex(/^[a-z]{3}$/))),
      variant: v.optional(v.nullable(v.picklist(VARIANTS))),
      payment: v.optional(id),
      invoice: v.optional(id),
      subscription: v.optional(id),
    }),
  ),
  overrides: v.array(v.picklist(OVERRIDABLE)),
  approvers: v.pipe(v.array(v.strictObject({ id, name: v.string() })), v.minLength(1), v.maxLength(2)),
  policy: id,
  at: time,
  expiresAt: time,
});

const forged = (reason: string): ApprovalCheck => ({ kind: "forged", reason });
