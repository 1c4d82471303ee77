import { isActionId } from "../../core/ids.ts";

/** An id, or that of an expanded object. */
export function idOf(field: string | { id: string } | null | undefined): string | null {
  return typeof field === "string" ? field : (field?.id ?? null);
}

/** The action of ours that metadata names. The key may be the merchant's own as well, with words that are no action of ours. */
export function actionIdIn(metadata: { action_id?: string } | null | undefined): string | null {
  const id = metadata?.action_id ?? "";
  return isActionId(id) ? id : null;
}

/** Stripe states times in seconds. */
export const toMs = (seconds: number): number => seconds * 1_000;

/** A charge without a payment intent is its own payment. `ch_` and `py_` are charges. */
export const isCharge = (payment: string): boolean => /^(?:ch|py)_/.test(payment);

/** What a list of refunds or disputes is of. */
export const subjectOf = (payment: string): { charge: string } | { payment_intent: string } =>
  isCharge(payment) ? { charge: payment } : { payment_intent: payment };
