import { type ActionState, isTerminal } from "../../shared/contracts/action.ts";
import { ACTIONS } from "../../shared/contracts/actions.ts";
import type { ActionView, Trace } from "../../shared/contracts/views.ts";
import { accountsBroken } from "./book-accounts.ts";
import { unapproved } from "./book-approvals.ts";
import { approvedLost } from "./book-approved.ts";
import { bankFailuresBroken } from "./book-bank.ts";
import { conflictsBroken } from "./book-conflicts.ts";
import { rebuiltBroken } from "./book-emptied.ts";
import { holdsBroken } from "./book-holds.ts";
import { honestStopped } from "./book-honest.ts";
import { rotationBroken } from "./book-keys.ts";
import { actsBroken } from "./book-people.ts";
import { plantedBroken } from "./book-planted.ts";
import { policyBroken } from "./book-policy.ts";
import { informationLeft, recordsLost } from "./book-records.ts";
import { handRefundsBroken } from "./book-refunds.ts";
import { changesBroken, shows } from "./book-subscriptions.ts";
import { unmeantMoves } from "./book-unmeant.ts";
import { workBroken } from "./book-worked.ts";
import { refundsIn } from "./effects.ts";
import { type Evidence, nextOf } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";
import type { FullBooks, ProviderObject } from "./outside.ts";

/** Believes the provider's books and each row's own story, and compares them. Pure. An empty list is a clean conscience. */
export function check(evidence: Evidence): Broken[] {
  return [
    ...lost(evidence),
    ...doubleExecuted(evidence),
    ...overRefunded(evidence.after),
    ...effectsWithoutAction(evidence),
    ...actionsWithoutEffect(evidence),
    ...gapsInTraces(evidence),
    ...failuresUnseen(evidence),
    ...countsThatDisagree(evidence),
    ...runtimesBeside(evidence),
    ...holdsBroken(evidence),
    ...handRefundsBroken(evidence),
    ...conflictsBroken(evidence),
    ...rotationBroken(evidence),
    ...bankFailuresBroken(evidence),
    ...changesBroken(evidence),
    ...plantedBroken(evidence),
    ...accountsBroken(evidence),
    ...unmeantMoves(evidence),
    ...honestStopped(evidence),
    ...recordsLost(evidence),
    ...informationLeft(evidence),
    ...unapproved(evidence),
    ...approvedLost(evidence),
    ...actsBroken(evidence),
    ...workBroken(evidence),
    ...policyBroken(evidence),
    ...rebuiltBroken(evidence),
  ];
}

/** Accepted, and not come to an end though all is quiet. */
function lost({ traces, actions, totals }: Evidence): Broken[] {
  const say = broken("lost");
  const events = [...traces].flatMap(([id, trace]) => {
    if (trace === null) return [say(id, `${id} was answered 2xx, and the ledger does not know it`)];
    return trace.terminal ? [] : [say(id, `${id} is ${trace.state}`)];
  });
  const steps = [...actions.values()].flatMap((view) => {
    const next = nextOf(view);
    if (next !== null && !actions.has(next)) return [say(view.action.id, `its next step ${next} is not there`)];
    return isTerminal(view.state) ? [] : [say(view.action.id, `${view.action.id} is ${view.state}`)];
  });
  const waiting = totals.waiting.events + totals.waiting.actions;
  const found = [...events, ...steps];
  return found.length === 0 && waiting > 0
    ? [say(null, `${waiting} rows wait, and none of the traces says so`)]
    : found;
}

/** Two refunds of one action, two captured charges of one payment, two payments of one invoice. */
function doubleExecuted({ before, after }: Evidence): Broken[] {
  const say = broken("doubleExecuted");
  const capturedBefore = countBy(before.captures, ({ paymentIntent }) => paymentIntent);
  return [
    ...repeated(refundsIn(after), ({ metadata }) => metadata.action_id ?? null, 1).map(([action, count]) =>
      say(action, `${action} made ${count} refunds`),
    ),
    ...repeated(after.captures, ({ paymentIntent }) => paymentIntent, 1)
      .filter(([payment, count]) => count > (capturedBefore.get(payment) ?? 0))
      .map(([payment, count]) => say(payment, `${payment} was captured ${count} times`)),
    ...repeated(after.invoicePayments, ({ invoice }) => invoice, 1).map(([invoice, count]) =>
      say(invoice, `${invoice} was paid ${count} times`),
    ),
  ];
}

function overRefunded(after: FullBooks): Broken[] {
  const captured = new Map<string, number>();
  for (const { paymentIntent, amountCapturedMinor } of after.captures)
    add(captured, paymentIntent, amountCapturedMinor);
  const refunded = new Map<string, number>();
  for (const { paymentIntent, amountMinor } of refundsIn(after)) add(refunded, paymentIntent, amountMinor);
  return [...refunded].flatMap(([payment, sum]) =>
    sum > (captured.get(payment) ?? 0)
      ? [broken("overRefunded")(payment, `${payment}: ${sum} refunded, ${captured.get(payment) ?? 0} captured`)]
      : [],
  );
}

const unaccounted = broken("unaccounted");
const DONE: readonly ActionState[] = ["succeeded", "pending"];
/** It says that it moved money: as it was granted, or otherwise, and then a person is told. */
const isDone = ({ state, outcome }: ActionView): boolean =>
  DONE.includes(state) || (isKeptCase(state) && outcome?.kind === "unmeant");

/** What moved at the provider, and no action of ours says that it did it. Of what is not terminal `lost` speaks. */
function effectsWithoutAction({ before, after, actions, acts }: Evidence): Broken[] {
  const done = [...actions.values()].filter((view) => isDone(view) || !isTerminal(view.state));
  const byPayment = Map.groupBy(done, ({ action }) => action.payment ?? action.subject);
  const byInvoice = Map.groupBy(done, ({ action }) => action.invoice ?? "");
  const capturedBefore = new Set(before.captures.map(({ charge }) => charge));
  const paidBefore = new Set(before.invoicePayments.map(({ invoice }) => invoice));
  const canceledBefore = new Set(canceledIn(before));
  const byHand = new Set(acts.handRefunds.map(({ id }) => id));
  const byOthers = new Set(acts.deeds.flatMap(({ what, ids }) => (what === "paid_otherwise" ? ids : [])));
  const does = (views: ActionView[] | undefined, kinds: string[]): boolean =>
    views?.some(({ action }) => kinds.includes(action.variant ?? action.kind)) === true;
  return [
    ...refundsIn(after).flatMap((refund) => {
      if (byHand.has(refund.id)) return [];
      const id = refund.metadata.action_id ?? null;
      const view = id === null ? undefined : actions.get(id);
      if (view === undefined) return [unaccounted(id, `${refund.id} belongs to no action (${id ?? "it names none"})`)];
      const { action, state } = view;
      if (!isTerminal(state)) return [];
      if (!isDone(view)) return [unaccounted(id, `${refund.id} stands at the provider, and ${id} is ${state}`)];
      const isSame = action.amountMinor === refund.amountMinor && action.currency === refund.currency;
      if (isSame && action.payment === refund.paymentIntent) return [];
      return [
        unaccounted(
          id,
          `${refund.id} is ${refund.amountMinor} ${refund.currency} of ${refund.paymentIntent}; decided was ${action.amountMinor} ${action.currency} of ${action.payment}`,
        ),
      ];
    }),
    ...after.captures.flatMap(({ charge, paymentIntent }) =>
      capturedBefore.has(charge) ||
      byOthers.has(charge) ||
      does(byPayment.get(paymentIntent ?? ""), ["capture", "retryPayment"])
        ? []
        : [unaccounted(paymentIntent, `${charge} of ${paymentIntent} was captured, and no action says so`)],
    ),
    ...after.invoicePayments.flatMap(({ invoice }) =>
      paidBefore.has(invoice) || does(byInvoice.get(invoice ?? "-"), ["retryPayment"])
        ? []
        : [unaccounted(invoice, `${invoice} was paid, and no action says so`)],
    ),
    ...canceledIn(after).flatMap((payment) =>
      canceledBefore.has(payment) || does(byPayment.get(payment), ["release"])
        ? []
        : [unaccounted(payment, `${payment} was cancelled, and no action says so`)],
    ),
  ];
}

const canceledIn = ({ objects }: FullBooks): string[] =>
  objects.flatMap(({ object, status, id }) => (object === "payment_intent" && status === "canceled" ? [id] : []));

/** What the ledger calls done, and the provider does not hold. What the bank failed since has a book of its own. */
function actionsWithoutEffect({ after, actions, acts }: Evidence): Broken[] {
  const failed = new Set(acts.bankFailures.map(({ action }) => action));
  const objects = new Map(after.objects.map((one) => [one.id, one]));
  const refunded = new Set(refundsIn(after).map(({ metadata }) => metadata.action_id));
  return [...actions.values()].flatMap((view) => {
    const { id } = view.action;
    const { kind } = view.action;
    if (view.state !== "succeeded" || failed.has(id)) return [];
    if (ACTIONS[kind].target === "subscription" ? shows(view, after) : stands(view, objects, refunded)) return [];
    return [unaccounted(id, `${id} is called done (${kind}), and the provider holds nothing of it`)];
  });
}

function stands(
  { action }: ActionView,
  objects: Map<string, ProviderObject>,
  refunded: Set<string | undefined>,
): boolean {
  const { id, kind, variant, payment, invoice } = action;
  const statusOf = (of: string | null) => (of === null ? undefined : objects.get(of)?.status);
  if (kind === "refund") return refunded.has(id);
  if (kind === "authorize") return statusOf(payment) === (variant === "release" ? "canceled" : "succeeded");
  return statusOf(invoice) === "paid" || statusOf(payment) === "succeeded";
}

/** From the event to the provider's object without a gap. */
function gapsInTraces({ traces, actions }: Evidence): Broken[] {
  const ofEvents = [...traces].flatMap(([id, trace]) => {
    const gap = trace === null ? null : gapOf(trace);
    return gap === null ? [] : [unaccounted(id, `the trace of ${id} has ${gap}`)];
  });
  const ofActions = [...actions.values()].flatMap((view) => {
    const gap = gapOfAction(view);
    return gap === null ? [] : [unaccounted(view.action.id, `${view.action.id} has ${gap}`)];
  });
  return [...ofEvents, ...ofActions];
}

function gapOf({ terminal, event, fact, action }: Trace): string | null {
  if (!terminal) return null;
  if (event.state === "dead_lettered") return event.failure === null ? "no failure, though it is a dead letter" : null;
  const { outcome, factRowKey } = event;
  if (outcome === null) return "no outcome";
  if (factRowKey !== null && fact === null) return `no decision for its fact ${factRowKey}`;
  if (outcome.kind === "none") return outcome.reason === "" ? "no reason" : null;
  if (action === null) return `no action ${outcome.actionId}`;
  const record = fact?.decision.record;
  if (record === undefined) return "no record of its decision";
  return record.by === "agent" && record.agent === null ? "no record of what Claude answered" : null;
}

/** D1 has its case, whatever people have decided about it. */
const KEPT_CASES: readonly ActionState[] = ["case_open", "case_closed", "denied", "superseded"];
const isKeptCase = (state: ActionState): boolean => KEPT_CASES.includes(state);

function gapOfAction({ state, grant, attempts, outcome, caseReason, failure }: ActionView): string | null {
  if (DONE.includes(state) && grant === null) return "no grant, and was executed";
  if (DONE.includes(state) && attempts === 0) return "no attempt, and is called done";
  if ((DONE.includes(state) || state === "declined" || state === "skipped") && outcome === null) return "no outcome";
  if (isKeptCase(state) && caseReason === null) return "no reason for its case";
  return state === "dead_lettered" && failure === null ? "no failure, though it is a dead letter" : null;
}

/**
 * Every failure ends where a person sees it: a case or a dead letter in D1. When this is looked at, the dead letters have
 * been redriven with nothing disturbed any more: what is dead still has no explanation.
 */
function failuresUnseen({ traces, actions, cases, letters }: Evidence): Broken[] {
  const caseActions = new Set(cases.flatMap(({ actionId, isInformation }) => (isInformation === 1 ? [] : [actionId])));
  const dead = new Map(letters.filter(({ state }) => state === "dead").map((letter) => [letter.rowId, letter]));
  const ofDead = (id: string): Broken => {
    const letter = dead.get(id);
    if (letter === undefined) return unaccounted(id, `${id} is dead_lettered, and no dead letter is kept`);
    return unaccounted(id, `${id} died with nothing disturbed any more (${letter.reason}): ${letter.detail}`);
  };
  const events = [...traces].flatMap(([id, trace]) => (trace?.event.state === "dead_lettered" ? [ofDead(id)] : []));
  const rows = [...actions.values()].flatMap(({ state, action: { id } }) => {
    if (isKeptCase(state) && !caseActions.has(id)) return [unaccounted(id, `${id} is ${state}, and there is no case`)];
    if (state === "dead_lettered") return [ofDead(id)];
    return [];
  });
  const decided = cases.filter(({ isInformation }) => isInformation !== 1);
  const orphans = decided.flatMap(({ id, actionId, eventId }) =>
    // Its event may still be on its way to it: that is lost, and said there.
    actions.has(actionId) || traces.get(eventId)?.terminal === false
      ? []
      : [unaccounted(actionId, `the case ${id} is about ${actionId}, which no event leads to`)],
  );
  return [...events, ...rows, ...orphans];
}

/**
 * The rollups count what the rows say; a row that no trace leads to shows here. While something waits they are read at
 * another moment than the traces, and lost is said of what waits.
 */
function countsThatDisagree({ totals, actions, traces }: Evidence): Broken[] {
  if (totals.waiting.events + totals.waiting.actions > 0) return [];
  const told = new Map<string, number>();
  for (const { kind, state, count } of totals.actions) add(told, `${kind} ${state}`, count);
  const seen = countBy(
    [...actions.values()].filter(({ state }) => isTerminal(state)),
    ({ state, action }) => `${action.kind} ${state}`,
  );
  const names = new Set([...told.keys(), ...seen.keys()]);
  const known = [...traces.values()].filter((trace) => trace !== null).length;
  return [
    ...[...names].flatMap((name) =>
      (told.get(name) ?? 0) === (seen.get(name) ?? 0)
        ? []
        : [
            unaccounted(
              null,
              `the totals tell of ${told.get(name) ?? 0} ${name}, the traces of ${seen.get(name) ?? 0}`,
            ),
          ],
    ),
    ...(known === totals.accepted
      ? []
      : [unaccounted(null, `${totals.accepted} events were accepted, ${known} of them were sent`)]),
  ];
}

/** Two workerd on one ledger would be two truths. */
const runtimesBeside = ({ acts }: Evidence): Broken[] =>
  acts.doubledStarts === 0
    ? []
    : [unaccounted(null, `after ${acts.doubledStarts} starts another workerd ran on the same ledger`)];

function repeated<T>(items: readonly T[], keyOf: (item: T) => string | null, most: number): [string, number][] {
  return [...countBy(items, keyOf)].filter(([, count]) => count > most);
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string | null): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) add(counts, keyOf(item), 1);
  return counts;
}

function add(sums: Map<string, number>, key: string | null, amount: number): void {
  if (key !== null) sums.set(key, (sums.get(key) ?? 0) + amount);
}
