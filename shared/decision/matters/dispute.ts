import type { CaseStanding } from "../../contracts/action.ts";
import { isUnderWay, providerObjectOf } from "../../contracts/action.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { DisputeStatus } from "../../contracts/provider.ts";
import type { ActionView } from "../../contracts/views.ts";
import { formatMoney } from "../../core/money.ts";
import { ok } from "../../core/result.ts";
import type { Registration, SaidOfDispute } from "../../providers/port.ts";
import { type Asking, type Judging, judgedBy, momentOf, nameOf, seeMatter } from "./judged.ts";
import { listed, moment, moneyIn, sayRefunds } from "./words.ts";

/** Nobody has to do anything. A lost one stays open until a person has seen to it; a status that is not known, too. */
const OVER: readonly DisputeStatus[] = ["won", "inquiry_closed", "prevented"];

type Stand = {
  what: string;
  status: DisputeStatus;
  word: string;
  reason: string | undefined;
  money: string | null;
  dueAt: number | null;
  /** Until when the event says that it can be answered, where nothing vouches for that. */
  unsignedDueAt?: number | undefined;
  isAwaited: boolean;
};

/** A dispute as the provider has it; else as its newest event says. */
export async function judgeDispute(asking: Asking): Judging {
  const { event, provider, now } = asking;
  const said = provider.disputeIn(event);
  const found = await seeMatter(asking, "dispute", event.dispute);
  if (!found.ok) return found;
  const { seen, why } = found.value;
  const stand: Stand =
    seen === null
      ? {
          ...said,
          ...wordsOf(event, said, provider),
          money: moneyIn(event),
        }
      : {
          ...seen,
          what: seen.status === "inquiry" || seen.status === "inquiry_closed" ? "an inquiry" : "a dispute",
          reason: seen.reason ?? undefined,
          money: formatMoney(seen),
        };
  const { what, status, word, reason, money, dueAt, isAwaited } = stand;
  const of = event.payment ?? event.charge;
  const head = `${what}${event.dispute === undefined ? "" : ` (${event.dispute})`}${of === undefined ? "" : ` of ${of}`}`;
  const refunds = seen === null ? await sayOwnRefunds(asking) : sayRefunds(seen.refunds);
  const unread = seen === null ? ` Not read at ${nameOf(provider)} (${why}): this is what the event says.` : "";
  const isOver = OVER.includes(status);
  const text = `${head}: ${listed(word, reason, money)}; ${whatToDo(stand, provider.desk, now)}. ${refunds}${unread}`;
  const standing: CaseStanding = {
    status: word,
    dueAt: isAwaited ? dueAt : null,
    isOver,
    text,
    ...momentOf(asking, seen !== null),
    ...(seen === null && said.stage !== null ? { stage: said.stage } : {}),
  };
  return ok(judgedBy(standing, !isOver, seen !== null));
}

/** What the event says beyond its type. What is not signed is shown as said, and says neither how it stands nor until when. */
function wordsOf(
  { disputeStatus, disputeReason, evidenceDueBy }: PaymentEvent,
  { status }: SaidOfDispute,
  { unsigned }: Registration,
): Pick<Stand, "word" | "reason" | "dueAt" | "unsignedDueAt"> {
  const isSigned = (name: keyof PaymentEvent): boolean => !unsigned.includes(name);
  return {
    word: isSigned("disputeStatus") ? (disputeStatus ?? status) : status,
    reason: isSigned("disputeStatus") ? disputeReason : listed(disputeStatus, disputeReason) || undefined,
    dueAt: isSigned("evidenceDueBy") ? (evidenceDueBy ?? null) : null,
    unsignedDueAt: isSigned("evidenceDueBy") ? undefined : evidenceDueBy,
  };
}

function whatToDo({ status, dueAt, unsignedDueAt, isAwaited }: Stand, desk: string, now: number): string {
  if (OVER.includes(status)) return "nothing is left to do";
  if (status === "lost") return "the money is lost: close this case once that is seen to";
  if (status === "other") return `what that means is not known here: look at it in ${desk}`;
  if (!isAwaited) return "nothing is to be answered at the moment: the bank decides";
  if (unsignedDueAt !== undefined) {
    const until = unsignedDueAt === 0 ? "that it cannot be answered" : `before ${moment(unsignedDueAt)}`;
    return `nothing can be done from here: answer it in ${desk}; the event says ${until}, which is not signed`;
  }
  if (dueAt === null) return `nothing can be done from here: answer it in ${desk}; until when is not said`;
  if (dueAt === 0) return "it cannot be answered: the bank does not allow it";
  if (dueAt <= now) return `it cannot be answered any more: its time ended at ${moment(dueAt)}`;
  return `nothing can be done from here: answer it in ${desk} before ${moment(dueAt)}`;
}

/** Where the provider cannot be asked what was refunded, what our own rows know. */
async function sayOwnRefunds({ event, ledger }: Asking): Promise<string> {
  const subject = event.payment ?? event.charge;
  const views = subject === undefined ? [] : await ledger.actionsOf(subject);
  const refunds = views.filter(({ action }) => action.kind === "refund");
  const own = refunds.flatMap(({ action, outcome, updatedAt }) => {
    const id = providerObjectOf(outcome);
    const { amountMinor, currency } = action;
    if (id === null || amountMinor === null || currency === null) return [];
    const status = outcome?.kind === "pending" ? ("pending" as const) : ("succeeded" as const);
    const more = { isRelease: false, failureReason: null, createdAt: updatedAt };
    return [{ id, amountMinor, currency, status, actionId: action.id, ...more }];
  });
  const open = refunds.filter(mayStillRefund).map(({ action: { id } }) => id);
  const said = [
    ...(own.length === 0 ? [] : [sayRefunds(own)]),
    ...(open.length === 0 ? [] : [`Of ours, not known to be done: ${open.join(", ")}.`]),
  ];
  return said.length === 0 ? "We refunded nothing of the payment." : said.join(" ");
}

/** It is on its way, or its last call ended without a clear answer. */
const mayStillRefund = ({ state, outcome }: ActionView): boolean =>
  providerObjectOf(outcome) === null && (isUnderWay(state) || outcome?.kind === "unknown");
