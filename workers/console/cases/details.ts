import type { Action } from "../../../shared/contracts/action.ts";
import { isExecutable } from "../../../shared/contracts/actions.ts";
import { isOverridable, type Overridable } from "../../../shared/contracts/case-decision.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { CaseKind } from "../../../shared/contracts/policy.ts";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { RULE_NAMES } from "../../../shared/contracts/rules.ts";
import { NOT_SEEN } from "../../../shared/contracts/seen.ts";
import type { ActionView, HistoryEntry, Trace } from "../../../shared/contracts/views.ts";
import { providerKey } from "../../../shared/core/ids.ts";
import { formatMoney } from "../../../shared/core/money.ts";
import { utc } from "../../../shared/core/time.ts";
import type { PageOf, Registration } from "../../../shared/providers/port.ts";
import { DEFAULT_PROVIDER, registrationOf, speakerOf } from "../../../shared/providers/registry.ts";
import { type GivenYes, givenYes, type Said, sayGiven } from "./given.ts";

/** An escalation of the guardrails. Approving means to override it; where nobody may, approving refuses. */
export type ToOverride = { rule: string; reason: string; mayBeOverridden: boolean };

/** What a person needs to decide, by kind. `says` for people, the rest for programs. */
export type CaseDetails = {
  about: CaseKind;
  says: Said[];
  verdicts: ToOverride[];
  /** What was read at the provider when it became a case, by our names for it. */
  seen: Readonly<Record<string, unknown>> | null;
  /** Where people act on what is not executed from here. */
  desk: { name: string; page: string | null };
  /** What we did about this payment before. */
  before: Before[];
  /** The yeses that it has; null: none. */
  given: GivenYes | null;
};
export type Before = Pick<Action, "id" | "kind" | "amountMinor" | "currency"> & {
  state: string;
  at: number;
  by: string;
};

/** `others`: the other actions about the same payment. `overridden`: what people have named in any approval of this case. */
export type Known = {
  row: CaseRow;
  trace: Trace | null;
  others: readonly ActionView[];
  overridden: readonly Overridable[];
  now: number;
};

export function detailsOf(known: Known): CaseDetails {
  const { row, trace } = known;
  const action = trace?.action ?? null;
  const event = trace?.event.event ?? null;
  const desk = deskOf(row, action, event);
  const verdicts = verdictsOf(known);
  const says = SAYS[row.about]({ ...known, action, event, seen: seenOf(action), desk });
  const given = action === null ? null : givenYes(action, known.now);
  return {
    about: row.about,
    given,
    says: [...sayGiven(given), ...says, ...unseen(action), ...approvedAs(row, action), ...commonly(row, desk)].filter(
      ({ text }) => text !== "",
    ),
    verdicts,
    seen: seenOf(action),
    desk,
    before: known.others.map(beforeOf).sort(newestFirst),
  };
}

type Saying = Known & {
  action: ActionView | null;
  event: PaymentEvent | null;
  seen: CaseDetails["seen"];
  desk: CaseDetails["desk"];
};
const line = (label: string, text: string | number | null | undefined): Said => ({
  label,
  text: text === null || text === undefined ? "" : String(text),
});

/** Every kind says what a decision of it needs. */
const SAYS: Record<CaseKind, (saying: Saying) => Said[]> = {
  refund: (saying) => [...moneySeen(saying), ...earlierRefunds(saying), ...askedBy(saying)],
  denied_before: (saying) => [...moneySeen(saying), ...earlierRefunds(saying), ...askedBy(saying)],
  failed_payment: (saying) => [...declined(saying), ...owed(saying), ...subscriptionSeen(saying)],
  authorization: (saying) => moneySeen(saying),
  subscription: (saying) => [...subscriptionSeen(saying), ...askedBy(saying)],
  dispute: (saying) => [
    line("reason", saying.event?.disputeReason),
    line("amount", moneyOf(saying.row)),
    line("status", saying.row.status),
    line("answer by", deadline(saying.row)),
    ...earlierRefunds(saying),
    line("here", `a dispute cannot be answered from here: answer it in ${where(saying.desk)}`),
  ],
  fraud_warning: (saying) => [
    line("warning", saying.event?.dispute),
    line("amount", moneyOf(saying.row)),
    ...earlierRefunds(saying),
    line("here", `refund it before it becomes a dispute, or leave it; see it in ${where(saying.desk)}`),
  ],
  unknown_outcome: unknownOutcome,
  defective: ({ event, row }) => [
    line("event", event?.type),
    line("unreadable", (event?.defects ?? []).join("; ")),
    line("here", `nothing was guessed: see what came with \`npx countersign trace ${row.eventId}\``),
  ],
  other: (saying) => [
    line("event", saying.event?.type),
    line("circumstance", saying.event?.circumstance),
    ...askedBy(saying),
  ],
  information: ({ row }) => [line("waits", row.reason), line("here", "it goes on by itself: nothing is to be decided")],
};

/** Nothing tells people what has changed since, where nothing was recorded then. */
const unseen = (action: ActionView | null): Said[] =>
  action !== null && action.caseSeen === null && isExecutable(action.action.kind) ? [line("seen", NOT_SEEN)] : [];

const commonly = (row: CaseRow, desk: CaseDetails["desk"]): Said[] => [
  line(
    "due",
    row.decideBy === null ? "" : `${utc(row.decideBy)}${row.whenDue === "close" ? ", then it is closed" : ""}`,
  ),
  line("asked", row.askedAt === null ? "" : `since ${utc(row.askedAt)}: waits for an answer`),
  line("aside", row.snoozedUntil === null ? "" : `until ${utc(row.snoozedUntil)}`),
  line("owner", row.ownerName ?? row.owner),
  line("provider", desk.page),
];

/** What people approved, where it is something else than was proposed: the case keeps what was asked for. */
function approvedAs(row: CaseRow, action: ActionView | null): Said[] {
  if (action === null || row.state !== "approved") return [];
  const { amountMinor, currency } = action.action;
  const isOther = amountMinor !== row.amountMinor || currency !== row.currency;
  return [
    line("approved", isOther ? moneyOf({ amountMinor, currency }) : ""),
    line("executed on", action.superseded?.subject ?? ""),
  ];
}

/** What was captured, refunded, and is left, where it was read when it became a case. */
function moneySeen({ row, seen }: Saying): Said[] {
  const currency = textIn(seen, "currency") ?? row.currency;
  const money = (name: string): number | null => numberIn(seen, name);
  const [captured, refunded] = [money("capturedMinor"), money("refundedMinor")];
  const inWords = (amountMinor: number | null): string =>
    amountMinor === null || currency === null ? "not read" : formatMoney({ amountMinor, currency });
  return [
    line("asked for", moneyOf(row)),
    line("captured", seen === null ? "not read" : inWords(captured)),
    line("refunded", seen === null ? "not read" : inWords(refunded)),
    line("refundable", captured === null || refunded === null ? "not read" : inWords(Math.max(0, captured - refunded))),
    line("disputed", seen?.disputed === true ? "yes" : ""),
  ];
}

/** By whom and when, as far as it was from here; the provider's list is in what was read. */
function earlierRefunds({ others }: Saying): Said[] {
  const refunds = others
    .filter(({ action: { kind } }) => kind === "refund")
    .map(beforeOf)
    .sort(newestFirst);
  if (refunds.length === 0) return [line("our refunds", "none of this payment")];
  return refunds.map((one) =>
    line(
      "our refunds",
      `${moneyOf(one) || "no amount yet"}: ${one.state.replaceAll("_", " ")} since ${utc(one.at)}, ${one.by} (${one.id})`,
    ),
  );
}

/** Who asks, and in which words. */
const askedBy = ({ event }: Saying): Said[] => [
  line("asked by", event?.requester === "customer" ? `the customer ${event.customer ?? ""}`.trim() : event?.requester),
  line("words", event?.text === undefined ? "" : `"${shortened(event.text)}"`),
];
/** The trace has all of it. */
const WORDS_AT_MOST = 500;
const shortened = (text: string): string =>
  text.length <= WORDS_AT_MOST ? text : `${text.slice(0, WORDS_AT_MOST).trimEnd()} …`;

function declined({ event, action, seen }: Saying): Said[] {
  const outcome = action?.outcome ?? null;
  const ofOurs = outcome?.kind === "declined" ? outcome.declineCode : null;
  return [
    line("declined", ofOurs ?? event?.declineCode ?? textIn(seen, "declineCode") ?? "the provider gave no reason"),
    line("advice", event?.adviceCode),
    line("tries", action === null || action.attempts === 0 ? "none of ours" : `${action.attempts} of ours`),
  ];
}

const owed = ({ row, action, event }: Saying): Said[] => [
  line("owed", moneyOf(row)),
  line("invoice", action?.action.invoice ?? event?.invoice),
  line("next try", event?.nextAttemptAt === undefined ? "" : `by the provider, ${utc(event.nextAttemptAt)}`),
];

function subscriptionSeen({ action, event, seen }: Saying): Said[] {
  const subscription = action?.action.subscription ?? event?.subscription ?? null;
  if (subscription === null) return [];
  const state = textIn(seen, "subscriptionStatus") ?? (seen === null ? null : textIn(seen, "status"));
  return [
    line("subscription", `${subscription}${state === null ? "" : `, ${state}`}`),
    line("change", action === null ? "" : [action.action.kind, action.action.variant].filter((one) => one).join(" ")),
  ];
}

/** What was sent and is not known to have happened: a person looks at the provider before anything else is done. */
function unknownOutcome({ action, desk }: Saying): Said[] {
  if (action === null) return [];
  const { id, kind, variant, amountMinor, currency, subject } = action.action;
  const sent = action.history.filter(({ what }) => what.startsWith("attempt "));
  const last = sent.at(-1);
  const what = [kind, variant, moneyOf({ amountMinor, currency })].filter((part) => part !== null && part !== "");
  return [
    line("sent", `${what.join(" ")} on ${subject}`),
    line("when", last === undefined ? "not recorded" : `${utc(last.at)}, try ${sent.length}`),
    line("keys", `from ${providerKey(id, 0)} on`),
    line("answer", lastWord(action.history)),
    line("look for", `an effect whose metadata has action_id ${id}, in ${where(desk)}`),
  ];
}

const lastWord = (history: readonly HistoryEntry[]): string =>
  history.findLast(({ what }) => what === "unknown" || what.startsWith("failed"))?.detail ?? "no clear answer";

/**
 * The escalations of its decision, and the rule that made it a case where that came later: from the ledger, the gate or an
 * approval. A denial that stands is one to pass over too, whatever else made it a case; and so is what was in the way of an
 * approval before: the case knows the last rule alone.
 */
function verdictsOf({ row, trace, overridden }: Known): ToOverride[] {
  const verdicts = trace?.fact?.decision.record.verdicts ?? [];
  const escalated = verdicts.filter(({ verdict }) => verdict === "escalate");
  const later = RULE_NAMES.find((name) => name === row.rule);
  const isLater = later !== undefined && !escalated.some(({ rule }) => rule === later);
  const denied = trace?.action?.caseAbout?.denied;
  const isDenied = denied !== undefined && later !== "duplicate" && !escalated.some(({ rule }) => rule === "duplicate");
  const known = [
    ...escalated,
    ...(isLater ? [{ rule: later, reason: row.reason }] : []),
    ...(isDenied ? [{ rule: "duplicate" as const, reason: `${denied} was denied, and that stands` }] : []),
  ];
  const before = overridden
    .filter((rule) => !known.some((one) => one.rule === rule))
    .map((rule) => ({ rule, reason: "it was overridden when this case was approved before" }));
  return [...known, ...before].map(({ rule, reason }) => ({
    rule,
    reason,
    mayBeOverridden: isOverridable(rule),
  }));
}

function deskOf(row: CaseRow, action: ActionView | null, event: PaymentEvent | null): CaseDetails["desk"] {
  const provider = providerOf(action, event);
  const mode = action?.action.mode ?? event?.mode ?? "test";
  const target = targetOf(row, action, event);
  return { name: provider.desk, page: target === null ? null : provider.pageOf(target.of, target.id, mode) };
}

function providerOf(action: ActionView | null, event: PaymentEvent | null): Registration {
  const name = action?.action.provider ?? null;
  return (name === null ? null : registrationOf(name)) ?? (event === null ? DEFAULT_PROVIDER : speakerOf(event));
}

function targetOf(
  { about, payment, customer }: CaseRow,
  action: ActionView | null,
  event: PaymentEvent | null,
): { of: PageOf; id: string } | null {
  const invoice = action?.action.invoice ?? event?.invoice ?? null;
  const subscription = action?.action.subscription ?? event?.subscription ?? null;
  const candidates: [PageOf, string | null | undefined][] = [
    ["dispute", about === "dispute" ? event?.dispute : null],
    ["subscription", about === "subscription" ? subscription : null],
    ["payment", payment ?? event?.payment],
    ["invoice", invoice],
    ["subscription", subscription],
    ["customer", customer],
  ];
  for (const [of, id] of candidates) if (id !== null && id !== undefined) return { of, id };
  return null;
}

/** Its page, where one is known, has a line of its own. */
const where = ({ name }: CaseDetails["desk"]): string => name;

const BY: Record<NonNullable<Trace["fact"]>["decision"]["record"]["by"], string> = {
  rule: "by a rule",
  agent: "by Claude",
  outside: "by an outside agent",
  person: "by a person",
};
export const decidedBy = (trace: Trace | null): string => {
  const by = trace?.fact?.decision.record.by;
  return by === undefined ? "" : BY[by];
};

const newestFirst = (one: Before, other: Before): number => other.at - one.at;
const beforeOf = ({ action, state, updatedAt, eventId }: ActionView): Before => ({
  id: action.id,
  kind: action.kind,
  amountMinor: action.amountMinor,
  currency: action.currency,
  state,
  at: updatedAt,
  by: `for ${eventId}`,
});

/** Rows of an earlier version have none. */
const seenOf = (action: ActionView | null): CaseDetails["seen"] => action?.caseSeen?.facts ?? null;

function textIn(seen: CaseDetails["seen"], name: string): string | null {
  const value = seen?.[name];
  return typeof value === "string" ? value : null;
}
function numberIn(seen: CaseDetails["seen"], name: string): number | null {
  const value = seen?.[name];
  return typeof value === "number" ? value : null;
}

function moneyOf({ amountMinor, currency }: Pick<CaseRow, "amountMinor" | "currency">): string {
  if (amountMinor === null) return "";
  return currency === null ? `${amountMinor} minor units, no currency` : formatMoney({ amountMinor, currency });
}

function deadline({ dueAt }: CaseRow): string {
  if (dueAt === null) return "the provider does not say";
  return dueAt === 0 ? "it cannot be answered" : utc(dueAt);
}
