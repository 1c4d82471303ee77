import { type Outcome, providerObjectOf } from "../contracts/action.ts";
import { proposedOfKind } from "../contracts/actions.ts";
import { caseIdOf } from "../contracts/asked.ts";
import { type CaseLife, historyOfCase, isCaseOver, lifeOfCase } from "../contracts/case-life.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { Failure } from "../contracts/failure.ts";
import { allOf } from "../contracts/list.ts";
import { POLICY_ITSELF } from "../contracts/people.ts";
import type { CaseRow } from "../contracts/records.ts";
import type { ActionView } from "../contracts/views.ts";
import { formatMoney } from "../core/money.ts";
import { factForPeople, factOfKey, kindOfCase } from "./case-kind.ts";
import { type NewCase, NO_MATTER, NO_WORK } from "./cases.ts";
import { UNPLACED } from "./place.ts";

/**
 * The case for a person: what was planned, why it was not done, and where to read more. It is the same whenever it is written,
 * in the Worker that opens it and in a rebuild. `event`: where it is at hand, so that a defective one is known as such.
 */
export function caseOf(
  view: ActionView,
  event: PaymentEvent | null = null,
): NewCase & Pick<CaseRow, "about" | "rule" | "closedAt"> {
  const { action, eventId } = view;
  const { openedAt, closedAt } = lifeOf(view);
  return {
    id: caseIdOf(action.id),
    actionId: action.id,
    subject: action.subject,
    eventId,
    kind: action.kind,
    amountMinor: action.amountMinor,
    currency: action.currency,
    reason: reasonOf(view),
    summary: summaryOf(view),
    version: Math.max(1, view.caseRound),
    openedAt,
    status: view.caseStanding?.status ?? null,
    dueAt: view.caseStanding?.dueAt ?? null,
    isInformation: 0,
    closedAt: isCaseOver(view) ? (closedAt ?? openedAt) : null,
    ...matterOf(view, event),
  };
}

/** Its history alone says how it lives, whoever asks and whenever. */
const lifeOf = (view: ActionView): CaseLife => lifeOfCase(historyOfCase(view));

function matterOf(
  { action, caseAbout, failure, outcome }: ActionView,
  event: PaymentEvent | null,
): Pick<CaseRow, "customer" | "payment" | "rule" | "about"> {
  const { kind, factKey, customer, payment } = action;
  const fact = factOfKey(factKey);
  return {
    customer,
    payment,
    rule: caseAbout?.rule ?? failure?.reason ?? (kind === "escalate" ? factForPeople(fact) : null),
    about: kindOfCase({
      kind,
      fact,
      outcome: outcome?.kind ?? null,
      hasDefects: (event?.defects ?? []).length > 0 || factKey.includes("/event:"),
      deniedBefore: caseAbout?.denied !== undefined,
    }),
  };
}

function reasonOf({ caseReason, approved, failure }: ActionView): string {
  return caseReason ?? approved?.reason ?? failure?.detail ?? "no reason was recorded";
}

function summaryOf(view: ActionView): string {
  const { action, failure, outcome, attempts, eventId } = view;
  // A case that a person has closed reads as it did.
  const isOver = view.caseStanding?.isOver === true;
  const sentences = [
    `${planned(view)} ${isOver ? "needs nobody any more" : "needs a person"}: ${withoutStop(reasonOf(view))}.`,
    failure === null ? null : `Last failure: ${failureOf(view, failure)}.`,
    attempts === 0 ? "Nothing was sent to the provider." : `Attempts so far: ${attempts}.`,
    outcome === null ? null : endedAs(outcome),
    action.mode === "test" ? "Test mode." : null,
    `Event ${eventId}.`,
  ];
  return sentences.filter((sentence) => sentence !== null).join(" ");
}

/** The failure's reason; its detail only where it differs from the case's reason. */
const failureOf = (view: ActionView, { reason, detail }: Failure): string =>
  detail === reasonOf(view) ? reason : `${reason} (${withoutStop(detail)})`;

/** An effect that the provider named may have changed since, so a person must look at it. */
function endedAs(outcome: Outcome): string {
  const named = providerObjectOf(outcome);
  return named === null
    ? `The last attempt ended as ${outcome.kind} (${withoutStop(outcome.note)}).`
    : `Before that, ${named} stood at the provider as ${outcome.kind}.`;
}

/** "Refund of 42.50 USD on pi_123"; the amount only where it is known. */
export function planned({ action }: ActionView): string {
  const { kind, variant, amountMinor, currency, subject } = action;
  if (kind === "escalate") return `${subject}${amountOf(amountMinor, currency, " over ")}`;
  const verb = kind === "authorize" && variant !== null ? variant : proposedOfKind[kind];
  return `${verb.charAt(0).toUpperCase()}${verb.slice(1)}${amountOf(amountMinor, currency, " of ")} on ${subject}`;
}

function amountOf(amountMinor: number | null, currency: string | null, before: string): string {
  return amountMinor === null || currency === null ? "" : `${before}${formatMoney({ amountMinor, currency })}`;
}

const withoutStop = (text: string): string => text.trim().replace(/\.+$/, "");

/**
 * The case of an action as D1 has it, from the row and its history; null where it has none. Its version is the round that the
 * row is in. One that is on its way is written as it will be, since D1 may have it already.
 */
export function caseRowOf(view: ActionView, event: PaymentEvent | null = null): CaseRow | null {
  const life = lifeOf(view);
  if (life.version === 0) return null;
  const state = stateOfCase(view);
  const closedAt = state === "open" ? null : (life.closedAt ?? view.updatedAt);
  const row = { ...NO_MATTER, ...caseOf(view, event), ...UNPLACED, ...NO_WORK, ...endedBy(view) };
  return { ...row, state, closedAt };
}

/** Who ended this round: all who said yes, by name. Until a yes is used its act tells of it. */
function endedBy({ caseDecided: decided, approved, caseRound }: ActionView): Pick<CaseRow, "decidedBy" | "code"> {
  if (approved?.round === caseRound && approved.names !== undefined)
    return { decidedBy: allOf(approved.names), code: null };
  if (decided === null || decided.round !== caseRound) return { decidedBy: null, code: null };
  // What policy closes by itself, no person has decided.
  return { decidedBy: decided.by.id === POLICY_ITSELF.id ? null : decided.by.name, code: decided.code };
}

/** All yeses alone end nothing: until the approval is used its case is open, and its act says that it was approved. */
function stateOfCase(view: ActionView): CaseRow["state"] {
  const { state, approved, caseRound } = view;
  if (state === "denied") return "denied";
  if (state === "superseded" || approved?.round === caseRound) return "approved";
  return (state === "case_open" || state === "case_opening") && !isCaseOver(view) ? "open" : "closed";
}
