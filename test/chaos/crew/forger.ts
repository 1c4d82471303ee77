import { pause } from "../../../cli/http.ts";
import { generateApprovalPair } from "../../../cli/stack/keys.ts";
import { APPROVAL_TYPE, type ApprovalClaims, type Overridable } from "../../../shared/contracts/case-decision.ts";
import { DAY_MS } from "../../../shared/core/time.ts";
import { createApprovalSigner } from "../../../shared/grant/approval.ts";
import { publicKeysOf, signingKeyOf } from "../../../shared/grant/keys.ts";
import { type Acting, callAsInsider } from "../ask.ts";
import type { Member } from "./click.ts";
import type { Seen } from "./shown.ts";

const AGAIN_MS = 200;

/** Whoever can write to the ledger, and has no key that signs: an approval as the console would write it, under its key's name. */
export async function plantApproval(
  seen: Seen,
  approvers: readonly Member[],
  { doors, signal }: Acting,
): Promise<string | null> {
  const { caseId, round, proposal, action, subject, overrides } = seen;
  const at = Date.now();
  const claims: ApprovalClaims = {
    caseId,
    round,
    proposal,
    actionId: action,
    subject,
    mode: "test",
    change: null,
    overrides: overrides as Overridable[],
    approvers: approvers.map(({ id, name }) => ({ id, name })),
    policy: "planted",
    at,
    expiresAt: at + DAY_MS,
  };
  const own = signingKeyOf(generateApprovalPair("chaos").APPROVAL_SIGNING_KEY, "APPROVAL");
  while (!signal.aborted) {
    const stack = doors();
    if (stack !== null) {
      const kid = publicKeysOf(stack.keys.APPROVAL_PUBLIC_KEYS, "APPROVAL")[0]?.kid ?? own.kid;
      const { id, signed } = await (await createApprovalSigner({ ...own, kid }))(claims);
      const event = { id, type: APPROVAL_TYPE, occurredAt: at, mode: "test", lane: "live" };
      const item = { event, raw: JSON.stringify(signed), provenance: "own" };
      const taken = await callAsInsider<string[]>(stack, { name: "accept", args: [[item]] }).catch(() => null);
      if (taken !== null && taken[0] !== "unavailable") return id;
    }
    await pause(AGAIN_MS, signal);
  }
  return null;
}
