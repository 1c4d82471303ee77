import type { ProposedAction } from "../contracts/actions.ts";
import { ANSWER, type PaymentEvent } from "../contracts/event.ts";
import type { FactKind } from "../contracts/facts.ts";
import type { ActionReport } from "../contracts/ledger.ts";
import type { ActionId, FactKey } from "../core/ids.ts";

/** Who decides about a fact: Claude, a person (the fact becomes a case), or an outside agent. */
export type Decider = "agent" | "person" | "outside";

type FactPolicy = {
  decides: Decider;
  /**
   * Which actions may follow, whatever an agent proposes. Money is refunded only on a request, and collected only where it
   * is owed or held. Any other proposal becomes a case. `escalate` and `none` may always follow.
   */
  mayFollow: readonly ProposedAction[];
  /** Several events tell of one matter as it goes on. Its case follows what the provider says of it. */
  hasCourse: boolean;
  /**
   * An event of it that our own call caused is no news: we know that our try failed. Of any other fact nothing proves that:
   * our confirmation may make a payment capturable, a failed refund that carries our id may be somebody else's.
   */
  isEchoOfOurs: boolean;
};

const OF_A_PERSON: FactPolicy = { decides: "person", mayFollow: [], hasCourse: false, isEchoOfOurs: false };
const WITH_A_COURSE: FactPolicy = { ...OF_A_PERSON, hasCourse: true };
const decidedBy = (decides: Decider, mayFollow: readonly ProposedAction[], isEchoOfOurs = false): FactPolicy => ({
  decides,
  mayFollow,
  hasCourse: false,
  isEchoOfOurs,
});

/** What follows from each fact. The providers' tables (providers/<name>/facts.ts) say which events tell of it; docs/facts.md shows both. */
export const FACTS: Record<FactKind, FactPolicy> = {
  failed_renewal: decidedBy("agent", ["retry", "pause", "downgrade"], true),
  failed_payment: decidedBy("agent", ["retry"], true),
  held_authorization: decidedBy("agent", ["authorize"]),
  request: decidedBy("agent", ["refund", "pause", "downgrade", "resume", "cancel"]),
  outside_decision: decidedBy("outside", ["authorize", "refund", "retry", "pause", "downgrade", "resume", "cancel"]),
  dispute: WITH_A_COURSE,
  failed_refund: WITH_A_COURSE,
  account_restricted: WITH_A_COURSE,
  early_fraud_warning: OF_A_PERSON,
  review: OF_A_PERSON,
  failed_charge: OF_A_PERSON,
  failed_capture: OF_A_PERSON,
  expired_hold: OF_A_PERSON,
  failed_checkout: OF_A_PERSON,
  failed_finalization: OF_A_PERSON,
  failed_payout: OF_A_PERSON,
  subscription_ended: OF_A_PERSON,
  mandate_ended: OF_A_PERSON,
  account_disconnected: OF_A_PERSON,
  conflict: OF_A_PERSON,
};

export const mayFollow = (fact: FactKind, action: ProposedAction): boolean =>
  action === "escalate" || action === "none" || FACTS[fact].mayFollow.includes(action);

export type Route =
  | { kind: "none"; reason: string }
  | { kind: "echo"; actionId: ActionId }
  /** `onlyFollows`: there is something to do only where the fact is decided already. */
  | { kind: "triggers"; fact: FactKind; decides: Decider; factKey: FactKey; onlyFollows?: true }
  /** It triggers a decision, but a needed field is missing: it becomes a case. */
  | { kind: "defective"; fact: FactKind; factKey: FactKey; reason: string };

/** What an event requires, from the event alone. Pure. The event's source is never part of a fact's key. */
export function routeOf(event: PaymentEvent): Route {
  const fact = event.tells?.fact;
  const about = fact ?? event.tells?.follows;
  if (event.actionId !== undefined && (about === undefined || FACTS[about].isEchoOfOurs))
    return { kind: "echo", actionId: event.actionId };
  if (!fact) return followingOf(event) ?? { kind: "none", reason: whyNone(event) };
  const factKey = factKeyOf(fact, event);
  const defective = (reason: string): Route => {
    return { kind: "defective", fact, factKey: factKey ?? `${fact}/event:${event.id}`, reason };
  };
  if (event.defects && event.defects.length > 0) return defective(event.defects.join("; "));
  if (factKey === null) return defective(`${event.type} without the id of what it is about`);
  return { kind: "triggers", fact, decides: FACTS[fact].decides, factKey };
}

function followingOf(event: PaymentEvent): Route | null {
  const fact = event.tells?.follows;
  const factKey = fact === undefined ? null : factKeyOf(fact, event);
  if (fact === undefined || factKey === null || (event.defects ?? []).length > 0) return null;
  return { kind: "triggers", fact, decides: FACTS[fact].decides, factKey, onlyFollows: true };
}

/** What an event reports about an action of ours, for the ledger to check; null where it reports nothing. */
export function reportOf({ tells, actionId, payment, charge, invoice, refund }: PaymentEvent): ActionReport | null {
  const subject = payment ?? charge ?? invoice;
  if (actionId === undefined || subject === undefined || tells?.ofAction === undefined) return null;
  return { ref: { id: actionId, subject }, says: tells.ofAction, refund: refund ?? null };
}

/** Why an event is closed as soon as it is accepted; null where the classifier must see it, or its case be told. */
export const reasonToCloseAtOnce = (event: PaymentEvent): string | null =>
  reportOf(event) === null && event.type !== ANSWER ? reasonForNone(event) : null;

/** Why a rule decides that nothing is to be done; null where there is something to decide. */
export function reasonForNone(event: PaymentEvent): string | null {
  const route = routeOf(event);
  if (route.kind === "echo") return `echo of our own action ${route.actionId}`;
  return route.kind === "none" ? route.reason : null;
}

export function whyNone({ type, tells }: PaymentEvent): string {
  if (type.startsWith("countersign.")) return "the record of a person's act; it is carried out where it was made";
  if (tells?.recorded !== undefined) return `${type} asks for no decision: ${tells.recorded}`;
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
    case "failed_charge":
    case "expired_hold":
      return keyed(fact, event.charge ?? event.payment);
    case "failed_capture":
      return keyed(fact, event.object ?? event.payment);
    case "failed_finalization":
      return keyed(fact, event.invoice);
    case "subscription_ended":
      return keyed(fact, event.subscription);
    case "failed_checkout":
    case "failed_payout":
    case "mandate_ended":
      return keyed(fact, event.object);
    case "account_restricted":
      return keyed(fact, event.object ?? event.account);
    // An account may be connected again, and leave again.
    case "account_disconnected":
      return keyed(fact, event.object ?? event.account, `:${event.occurredAt}`);
    case "conflict":
      return keyed(fact, event.object ?? event.id);
    // Nothing names them but their own event. An edited one is the same fact: what was decided about it holds.
    case "request":
    case "outside_decision":
      return `${fact}/${event.edits?.event ?? event.id}`;
  }
}

const keyed = (fact: FactKind, id: string | undefined, suffix = ""): FactKey | null =>
  id === undefined ? null : `${fact}/${id}${suffix}`;
