import type { Action } from "../contracts/action.ts";
import { ROW_VERSION } from "../contracts/decision.ts";
import type { ActionView } from "../contracts/views.ts";
import { actionIdOf } from "../core/ids.ts";
import { canonicalJson } from "../core/json.ts";
import type { Terms } from "../grant/sign.ts";
import type { Authenticate } from "../grant/verify.ts";

/**
 * What stands behind a row that waits for a signature. Every Worker can write to the ledger, so the row alone shows nothing.
 * renewal         this very action was signed before
 * next_step       the try before it was signed: the same action, but for the id and the step
 * of_before       a row of an earlier version, which could wait without any grant; the ledger alone says so
 */
export type Proof =
  | { kind: "renewal"; terms: Terms }
  | { kind: "next_step"; before: Action }
  | { kind: "of_before" }
  | { kind: "revoked"; kid: string }
  | { kind: "forged"; reason: string };

export async function proofOf(view: ActionView, authenticate: Authenticate): Promise<Proof> {
  const { action, grant, grantWanted, version } = view;
  // While the older ledger is still deployed, its rows say no version at all.
  if (grant === null)
    return version === ROW_VERSION ? { kind: "forged", reason: "it has none" } : { kind: "of_before" };
  const found = await authenticate(grant);
  if (found.kind === "forged") return found;
  const before = grantWanted === "next_step" ? await tryBefore(action) : null;
  const isOfThis = found.signed.action === canonicalJson(action);
  const isOfTryBefore = before !== null && found.signed.action === canonicalJson(before);
  if (!isOfThis && !isOfTryBefore)
    return { kind: "forged", reason: "it was signed for another action than this row's" };
  if (found.kind === "revoked") return { kind: "revoked", kid: found.kid };
  return isOfTryBefore ? { kind: "next_step", before } : { kind: "renewal", terms: found.signed.terms };
}

/** The try of which this is the next; null where its id is not the one that its fact and step have. */
async function tryBefore(action: Action): Promise<Action | null> {
  const { account, mode, factKey, step, kind } = action;
  if (kind !== "retryPayment" || step < 2) return null;
  const fact = { account, mode, factKey };
  if (action.id !== (await actionIdOf({ ...fact, step }))) return null;
  return { ...action, id: await actionIdOf({ ...fact, step: step - 1 }), step: step - 1 };
}
