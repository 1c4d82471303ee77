import type { Action, Outcome } from "../../contracts/action.ts";
import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { guardAgain } from "../../policy/again.ts";
import { type Executor, PENDING_CHECK_MS } from "../executor.ts";
import { guardrailFailure } from "./refusals.ts";

function effectOf({ variant, subject }: Action, { status, payment, capturedMinor }: PaymentSnapshot): Outcome | null {
  const providerObject = payment ?? subject;
  const note = `the payment is ${status}`;
  if (variant === "release")
    return status === "canceled" ? { kind: "succeeded", providerObject, amountMinor: null, note } : null;
  if (variant !== "capture") return null;
  if (status === "paid") return { kind: "succeeded", providerObject, amountMinor: capturedMinor, note };
  if (status !== "processing") return null;
  return { kind: "pending", providerObject, amountMinor: null, note, checkAfterMs: PENDING_CHECK_MS };
}

/** The payment's status shows whether a capture or release is done: it can be captured or released only once. */
export const authorize: Executor<PaymentSnapshot> = {
  judge(action, snapshot, { now, mode, attempt, providerObject }) {
    // An effect that exists before our first attempt is not ours: the action is skipped, not counted as succeeded.
    const mayBeOurs = attempt > 1 || providerObject !== null;
    const found = mayBeOurs ? effectOf(action, snapshot) : null;
    if (found !== null) return { kind: "settle", outcome: found };
    const result = guardAgain(action, snapshot, { mode, now });
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
