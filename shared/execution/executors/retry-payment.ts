import type { Action, Outcome } from "../../contracts/action.ts";
import type { Failure } from "../../contracts/failure.ts";
import {
  type Decline,
  type InvoicePaymentView,
  isSubscription,
  type PaymentSnapshot,
} from "../../contracts/provider.ts";
import type { RuleName } from "../../contracts/rules.ts";
import { type ActionIdentity, actionIdOf } from "../../core/ids.ts";
import { CLOCKS_APART_MS } from "../../core/time.ts";
import { guardAgain } from "../../policy/again.ts";
import { isPaid } from "../../policy/owed.ts";
import { maxStepsOf, retryDelayMs } from "../../policy/retry-schedule.ts";
import type { DeclineContext, Declined, Executor, JudgeContext, Judgement } from "../executor.ts";
import { outcomeOfEffect } from "../unmeant.ts";
import { isOurs } from "./ours.ts";
import { guardrailFailure } from "./refusals.ts";

/** Pays the invoice, or confirms the payment again, with the method that was tried. */
export const retryPayment: Executor<PaymentSnapshot> = {
  judge(action, snapshot, context) {
    const { decline } = snapshot;
    const otherwise = paidOtherwise(snapshot, context);
    if (otherwise !== null) return mayStillComeIn("still_owed", otherwise);
    const found = foundOf(action, snapshot, context);
    if (found !== null) return { kind: "settle", outcome: found };
    // A bank debit takes days and may be returned. That is a decline of this try, not a reason to send it again.
    if (isOurDecline(snapshot, context)) {
      const note = "what the provider was collecting did not come in";
      return { kind: "declined", effect: { kind: "declined", decline: decline ?? UNEXPLAINED, note } };
    }
    const result = guardAgain(action, snapshot, context);
    if (result.kind === "leave" && context.providerObject !== null && snapshot.invoice !== null)
      return mayStillComeIn(result.rule, result.reason);
    if (result.kind === "leave") return { kind: "settle", outcome: { kind: "skipped", note: result.reason } };
    return result.kind === "allow" ? { kind: "send" } : guardrailFailure(result);
  },
  send(action, { invoice, invoiceState, payment, agreement }, provider, call) {
    const method = invoice === null ? agreement?.method : invoiceState?.method;
    if (typeof method !== "string") throw new Error(`${action.id} was granted without a method`);
    if (invoice !== null && invoiceState !== null)
      return provider.retryPayment({ invoice, paidMinor: invoiceState.amountPaidMinor, method }, call);
    if (payment === null) throw new Error(`${action.id} was granted without a payment`);
    return provider.retryPayment({ payment, method }, call);
  },
  declined: ({ account, mode, factKey, step }, declined, context) =>
    afterDecline({ account, mode, factKey, step }, declined, context),
};

/** What the provider has named as our try ends neither as ours nor as skipped while nobody knows what became of it. */
const mayStillComeIn = (rule: RuleName, why: string): Judgement =>
  guardrailFailure({ rule, reason: `${why}; our payment may still come in: look whether both did` });

/** What paid the invoice instead of our try; null where ours did, none of ours is on its way, or the invoice does not say. */
function paidOtherwise(snapshot: PaymentSnapshot, context: JudgeContext): string | null {
  const { providerObject, mayHaveActedSince } = context;
  const views = snapshot.invoiceState?.payments ?? [];
  if (!isPaid(snapshot) || views.length === 0) return null;
  const ours = viewOfOurs(views, providerObject);
  if (ours?.status === "paid" && ours.payment !== null) return null;
  const mayBeOnItsWay = mayHaveActedSince !== null && (ours?.status === "open" || ours?.status === "other");
  if (providerObject === null && !mayBeOnItsWay) return null;
  const other = views.find(({ status }) => status === "paid")?.payment ?? null;
  return `the invoice was paid by ${other ?? "money from elsewhere"}`;
}

/** A try pays through the default payment. The provider may have named that one, or the invoice. */
const viewOfOurs = (views: readonly InvoicePaymentView[], providerObject: string | null) =>
  views.find(({ payment }) => payment !== null && payment === providerObject) ??
  views.find(({ isDefault }) => isDefault);

/** A try of ours that the provider has named, or that it declined since we may have made it: its key may be forgotten by now. */
function isOurDecline({ status, declinedAt }: PaymentSnapshot, context: JudgeContext): boolean {
  const { providerObject, mayHaveActedSince: since } = context;
  if (status !== "unpaid") return false;
  if (providerObject !== null) return true;
  return since !== null && declinedAt !== null && declinedAt >= since - CLOCKS_APART_MS;
}

const UNEXPLAINED: Decline = { code: null, advice: null, class: "needs_customer", isKnown: false };

/** What became of our try; null where there is none, or what came in is somebody else's. */
function foundOf(action: Action, snapshot: PaymentSnapshot, context: JudgeContext): Outcome | null {
  const { invoice, payment, status, actionId, capturableMinor, currency } = snapshot;
  const providerObject = payment ?? invoice ?? action.subject;
  const pending = { providerObject, currency, amountMinor: null, pending: true } as const;
  if (isPaid(snapshot)) {
    const taken = takenOf(snapshot, context);
    if (taken === null || !isOurs(action, taken, context)) return null;
    return outcomeOfEffect(action, {
      providerObject: taken.payment ?? providerObject,
      amountMinor: taken.amountMinor,
      currency,
      pending: false,
      note: "found paid at the provider",
    });
  }
  if (!isOurs(action, { actionId, at: null }, context)) return null;
  if (status === "processing")
    return outcomeOfEffect(action, { ...pending, note: "the provider is still collecting it" });
  // A payment that is captured by hand has been taken as far as a try can take it.
  const isHeld = status === "held" && invoice === null;
  const note = "found held at the provider";
  return isHeld
    ? outcomeOfEffect(action, { providerObject, currency, amountMinor: capturableMinor, pending: false, note })
    : null;
}

type Taken = { payment: string | null; amountMinor: number | null; actionId: string | null; at: number | null };

/**
 * What was taken. Of an invoice: by the payment that a try pays through, else by the newest one; null where that one did not
 * pay, or only money from elsewhere did. An invoice that does not say what paid it leaves the amount unknown.
 */
function takenOf(snapshot: PaymentSnapshot, { providerObject }: JudgeContext): Taken | null {
  const { invoice, invoiceState, payment, capturedMinor, capturedAt, actionId } = snapshot;
  if (invoice === null) return { payment, amountMinor: capturedMinor, actionId, at: capturedAt };
  const views = invoiceState?.payments ?? [];
  if (views.length === 0) return { payment, amountMinor: null, actionId, at: null };
  const paid = views.filter((view) => view.status === "paid" && view.payment !== null).toSorted(newestFirst);
  const isTold = views.some(({ isDefault }) => isDefault);
  const taken = viewOfOurs(paid, providerObject) ?? (isTold ? undefined : paid[0]);
  if (taken === undefined) return null;
  return {
    payment: taken.payment,
    amountMinor: taken.paidMinor,
    actionId: taken.payment === payment ? actionId : null,
    at: taken.paidAt,
  };
}

const newestFirst = (a: InvoicePaymentView, b: InvoicePaymentView): number =>
  (b.paidAt ?? Number.POSITIVE_INFINITY) - (a.paidAt ?? Number.POSITIVE_INFINITY) ||
  Number(b.isDefault) - Number(a.isDefault);

/** The next step of the same fact; or a case, where the bank forbids another try or no try is left. */
async function afterDecline(
  identity: ActionIdentity,
  { decline, note }: Declined,
  { policy, now, retryDelayScale, seen }: DeclineContext,
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
  const maxSteps = maxStepsOf(isSubscription(seen) ? null : seen.method, policy);
  const delayMs = retryDelayMs(step, identity.factKey, retryDelayScale, { ...policy.retry, maxSteps });
  if (delayMs === null)
    return {
      reason: "guardrail",
      detail: `all ${identity.step} tries were declined, the last as ${code ?? "unknown"}: ask the customer for another way to pay`,
      about: { rule: "retries_left", refund: null },
    };
  const next = { actionId: await actionIdOf({ ...identity, step }), step, notBefore: now + delayMs };
  return { kind: "declined", note, declineCode: code, next };
}
