import type { ProposedAction } from "../contracts/actions.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { FactKind } from "../contracts/facts.ts";
import type { ActionReport } from "../contracts/ledger.ts";
import type { ActionId, FactKey } from "../core/ids.ts";

/** Who decides about a fact: Claude, a person (the fact becomes a case at once), or an outside agent. */
export type Decider = "agent" | "person" | "outside";

const DECIDERS: Record<FactKind, Decider> = {
  failed_renewal: "agent",
  failed_payment: "agent",
  held_authorization: "agent",
  dispute: "person",
  early_fraud_warning: "person",
  review: "person",
  failed_refund: "person",
  request: "agent",
  outside_decision: "outside",
};

/**
 * Which actions may follow from a fact, whatever an agent proposes. Money is refunded only on a request, and collected only
 * where it is owed or held. Any other proposal becomes a case. `escalate` and `none` may always follow.
 */
const MAY_FOLLOW: Record<FactKind, readonly ProposedAction[]> = {
  failed_renewal: ["retry", "pause", "downgrade"],
  failed_payment: ["retry"],
  held_authorization: ["authorize"],
  request: ["refund", "pause", "downgrade", "resume", "cancel"],
  outside_decision: ["authorize", "refund", "retry", "pause", "downgrade", "resume", "cancel"],
  dispute: [],
  early_fraud_warning: [],
  review: [],
  failed_refund: [],
};

export const mayFollow = (fact: FactKind, action: ProposedAction): boolean =>
  action === "escalate" || action === "none" || MAY_FOLLOW[fact].includes(action);

/**
 * Facts that are decided even if the event names one of our actions: our own confirmation may make a payment capturable,
 * and a failed refund that carries our id may not be ours.
 */
const FACTS_DESPITE_OWN_ACTION: readonly FactKind[] = ["held_authorization", "failed_refund"];

export type Route =
  | { kind: "none"; reason: string }
  | { kind: "echo"; actionId: ActionId }
  | { kind: "triggers"; fact: FactKind; decides: Decider; factKey: FactKey }
  /** It triggers a decision, but a needed field is missing: it becomes a case. */
  | { kind: "defective"; fact: FactKind; factKey: FactKey; reason: string };

/** What an event requires, from the event alone. Pure. The event's source is never part of a fact's key. */
export function routeOf(event: PaymentEvent): Route {
  const fact = event.tells?.fact;
  if (event.actionId !== undefined && !(fact && FACTS_DESPITE_OWN_ACTION.includes(fact)))
    return { kind: "echo", actionId: event.actionId };
  if (!fact) return { kind: "none", reason: whyNone(event) };
  const factKey = factKeyOf(fact, event);
  const defective = (reason: string): Route => {
    return { kind: "defective", fact, factKey: factKey ?? `${fact}/event:${event.id}`, reason };
  };
  if (event.defects && event.defects.length > 0) return defective(event.defects.join("; "));
  if (factKey === null) return defective(`${event.type} without the id of what it is about`);
  return { kind: "triggers", fact, decides: DECIDERS[fact], factKey };
}

/** What an event reports about an action of ours, for the ledger to check; null where it reports nothing. */
export function reportOf({ tells, actionId, payment, charge, invoice, refund }: PaymentEvent): ActionReport | null {
  const subject = payment ?? charge ?? invoice;
  if (actionId === undefined || subject === undefined || tells?.ofAction === undefined) return null;
  return { ref: { id: actionId, subject }, says: tells.ofAction, refund: refund ?? null };
}

/** Why an event is closed as soon as it is accepted; null where the classifier must see it. */
export const reasonToCloseAtOnce = (event: PaymentEvent): string | null =>
  reportOf(event) === null ? reasonForNone(event) : null;

/** Why a rule decides that nothing is to be done; null where there is something to decide. */
export function reasonForNone(event: PaymentEvent): string | null {
  const route = routeOf(event);
  if (route.kind === "echo") return `echo of our own action ${route.actionId}`;
  return route.kind === "none" ? route.reason : null;
}

function whyNone({ type, tells }: PaymentEvent): string {
  if (type.startsWith("countersign.")) return "the record of a person's act; it is carried out where it was made";
  return tells?.accompanies ? `same fact as ${tells.accompanies}, which decides` : `${type} asks for no decision`;
}

function factKeyOf(fact: FactKind, event: PaymentEvent): FactKey | null {
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

const keyed = (fact: FactKind, id: string | undefined, suffix = ""): FactKey | null =>
  id === undefined ? null : `${fact}/${id}${suffix}`;
