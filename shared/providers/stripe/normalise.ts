import type { Lane, PaymentEvent } from "../../contracts/event.ts";
import { exportedHead } from "../../contracts/exported-event.ts";
import { actionIdOfProviderKey, isActionId } from "../../core/ids.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { codeOf, countOf, field, idOf, isObject, millisecondsOf, moneyOf, present, type Untyped } from "../untyped.ts";
import { tellsOfStripe } from "./facts.ts";
import { type Found, readObject } from "./objects.ts";

/**
 * Any Stripe event, of any API version, as our event. Unknown types and objects are accepted with the fields that can be
 * read; only an event without a usable id or type is refused. `defects` lists the fields that could not be read.
 * Deterministic: a redelivery, or the same event from a file, gives an equal event.
 */
export function normaliseStripeEvent(event: unknown, lane: Lane): Result<PaymentEvent, string> {
  const head = exportedHead(event);
  if (!head.ok) return head;
  if (!isObject(event)) return err("a Stripe event is a JSON object");
  const { id, type } = head.value;
  const object = field(event, "data", "object");
  const found: Found = isObject(object) ? readObject(object, type, event.request) : {};
  const { amountMinor, currency, defects: moneyDefects } = moneyOf(found.amount, found.currency);
  const { occurredAt, mode, defects: headDefects } = headOf(event);
  const defects = [...headDefects, ...moneyDefects];

  const refundStatus = codeOf(found.refundStatus);
  const account = idOf(event.account) ?? idOf(event.user_id);
  const said = present({
    refundStatus,
    circumstance: codeOf(found.circumstance),
    payment: idOf(found.payment),
    invoice: idOf(found.invoice),
  });
  const tells = tellsOfStripe({ type, ...said });
  return ok({
    id,
    type,
    occurredAt,
    mode,
    lane,
    ...present({
      account,
      payment: said.payment,
      charge: idOf(found.charge),
      invoice: said.invoice,
      customer: idOf(found.customer),
      subscription: idOf(found.subscription),
      dispute: idOf(found.dispute),
      refund: idOf(found.refund),
      refundStatus,
      amountMinor,
      currency,
      declineCode: codeOf(found.declineCode),
      adviceCode: codeOf(found.adviceCode),
      riskLevel: codeOf(found.riskLevel),
      // The event of an account that leaves is of its application.
      object: type === "account.application.deauthorized" ? account : idOf(found.object),
      disputeStatus: codeOf(found.disputeStatus),
      disputeReason: codeOf(found.disputeReason),
      evidenceDueBy: millisecondsOf(found.evidenceDueBy),
      circumstance: said.circumstance,
      attempt: countOf(found.attempt),
      nextAttemptAt: millisecondsOf(found.nextAttempt),
      actionId: ownAction(event) ?? ownRefund(object),
      defects: defects.length > 0 ? defects : undefined,
      tells: Object.keys(tells).length > 0 ? tells : undefined,
    }),
  });
}

/** `created` is in seconds; in events of API v2 it is ISO 8601. */
function headOf(event: Untyped): { occurredAt: number; mode: "live" | "test"; defects: string[] } {
  const { created, livemode } = event;
  const parsed = typeof created === "string" ? Date.parse(created) : Number.NaN;
  const occurredAt = Number.isNaN(parsed) ? millisecondsOf(created) : parsed;
  const defects: string[] = [];
  if (occurredAt === undefined || occurredAt < 0) defects.push("created is missing or not a time");
  if (typeof livemode !== "boolean") defects.push("livemode is missing; taken as test");
  return { occurredAt: Math.max(occurredAt ?? 0, 0), mode: livemode === true ? "live" : "test", defects };
}

/** The action whose provider key was in the call that caused the event. Before 2017 `request` was only an id. */
function ownAction(event: Untyped): string | undefined {
  const key = field(event, "request", "idempotency_key");
  return typeof key === "string" ? (actionIdOfProviderKey(key) ?? undefined) : undefined;
}

/**
 * The action in a refund's metadata. A bank settles or fails a refund later, without a call of ours. Only for refunds, where
 * nothing but a read follows: metadata can be copied.
 */
function ownRefund(object: unknown): string | undefined {
  if (field(object, "object") !== "refund") return undefined;
  const id = field(object, "metadata", "action_id");
  return typeof id === "string" && isActionId(id) ? id : undefined;
}
