import type { CaseStanding } from "../../contracts/action.ts";
import { paymentReferenceOf } from "../../contracts/reference.ts";
import { ok } from "../../core/result.ts";
import { type Asking, type Judging, judgedBy, momentOf, nameOf, seeMatter } from "./judged.ts";
import { listed, moneyIn, sayFact } from "./words.ts";

/** A refund that did not reach the customer. What became of it since is read: only one that succeeded is over. */
export async function judgeRefund(asking: Asking): Judging {
  const { event, provider } = asking;
  const found = await seeMatter(asking, "refund", event.refund);
  if (!found.ok) return found;
  const { seen, why } = found.value;
  const word = seen?.word ?? refundStatusIn(event);
  const status = isKnownStatus(word) ? word : "other";
  const reason = seen === null ? (event.circumstance ?? event.declineCode) : (seen.failureReason ?? undefined);
  const about = `a refund${event.refund === undefined ? "" : ` (${event.refund})`} of ${event.payment ?? event.charge ?? "a payment"}`;
  const unread = seen === null ? ` Not read at ${nameOf(provider)} (${why}): this is what ${event.type} says.` : "";
  const standing: CaseStanding = {
    status: word,
    dueAt: null,
    isOver: status === "succeeded",
    text: `${about}: ${listed(word, reason, moneyIn(event))}; ${status === "other" ? `what that means is not known here: look at it in ${provider.desk}` : REFUND_NEEDS[status]}.${unread}`,
    ...momentOf(asking, seen !== null),
  };
  const isOpening = status !== "succeeded" && status !== "pending";
  return ok(judgedBy(standing, isOpening, seen !== null));
}

/** An event that tells of a failure does so by its type, whatever status its refund has, or where it has none. */
function refundStatusIn({ tells, refundStatus = "failed" }: Asking["event"]): string {
  const isEarlier = tells?.follows === undefined && (refundStatus === "succeeded" || refundStatus === "pending");
  return isEarlier ? "failed" : refundStatus;
}

const isKnownStatus = (word: string): word is keyof typeof REFUND_NEEDS => Object.hasOwn(REFUND_NEEDS, word);

const REFUND_NEEDS = {
  failed: "the customer has not got the money: pay it back in another way, or ask for another account",
  canceled: "the customer has not got the money: refund it again, if it is still owed",
  requires_action: "it waits until the customer has done something: remind them",
  pending: "it is on its way, and nothing is to be done at the moment",
  succeeded: "nothing is left to do",
} as const;

/** Whether an account may charge and is paid out. */
export async function judgeAccount(asking: Asking): Judging {
  const { event, provider } = asking;
  const id = event.object ?? event.account;
  const found = await seeMatter(asking, "account", id);
  if (!found.ok) return found;
  const { seen, why } = found.value;
  const status = seen === null ? (event.circumstance ?? "restricted") : restrictionOf(seen.isCharging, seen.isPaidOut);
  const isOver = status === "enabled";
  const unread = seen === null ? ` Not read at ${nameOf(provider)} (${why}): this is what the event says.` : "";
  const says = isOver ? "nothing is left to do" : `see in ${provider.desk} what is required of it`;
  const standing: CaseStanding = {
    status,
    dueAt: null,
    isOver,
    text: `the account ${id ?? "that the event does not name"}: ${listed(status.replaceAll("_", " "), seen?.why)}; ${says}.${unread}`,
    ...momentOf(asking, seen !== null),
  };
  return ok(judgedBy(standing, !isOver, seen !== null));
}

function restrictionOf(isCharging: boolean, isPaidOut: boolean): string {
  if (isCharging) return isPaidOut ? "enabled" : "payouts_disabled";
  return isPaidOut ? "charges_disabled" : "charges_and_payouts_disabled";
}

/** Why a payment intent was canceled where nobody meant it to be. */
const BY_ITSELF: readonly (string | null)[] = ["automatic", "expired", null];
const RELEASING = ["succeeded", "pending", "in_flight", "unknown"];

/** A hold that ran out, unless it was given back on purpose: by us, or by whoever canceled its payment. */
export async function judgeHold(asking: Asking): Judging {
  const { event, ledger, provider } = asking;
  const none = (reason: string) => ok({ kind: "none", reason, standing: null } as const);
  const subject = event.payment ?? event.charge;
  const rows = subject === undefined ? [] : await ledger.actionsOf(subject);
  const release = rows.find(
    ({ action, state }) => action.kind === "authorize" && action.variant === "release" && RELEASING.includes(state),
  );
  if (release !== undefined) return none(`${event.type} asks for no decision: ${release.action.id} released the hold`);
  const found = await seeMatter(asking, "hold", event.payment);
  if (!found.ok) return found;
  const { seen, why } = found.value;
  if (seen?.status === "canceled" && !BY_ITSELF.includes(seen.cancellation))
    return none(`${event.type} asks for no decision: ${event.payment} was canceled on purpose (${seen.cancellation})`);
  const unread = seen === null ? `. Whether that was on purpose was not read (${why})` : "";
  return ok({ kind: "case", reason: `${sayFact("expired_hold", event, provider.desk)}${unread}`, standing: null });
}

/** So many retries are looked at; with more of them a person looks. */
const RETRIES_READ = 5;

/** A mandate that ended matters where a retry of ours would use its payment method. */
export async function judgeMandate(asking: Asking): Judging {
  const { event, ledger, lookups, provider, policy } = asking;
  const found = await seeMatter(asking, "mandate", event.object);
  if (!found.ok) return found;
  const { seen, why } = found.value;
  const said = sayFact("mandate_ended", event, provider.desk);
  const aCase = (reason: string) => ok({ kind: "case", reason: `${said}: ${reason}`, standing: null } as const);
  const none = (reason: string) =>
    ok({ kind: "none", reason: `${event.type} asks for no decision: ${reason}`, standing: null } as const);
  if (seen === null || lookups === null) return aCase(`whether a retry waits on it was not read (${why})`);
  if (seen.word !== "inactive") return none(`the mandate is ${seen.word}`);
  if (seen.method === null)
    return aCase("whether a retry waits on it is not known, because its payment method is not said");
  if (seen.customer === null) return none("its payment method belongs to no customer, so no retry can use it");
  const waiting = (await ledger.waitingRetries(seen.customer)).filter(
    ({ action }) => action.account === (event.account ?? null),
  );
  if (waiting.length > RETRIES_READ)
    return aCase(`${waiting.length} retries of ${seen.customer} wait; look which of them use it`);
  const using: string[] = [];
  for (const { action } of waiting) {
    const method = await methodOf(action, lookups, policy.retry.oneOffMaxAgeMs);
    if (!method.ok) return method;
    if (method.value === null || method.value === seen.method) using.push(action.id);
  }
  if (using.length === 0) return none(`no retry of ${seen.customer} waits on it`);
  return aCase(
    `${using.join(" and ")} would charge ${seen.method}, which may not be charged any more: ask the customer for another one`,
  );
}

type Waiting = Awaited<ReturnType<Asking["ledger"]["waitingRetries"]>>[number]["action"];

/** The method that a retry would charge; null where that is not known, or nothing is there to be charged. */
async function methodOf(action: Waiting, lookups: NonNullable<Asking["lookups"]>, besideMs: number) {
  const reference = paymentReferenceOf(action);
  const found = reference === null ? ok(null) : await lookups.findToCollect(reference, besideMs);
  if (!found.ok) return found;
  const { value } = found;
  return ok(value?.invoiceState?.method ?? value?.agreement?.method ?? value?.triedMethod ?? null);
}
