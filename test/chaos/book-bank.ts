import { isTerminal } from "../../shared/contracts/action.ts";
import type { AskedAgain } from "./again.ts";
import type { BankFailure } from "./bank.ts";
import { wantsRoom } from "./book-refunds.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";
import type { FullBooks } from "./outside.ts";

/**
 * A refund that the bank failed after it stood is a case of its own action, which tells so; it was sent no second time,
 * and its money can be refunded again.
 */
export function bankFailuresBroken(evidence: Evidence): Broken[] {
  const { acts } = evidence;
  return [
    ...acts.bankFailures.flatMap((failure) => [
      ...sentAgain(failure, evidence),
      ...unseen(failure, evidence),
      ...untold(failure, evidence),
    ]),
    ...acts.askedAgain.flatMap((asked) => notFree(asked, evidence)),
  ];
}

const say = broken("bankFailedUnseen");

/** Every refund counts here, failed ones too. A second call under the same key makes none, and may come late. */
function sentAgain({ refund, action }: BankFailure, { after }: Evidence): Broken[] {
  const made = after.refunds.filter(({ metadata, released }) => !released && metadata.action_id === action).length;
  return made === 1 ? [] : [say(action, `${action} made ${made} refunds, and the bank failed its first, ${refund}`)];
}

function unseen({ refund, action }: BankFailure, { actions, after, totals }: Evidence): Broken[] {
  const view = actions.get(action);
  if (reportsOn(refund, after).length === 0) return [];
  // What is not terminal is lost, and said there; so is what no event leads to, as long as one is on its way.
  if (view === undefined)
    return totals.waiting.events > 0 ? [] : [say(action, `the bank failed ${refund}, and nobody knows its ${action}`)];
  if (!isTerminal(view.state)) return [];
  if (view.state !== "case_open") return [say(action, `the bank failed ${refund}, and ${action} is ${view.state}`)];
  return view.caseAbout?.refund === refund
    ? []
    : [say(action, `the bank failed ${refund}, and the case of ${action} does not tell so: ${view.caseReason}`)];
}

/** Each event of the provider that tells of the failure leads to the action. */
function untold({ refund, action }: BankFailure, { traces, after }: Evidence): Broken[] {
  return reportsOn(refund, after).flatMap((event) => {
    const trace = traces.get(`stripe:${event}`);
    // Lost, and said there.
    if (trace === undefined || trace === null || !trace.terminal) return [];
    const { outcome } = trace.event;
    return outcome?.reason.includes(action) === true
      ? []
      : [say(`stripe:${event}`, `${event} tells that the bank failed ${refund}, and leads to no ${action}`)];
  });
}

/** Asked for all that is left: less is given, or nothing, only where something is still taken off it. */
function notFree({ failure: { refund, payment }, event, roomMinor }: AskedAgain, { traces }: Evidence): Broken[] {
  const view = traces.get(event)?.action ?? null;
  if (view === null || !isTerminal(view.state) || view.action.payment !== payment) return [];
  const { id, amountMinor } = view.action;
  const why = `${refund} of ${payment} was failed by the bank, ${roomMinor} were left, and asked for again`;
  if (view.state === "case_open" && wantsRoom(view)) return [say(id, `${why} it is a case: ${view.caseReason}`)];
  return amountMinor !== null && amountMinor < roomMinor ? [say(id, `${why} only ${amountMinor} were granted`)] : [];
}

/** What the provider told of the failure and we answered 2xx. */
function reportsOn(refund: string, { objects }: FullBooks): string[] {
  return objects.flatMap(({ object, id, pending_webhooks, data }) => {
    if (object !== "event" || pending_webhooks !== 0) return [];
    const { id: about, status } = (data as { object?: { id?: unknown; status?: unknown } } | undefined)?.object ?? {};
    return about === refund && status === "failed" ? [id] : [];
  });
}

/** How many failures we were never told of, and of how many payments asking again proved nothing. */
export function judgedFailures({ acts, after, traces }: Evidence): Record<string, number> {
  const { bankFailures, askedAgain } = acts;
  const proven = askedAgain.filter(({ event, roomMinor }) => {
    const view = traces.get(event)?.action;
    return view?.state === "succeeded" && view.action.amountMinor === roomMinor;
  }).length;
  return {
    refund_failed_later_untold: bankFailures.filter(({ refund }) => reportsOn(refund, after).length === 0).length,
    refunded_again: proven,
    refunded_again_unproven: bankFailures.length - proven,
  };
}
