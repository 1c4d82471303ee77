import type { ProposedAction } from "../contracts/actions.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { ActionReport } from "../contracts/ledger.ts";

/**
 * Which events tell of a business fact, as data. For each fact exactly one type triggers; its siblings are recorded as
 * `none`. What is not listed needs no decision.
 */
export type FactKind =
  | "failed_renewal"
  | "failed_payment"
  | "dispute"
  | "early_fraud_warning"
  | "review"
  | "held_authorization"
  | "failed_refund"
  | "request"
  | "outside_decision";

/** Who decides: Claude; the policy alone, which opens a case (fraud triage and chargebacks are people's work so far); an outside agent. */
type Trigger = { fact: FactKind; decides: "agent" | "person" | "outside" };

const TRIGGERS: Record<string, Trigger> = {
  "invoice.payment_failed": { fact: "failed_renewal", decides: "agent" },
  "payment_intent.payment_failed": { fact: "failed_payment", decides: "agent" },
  "payment_intent.amount_capturable_updated": { fact: "held_authorization", decides: "agent" },
  "charge.dispute.created": { fact: "dispute", decides: "person" },
  "radar.early_fraud_warning.created": { fact: "early_fraud_warning", decides: "person" },
  "review.opened": { fact: "review", decides: "person" },
  "refund.failed": { fact: "failed_refund", decides: "person" },
  "adyen.CHARGEBACK": { fact: "dispute", decides: "person" },
  "adyen.NOTIFICATION_OF_CHARGEBACK": { fact: "dispute", decides: "person" },
  "adyen.NOTIFICATION_OF_FRAUD": { fact: "early_fraud_warning", decides: "person" },
  "countersign.request": { fact: "request", decides: "agent" },
  "countersign.decision": { fact: "outside_decision", decides: "outside" },
};

/**
 * What may follow from a fact, whatever an agent proposes: money goes back only where somebody asked for it, is taken only
 * where it is owed or held. A proposal beyond this is a person's. `escalate` and `none` may always follow.
 */
const MAY_FOLLOW: Record<FactKind, readonly ProposedAction[]> = {
  failed_renewal: ["retry", "pause", "downgrade"],
  failed_payment: ["retry"],
  held_authorization: ["authorize"],
  request: ["refund", "pause", "downgrade", "resume"],
  outside_decision: ["authorize", "refund", "retry", "pause", "downgrade", "resume"],
  dispute: [],
  early_fraud_warning: [],
  review: [],
  failed_refund: [],
};

export const mayFollow = (fact: FactKind, action: ProposedAction): boolean =>
  action === "escalate" || action === "none" || MAY_FOLLOW[fact].includes(action);

/** Events that always accompany a triggering one, and which. */
const SIBLINGS: Record<string, string> = {
  "charge.failed": "payment_intent.payment_failed or invoice.payment_failed",
  "invoice.payment_action_required": "invoice.payment_failed",
  "charge.dispute.funds_withdrawn": "charge.dispute.created",
  "charge.refunded": "refund.created",
  "charge.refund.updated": "refund.updated",
  "invoice.payment_succeeded": "invoice.paid",
};

/** Our own confirmation may make a payment capturable; a refund that carries our id and is not ours may fail. */
const NEWS_WHOEVER_CAUSED_IT: readonly FactKind[] = ["held_authorization", "failed_refund"];

/**
 * Echoes that tell what became of one of our actions; the others accompany these. A refund's later ones are the bank's
 * doing, and name our action by its metadata.
 */
const REPORTS: ReadonlySet<string> = new Set([
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.refunded",
  "charge.refund.updated",
  "payment_intent.succeeded",
  "payment_intent.canceled",
  "invoice.paid",
]);

export type Route =
  | { kind: "none"; reason: string }
  | { kind: "echo"; actionId: string }
  | { kind: "triggers"; fact: FactKind; decides: Trigger["decides"]; factKey: string }
  /** It triggers, but what is needed to act is missing: a person looks. */
  | { kind: "defective"; fact: FactKind; factKey: string; reason: string };

/** Pure: from the event alone. `source` is never part of a fact's key. */
export function routeOf(event: PaymentEvent): Route {
  const trigger = Object.hasOwn(TRIGGERS, event.type) ? TRIGGERS[event.type] : undefined;
  if (event.actionId !== undefined && !(trigger && NEWS_WHOEVER_CAUSED_IT.includes(trigger.fact)))
    return { kind: "echo", actionId: event.actionId };
  if (!trigger) return { kind: "none", reason: whyNone(event.type) };
  const { fact, decides } = trigger;
  const factKey = factKeyOf(fact, event);
  if (event.defects && event.defects.length > 0) {
    return {
      kind: "defective",
      fact,
      factKey: factKey ?? `${fact}/event:${event.id}`,
      reason: event.defects.join("; "),
    };
  }
  if (factKey === null) {
    return {
      kind: "defective",
      fact,
      factKey: `${fact}/event:${event.id}`,
      reason: `${event.type} without the id of what it is about`,
    };
  }
  return { kind: "triggers", fact, decides, factKey };
}

/** What an event says of an action of ours, for the ledger to check; null where it says nothing of one. */
export function reportOf({
  type,
  actionId,
  payment,
  charge,
  invoice,
  refund,
  ...event
}: PaymentEvent): ActionReport | null {
  const subject = payment ?? charge ?? invoice;
  if (actionId === undefined || subject === undefined || !REPORTS.has(type)) return null;
  return { ref: { id: actionId, subject }, says: sayingOf(type, event.refundStatus), refund: refund ?? null };
}

function sayingOf(type: string, refundStatus: string | undefined): ActionReport["says"] {
  if (type === "refund.failed" || refundStatus === "failed" || refundStatus === "canceled") return "failed";
  return refundStatus === "pending" || refundStatus === "requires_action" ? "pending" : "done";
}

/** Why an event is over as soon as it is accepted; null where somebody must look at it. */
export const reasonAtTheDoor = (event: PaymentEvent): string | null =>
  reportOf(event) === null ? reasonForNone(event) : null;

/** Why a rule alone decides that nothing is to be done; null when there is something to decide. */
export function reasonForNone(event: PaymentEvent): string | null {
  const route = routeOf(event);
  if (route.kind === "echo") return `echo of our own action ${route.actionId}`;
  return route.kind === "none" ? route.reason : null;
}

function whyNone(type: string): string {
  const sibling = Object.hasOwn(SIBLINGS, type) ? SIBLINGS[type] : undefined;
  if (type.startsWith("countersign.")) return "the record of a person's act; it is carried out where it was made";
  return sibling ? `same fact as ${sibling}, which decides` : `${type} asks for no decision`;
}

function factKeyOf(fact: FactKind, event: PaymentEvent): string | null {
  switch (fact) {
    case "failed_renewal":
      return keyed(fact, event.invoice, `:${event.attempt ?? 1}`);
    case "failed_payment":
      return keyed(fact, event.charge ?? (event.payment && `${event.payment}:${event.attempt ?? event.occurredAt}`));
    case "held_authorization":
      return keyed(fact, event.payment);
    case "dispute":
    case "early_fraud_warning":
    case "review":
      return keyed(fact, event.dispute ?? event.charge ?? event.payment);
    case "failed_refund":
      return keyed(fact, event.refund ?? event.charge ?? event.payment);
    case "request":
    case "outside_decision":
      return `${fact}/${event.id}`;
  }
}

const keyed = (fact: FactKind, id: string | undefined, suffix = ""): string | null =>
  id === undefined ? null : `${fact}/${id}${suffix}`;
