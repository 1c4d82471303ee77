/**
 * What RETENTION_DAYS and a redaction take from a row, and what they leave: texts go; ids, amounts, states, times and kinds of outcomes stay.
 * Each table answers for every field, so that a new field does not compile until somebody has said whether it is a text.
 */
import type { CaseStanding, Outcome } from "../../contracts/action.ts";
import type {
  AgentRecord,
  Decision,
  DecisionRecord,
  EventOutcome,
  RecordedDecision,
} from "../../contracts/decision.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { Failure } from "../../contracts/failure.ts";
import type { HistoryEntry } from "../../contracts/views.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import { append } from "../history.ts";

/** Stands where a text was. */
export const REMOVED = "[removed]";
/** The line of a row's history that says so. */
export const TEXT_REMOVED = "text removed";

type Rule<Value> = (value: Value) => Value;
type Rules<Row> = { [Field in keyof Row]-?: Rule<Row[Field]> };

const stays = <Value>(value: Value): Value => value;
const goes = (_text: string): string => REMOVED;
const goesIfAny = (text: string | null): string | null => (text === null ? null : REMOVED);
const withoutDetails: Rule<HistoryEntry[]> = (history) =>
  history.map((entry) => (entry.detail === undefined ? entry : { ...entry, detail: REMOVED }));
const withoutDetail: Rule<Failure | null> = (failure) => failure && { ...failure, detail: REMOVED };
const withoutText: Rule<CaseStanding | null> = (standing) => standing && { ...standing, text: REMOVED };
const withoutNote: Rule<Outcome | null> = (outcome) => outcome && { ...outcome, note: REMOVED };

/** A field that no rule names was written by a later version, and is left to it. */
function ruled<Row extends object>(row: Row, rules: Rules<Row>): Row {
  const rule = (name: string): Rule<unknown> =>
    Object.hasOwn(rules, name) ? (Reflect.get(rules, name) as Rule<unknown>) : stays;
  const fields = Object.entries(row).map(([name, value]) => [name, rule(name)(value)]);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as Row;
}

const EVENT_FIELDS: Rules<PaymentEvent> = {
  id: stays,
  type: stays,
  occurredAt: stays,
  mode: stays,
  account: stays,
  payment: stays,
  charge: stays,
  invoice: stays,
  customer: stays,
  subscription: stays,
  dispute: stays,
  refund: stays,
  refundStatus: stays,
  object: stays,
  disputeStatus: stays,
  disputeReason: stays,
  evidenceDueBy: stays,
  circumstance: stays,
  amountMinor: stays,
  currency: stays,
  declineCode: stays,
  adviceCode: stays,
  riskLevel: stays,
  attempt: stays,
  nextAttemptAt: stays,
  actionId: stays,
  text: () => undefined,
  requester: stays,
  contentHash: stays,
  covered: stays,
  proposed: (proposed) => proposed && { ...proposed, reason: REMOVED },
  defects: stays,
  lane: stays,
  tells: stays,
  act: stays,
  edits: stays,
};

/** Also for a delivery that is compared with an event whose texts are gone. */
export const eventWithoutTexts = (event: PaymentEvent): PaymentEvent => ruled(event, EVENT_FIELDS);

/** `factRowKey` null: a rule closed it at the door, with a sentence of ours about its type. */
const outcomeWithoutReason = (outcome: EventOutcome | null, isRule: boolean): EventOutcome | null =>
  outcome === null || isRule ? outcome : { ...outcome, reason: REMOVED };

const EVENT_ROW: Rules<EventRow> = {
  id: stays,
  state: stays,
  due: stays,
  event: eventWithoutTexts,
  acceptedAt: stays,
  decidedAt: stays,
  provenance: stays,
  outcome: stays,
  factRowKey: stays,
  failure: withoutDetail,
  failures: stays,
  tries: stays,
  rings: stays,
  conflicts: stays,
  waitsSince: stays,
  toldSince: stays,
  deaths: stays,
  redriveNonce: stays,
  textRemovedAt: stays,
  stored: stays,
  history: withoutDetails,
};

const ACTION_ROW: Rules<ActionRow> = {
  id: stays,
  subject: stays,
  state: stays,
  due: stays,
  action: stays,
  eventId: stays,
  version: stays,
  grant: stays,
  grantWanted: stays,
  notBefore: stays,
  caseReason: goesIfAny,
  caseAbout: stays,
  caseStanding: withoutText,
  caseRound: stays,
  caseApprovals: stays,
  caseAnswers: stays,
  caseDecided: stays,
  caseSeen: stays,
  approved: (approved) => approved && { ...approved, reason: goesIfAny(approved.reason) },
  superseded: stays,
  behind: stays,
  waitsSince: stays,
  toldSince: stays,
  held: (held) => held && { ...held, reason: REMOVED },
  fence: stays,
  leaseEndsAt: stays,
  firstBeginAt: stays,
  lastBeginAt: stays,
  generation: stays,
  evidence: stays,
  uncertain: stays,
  reported: stays,
  attempts: stays,
  failures: stays,
  tries: stays,
  rings: stays,
  deaths: stays,
  redriveNonce: stays,
  failure: withoutDetail,
  outcome: withoutNote,
  createdAt: stays,
  updatedAt: stays,
  textRemovedAt: stays,
  history: withoutDetails,
};

const AGENT: Rules<AgentRecord> = {
  agent: stays,
  model: stays,
  promptHash: stays,
  projection: goes,
  rawAnswer: goes,
  requestId: stays,
  usage: stays,
};

const RECORD: Rules<DecisionRecord> = {
  by: stays,
  reason: goes,
  proposal: stays,
  verdicts: (verdicts) => verdicts.map((verdict) => ({ ...verdict, reason: REMOVED })),
  policyVersion: stays,
  agent: (agent) => agent && ruled(agent, AGENT),
  requester: stays,
  approved: stays,
};

type ActionDecision = Extract<Decision, { kind: "action" }>;
const ACTION_DECISION: Rules<ActionDecision> = {
  kind: stays,
  action: stays,
  caseReason: goesIfAny,
  standing: (standing) => standing && { ...standing, text: REMOVED },
  seen: stays,
  record: (record) => ruled(record, RECORD),
};

function decisionWithoutTexts(decision: Decision): Decision {
  switch (decision.kind) {
    case "none":
      return { ...decision, record: ruled(decision.record, RECORD) };
    case "action":
      return ruled<ActionDecision>(decision, ACTION_DECISION);
  }
}

/** Why, as the line of the history says it. */
export const afterDays = (days: number): string => `after ${days} days (RETENTION_DAYS)`;
export const BY_REDACTION = "by a redaction";
const said = (history: HistoryEntry[], now: number, why: string): HistoryEntry[] =>
  append(history, now, TEXT_REMOVED, why);

export function eventRowWithoutTexts(row: EventRow, now: number, why: string): EventRow {
  const bare = ruled(row, EVENT_ROW);
  const outcome = outcomeWithoutReason(row.outcome, row.factRowKey === null);
  return { ...bare, outcome, textRemovedAt: now, history: said(bare.history, now, why) };
}

export function actionRowWithoutTexts(row: ActionRow, now: number, why: string): ActionRow {
  const bare = ruled(row, ACTION_ROW);
  return { ...bare, textRemovedAt: now, history: said(bare.history, now, why) };
}

export const recordedWithoutTexts = (recorded: RecordedDecision, now: number): RecordedDecision => ({
  ...recorded,
  decision: decisionWithoutTexts(recorded.decision),
  textRemovedAt: now,
});
