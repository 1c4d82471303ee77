import type { Outcome } from "../../contracts/action.ts";
import type { Failure } from "../../contracts/failure.ts";
import type { Decline, PaymentSnapshot } from "../../contracts/provider.ts";
import { type ActionIdentity, actionIdOf } from "../../core/ids.ts";
import { guardAgain } from "../../policy/again.ts";
import { retryDelayMs } from "../../policy/retry-schedule.ts";
import { type DeclineContext, type Declined, type Executor, PENDING_CHECK_MS } from "../executor.ts";
import { guardrailFailure } from "./refusals.ts";

/** Pays the invoice again, or confirms the payment again. If the invoice is paid, nothing is left to do, whoever paid it. */
export const retryPayment: Executor<PaymentSnapshot> = {
  judge(action, snapshot, { now, mode, attempt, providerObject }) {
    const { amountMinor } = action;
    const paid = snapshot.invoiceState?.status === "paid" || snapshot.status === "paid";
    if (paid && attempt > 1) {
      const providerObject = snapshot.payment ?? snapshot.invoice ?? action.subject;
      const note = "found paid at the provider";
      return { kind: "settle", outcome: { kind: "succeeded", providerObject, amountMinor, note } };
    }
    if (snapshot.status === "processing") {
      const providerObject = snapshot.payment ?? action.subject;
      const note = "the provider is still collecting it";
      const checkAfterMs = PENDING_CHECK_MS;
      return { kind: "settle", outcome: { kind: "pending", providerObject, amountMinor, note, checkAfterMs } };
    }
    // A bank debit takes days and may be returned. That is a decline of this try, not a reason to send it again.
    if (providerObject !== null && snapshot.status === "unpaid") {
      const decline = snapshot.decline ?? UNEXPLAINED;
      const note = "what the provider was collecting did not come in";
      return { kind: "declined", effect: { kind: "declined", decline, note } };
    }
    const result = guardAgain(action, snapshot, { mode, now });
    if (result.kind === "leave") return { kind: "settle", outcome: { kind: "skipped", note: result.reason } };
    return result.kind === "allow" ? { kind: "send" } : guardrailFailure(result);
  },
  send(action, snapshot, provider, call) {
    const invoice = snapshot.invoice ?? action.invoice;
    if (invoice !== null)
      return provider.retryPayment({ invoice, paidMinor: snapshot.invoiceState?.amountPaidMinor ?? 0 }, call);
    const payment = snapshot.payment ?? action.payment;
    const method = snapshot.agreement?.method ?? null;
    if (payment === null || method === null)
      throw new Error(`${action.id} was granted without an invoice, or a payment and its method`);
    return provider.retryPayment({ payment, method }, call);
  },
  declined: ({ account, mode, factKey, step }, declined, context) =>
    afterDecline({ account, mode, factKey, step }, declined, context),
};

const UNEXPLAINED: Decline = { code: null, advice: null, class: "needs_customer", isKnown: false };

/** The next step of the same fact; or a case, where the bank forbids another try or no try is left. */
async function afterDecline(
  identity: ActionIdentity,
  { decline, note }: Declined,
  { now, retryDelayScale }: DeclineContext,
): Promise<Outcome | Failure> {
  const { code, advice } = decline;
  if (decline.class !== "soft") {
    return {
      reason: "guardrail",
      detail: `declined for good (${code ?? advice ?? "nobody says why"}): ${note}. Ask the customer for another way to pay.`,
      about: { rule: "network_rules", refund: null },
    };
  }
  const step = identity.step + 1;
  const delayMs = retryDelayMs(step, identity.factKey, retryDelayScale);
  if (delayMs === null)
    return {
      reason: "guardrail",
      detail: `all ${identity.step} tries were declined, the last as ${code ?? "unknown"}: ask the customer for another way to pay`,
      about: { rule: "retries_left", refund: null },
    };
  const next = { actionId: await actionIdOf({ ...identity, step }), step, notBefore: now + delayMs };
  return { kind: "declined", note, declineCode: code, next };
}
