import type { Outcome } from "../../contracts/action.ts";
import type { Failure } from "../../contracts/failure.ts";
import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { referenceOfAction } from "../../contracts/reference.ts";
import { actionIdOf } from "../../core/ids.ts";
import { guardAgain } from "../../policy/again.ts";
import { classOfDecline } from "../../policy/declines.ts";
import { retryDelayMs } from "../../policy/retry-schedule.ts";
import { type Executor, PENDING_CHECK_MS } from "../executor.ts";
import { guardrailFailure, notFound } from "./refusals.ts";

/**
 * Pays the invoice, or confirms the payment, again. Found again by the invoice: a paid one is done, whoever paid.
 * `delayScale` is 1 in production; local runs compress the days between two tries.
 */
export function createRetryPayment(delayScale: number): Executor<PaymentSnapshot> {
  return {
    kind: "retryPayment",
    async read(action, provider, signal) {
      const reference = referenceOfAction(action);
      if (reference === null) return notFound(action);
      const found = await provider.find(reference, signal);
      if (!found.ok) return found;
      return found.value === null ? notFound(action) : { ok: true, value: found.value };
    },
    judge(action, snapshot, { now, mode, attempt, providerObject }) {
      const paid = snapshot.invoiceState?.status === "paid" || snapshot.status === "succeeded";
      if (paid && attempt > 1) {
        const providerObject = snapshot.payment ?? snapshot.invoice ?? action.subject;
        return {
          kind: "settle",
          outcome: {
            kind: "succeeded",
            providerObject,
            amountMinor: action.amountMinor,
            note: "found paid at the provider",
          },
        };
      }
      if (snapshot.status === "processing") {
        const providerObject = snapshot.payment ?? action.subject;
        const note = "the provider is still collecting it";
        return {
          kind: "settle",
          outcome: {
            kind: "pending",
            providerObject,
            amountMinor: action.amountMinor,
            note,
            checkAfterMs: PENDING_CHECK_MS,
          },
        };
      }
      // A bank debit takes days, and may bounce: that is the end of this try, not a reason to send it again.
      if (providerObject !== null && snapshot.status === "requires_payment_method") {
        const { declineCode, adviceCode } = snapshot;
        const note = "what the provider was collecting did not come in";
        return { kind: "declined", effect: { kind: "declined", declineCode, adviceCode, note } };
      }
      const result = guardAgain(action, snapshot, { mode, now });
      if (result.kind === "leave") return { kind: "settle", outcome: { kind: "skipped", note: result.reason } };
      return result.kind === "allow" ? { kind: "send" } : guardrailFailure(result.reason);
    },
    send(action, snapshot, provider, call) {
      const invoice = snapshot.invoice ?? action.invoice;
      if (invoice !== null) return provider.payInvoice({ invoice }, call);
      const payment = snapshot.payment ?? action.payment;
      if (payment === null) throw new Error(`${action.id} was granted without an invoice or a payment`);
      return provider.confirmPayment({ payment }, call);
    },
    declined: ({ account, mode, factKey, step }, { declineCode, adviceCode, note }, now) =>
      afterDecline({ account, mode, factKey, step }, { declineCode, adviceCode, note }, now, delayScale),
  };
}

type Step = Parameters<typeof actionIdOf>[0];
type Decline = { declineCode: string | null; adviceCode: string | null; note: string };

/** The next step of the same fact, at its time; or a person, when the bank forbids another try or none is left. */
async function afterDecline(
  identity: Step,
  { declineCode, adviceCode, note }: Decline,
  now: number,
  delayScale: number,
): Promise<Outcome | Failure> {
  if (classOfDecline(declineCode, adviceCode) !== "soft") {
    return {
      reason: "guardrail",
      detail: `declined for good (${declineCode ?? adviceCode}): ${note}. Ask the customer for another way to pay.`,
    };
  }
  const step = identity.step + 1;
  const delayMs = retryDelayMs(step, identity.factKey, delayScale);
  if (delayMs === null)
    return {
      reason: "guardrail",
      detail: `all ${identity.step} tries were declined, the last as ${declineCode ?? "unknown"}: ask the customer for another way to pay`,
    };
  const next = { actionId: await actionIdOf({ ...identity, step }), step, notBefore: now + delayMs };
  return { kind: "declined", note, declineCode, next };
}
