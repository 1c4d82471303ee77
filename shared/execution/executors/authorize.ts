import type { Action, Outcome } from "../../contracts/action.ts";
import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { guardAgain } from "../../policy/again.ts";
import { type Executor, type JudgeContext, PENDING_CHECK_MS } from "../executor.ts";
import { outcomeOfEffect } from "../unmeant.ts";
import { isOurs } from "./ours.ts";
import { guardrailFailure } from "./refusals.ts";

/** What became of our capture or release; null where there is none, or it is somebody else's. */
function effectOf(action: Action, snapshot: PaymentSnapshot, context: JudgeContext): Outcome | null {
  const { status, payment, capturedMinor, actionId, currency } = snapshot;
  // The provider states when the money was authorised, not when it was captured.
  if (!isOurs(action, { actionId, at: null }, context)) return null;
  const found = { providerObject: payment ?? action.subject, note: `the payment is ${status}` };
  if (action.variant === "release")
    return status === "canceled" ? { kind: "succeeded", ...found, amountMinor: null } : null;
  if (action.variant !== "capture") return null;
  if (status === "paid")
    return outcomeOfEffect(action, { ...found, currency, amountMinor: capturedMinor, pending: false });
  if (status !== "processing") return null;
  return { kind: "pending", ...found, amountMinor: null, checkAfterMs: PENDING_CHECK_MS };
}

/** The payment's status shows whether a capture or release is done: it can be captured or released only once. */
export const authorize: Executor<PaymentSnapshot> = {
  judge(action, snapshot, context) {
    const found = effectOf(action, snapshot, context);
    if (found !== null) return { kind: "settle", outcome: found };
    const result = guardAgain(action, snapshot, context);
    if (result.kind === "leave") return { kind: "settle", outcome: { kind: "skipped", note: result.reason } };
    return result.kind === "allow" ? { kind: "send" } : guardrailFailure(result);
  },
  send(action, _snapshot, provider, call) {
    const { payment, amountMinor, variant } = action;
    if (payment === null) throw new Error(`${action.id} was granted without a payment`);
    if (variant === "release") return provider.authorize({ variant, payment }, call);
    if (variant !== "capture") throw new Error(`${action.id} was granted without a variant`);
    if (amountMinor === null) throw new Error(`${action.id} was granted without an amount`);
    return provider.authorize({ variant: "capture", payment, amountMinor }, call);
  },
  async declined(_action, { note }) {
    return { reason: "provider_refused", detail: `the capture was declined: ${note}` };
  },
};
