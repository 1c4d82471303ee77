import type { ProposedAction } from "../contracts/actions.ts";
import { APPROVAL_TYPE } from "../contracts/case-decision.ts";
import { ANSWER, type PaymentEvent } from "../contracts/event.ts";
import type { FactKind } from "../contracts/facts.ts";
import type { ActionReport } from "../contracts/ledger.ts";
import type { ActionId, FactKey } from "../core/ids.ts";
import type { Guardrails } from "./document.ts";

/** Who decides about a fact: Claude, a person (the fact becomes a case), or an outside agent. */
export type Decider = "agent" | "person" | "outside";

type FactTraits = {
  /** Several events tell of one matter as it goes on. Its case follows what the provider says of it. */
  hasCourse: boolean;
  /**
   * An event of it that our own call caused is no news: we know that our try failed. Of any other fact nothing proves that:
   * our confirmation may make a payment capturable, a failed refund that carries our id may be somebody else's.
   */
  isEchoOfOurs: boolean;
};

const PLAIN: FactTraits = { hasCourse: false, isEchoOfOurs: false };
const OF_OUR_TRY: FactTraits = { ...PLAIN, isEchoOfOurs: true };
const WITH_A_COURSE: FactTraits = { ...PLAIN, hasCourse: true };

/**
 * What each fact is. The providers' tables (providers/<name>/facts.ts) say which events tell of it, the policy document says
 * who decides and what may follow; docs/facts.md shows all three.
 */
export const FACTS: Record<FactKind, FactTraits> = {
  failed_renewal: OF_OUR_TRY,
  failed_payment: OF_OUR_TRY,
  held_authorization: PLAIN,
  request: PLAIN,
  outside_decision: PLAIN,
  dispute: WITH_A_COURSE,
  failed_refund: WITH_A_COURSE,
  account_restricted: WITH_A_COURSE,
  early_fraud_warning: PLAIN,
  review: PLAIN,
  failed_charge: PLAIN,
  failed_capture: PLAIN,
  expired_hold: PLAIN,
  failed_checkout: PLAIN,
  failed_finalization: PLAIN,
  failed_payout: PLAIN,
  subscription_ended: PLAIN,
  mandate_ended: PLAIN,
  account_disconnected: PLAIN,
  conflict: PLAIN,
};

type Facts = Pick<Guardrails, "facts">;
type DecidedFact = keyof Guardrails["facts"];
const isDecided = (fact: FactKind, facts: Guardrails["facts"]): fact is DecidedFact => Object.hasOwn(facts, fact);

/** A fact that policy does not name is a person's. */
export const deciderOf = (fact: FactKind, { facts }: Facts): Decider =>
  isDecided(fact, facts) ? facts[fact].decides : "person";

/** What policy lets follow from a fact by itself: from one that people decide, nothing does. */
export function followingOf(fact: FactKind, policy: Facts): readonly ProposedAction[] {
  const { facts } = policy;
  return isDecided(fact, facts) && deciderOf(fact, policy) !== "person" ? facts[fact].mayFollow : [];
}

/** `escalate` and `none` may always follow. */
export const mayFollow = (fact: FactKind, action: ProposedAction, policy: Facts): boolean =>
  action === "escalate" || action === "none" || followingOf(fact, policy).includes(action);

/** The fact that a key is of; null for a key that is none of ours. */
export function factOf(factKey: FactKey): FactKind | null {
  const name = factKey.slice(0, Math.max(0, factKey.indexOf("/")));
  return Object.hasOwn(FACTS, name) ? (name as FactKind) : null;
}

export type Route =
  | { kind: "none"; reason: string }
  | { kind: "echo"; actionId: ActionId }
  /** The console has signed what people approved. */
  | { kind: "approval" }
  /** `onlyFollows`: there is something to do only where the fact is decided already. */
  | { kind: "triggers"; fact: FactKind; factKey: FactKey; onlyFollows?: true }
  /** It triggers a decision, but a needed field is missing: it becomes a case. */
  | { kind: "defective"; fact: FactKind; factKey: FactKey; reason: string };

/** What an event requires, from the event alone. Pure. The event's source is never part of a fact's key. */
export function routeOf(event: PaymentEvent): Route {
  if (event.type === APPROVAL_TYPE) return { kind: "approval" };
  const fact = event.tells?.fact;
  const about = fact ?? event.tells?.follows;
  if (event.actionId !== undefined && (about === undefined || FACTS[about].isEchoOfOurs))
    return { kind: "echo", actionId: event.actionId };
  if (!fact) return newsIn(event) ?? { kind: "none", reason: whyNone(event) };
  const factKey = factKeyOf(fact, event);
  const defective = (reason: string): Route => {
    return { kind: "defective", fact, factKey: factKey ?? `${fact}/event:${event.id}`, reason };
  };
  if (event.defects && event.defects.length > 0) return defective(event.defects.join("; "));
  if (factKey === null) return defective(`${event.type} without the id of what it is about`);
  return { kind: "triggers", fact, factKey };
}

function newsIn(event: PaymentEvent): Route | null {
  const fact = event.tells?.follows;
  const factKey = fact === undefined ? null : factKeyOf(fact, event);
  if (fact === undefined || factKey === null || (event.defects ?? []).length > 0) return null;
  return { kind: "triggers", fact, factKey, onlyFollows: true };
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
