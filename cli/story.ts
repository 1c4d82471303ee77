import type { GrantClaims, GrantWanted, Outcome } from "../shared/contracts/action.ts";
import { caseIdOf } from "../shared/contracts/asked.ts";
import type { AgentUsage, DecisionRecord, GuardrailVerdict } from "../shared/contracts/decision.ts";
import { type PaymentEvent, type Requester, requesterOf } from "../shared/contracts/event.ts";
import type { ActionView, EventView, HistoryEntry, Provenance, Trace } from "../shared/contracts/views.ts";
import { parseJson } from "../shared/core/json.ts";
import { formatMoney } from "../shared/core/money.ts";
import { historyWithAttempts } from "./attempts.ts";
import { visible } from "./visible.ts";

/** A trace as lines of text: event, decision, guardrails, action, grant, attempts and outcome. */
export function traceLines(trace: Trace): string[] {
  const { event, fact, action } = trace;
  return [
    `${trace.id}  ${trace.state}${trace.terminal ? "" : "  (not finished)"}`,
    "",
    ...section("event", eventLines(event)),
    ...section("conflicts", conflictLines(trace)),
    ...section(
      "decision",
      fact === null
        ? [...undecidedLines(event), ...sameFactLines(event)]
        : [...decisionLines(fact.decision.record, fact.key, fact.eventId, event.event.id), ...sameFactLines(event)],
    ),
    ...(fact === null ? [] : section("guardrails", verdictLines(fact.decision.record.verdicts))),
    ...(action === null ? [] : section("action", actionLines(action))),
    ...(action === null ? [] : section("grant", grantLines(action))),
    ...(action === null ? [] : section("attempts", historyLines(historyWithAttempts(action)))),
    ...(action === null ? [] : section("outcome", outcomeLines(action))),
  ];
}

/** A trace in one line, for lists. */
export function traceSummary({ action, event, fact, state }: Trace): string {
  if (action === null) return `${state}: ${event.outcome?.reason ?? event.failure?.detail ?? "not decided yet"}`;
  const what = [action.action.kind, action.action.variant, moneyOf(action.action)]
    .filter((part) => part !== null && part !== "")
    .join(" ");
  const provider =
    action.outcome !== null && "providerObject" in action.outcome ? ` (${action.outcome.providerObject})` : "";
  return `${what} ${state}${provider}: ${action.caseReason ?? fact?.decision.record.reason ?? ""}`;
}

/** What a customer wrote is in these lines, so nothing may hide in them. */
function section(title: string, told: string[]): string[] {
  const lines = told.map(visible);
  return lines.length === 0
    ? []
    : [`${title.padEnd(11)} ${lines[0] ?? ""}`, ...lines.slice(1).map((line) => `${" ".repeat(12)}${line}`), ""];
}

function eventLines(view: EventView): string[] {
  const { event, provenance, acceptedAt, conflicts, failures, failure, history } = view;
  const names = (["payment", "charge", "invoice", "subscription", "customer", "dispute", "refund"] as const).flatMap(
    (name) => (event[name] === undefined ? [] : [`${nameOf(name, event[name])} ${event[name]}`]),
  );
  const money =
    event.amountMinor === undefined || event.currency === undefined
      ? []
      : [formatMoney({ amountMinor: event.amountMinor, currency: event.currency })];
  const decline = event.declineCode === undefined ? [] : [`declined: ${event.declineCode}`];
  return [
    `${event.type}, ${event.mode}, happened ${utc(event.occurredAt)}, accepted ${utc(acceptedAt)}`,
    ...[[...money, ...names, ...decline].join(", ")].filter((line) => line !== ""),
    ...(provenance === null ? [] : [CAME_BY[provenance]]),
    ...askedLines(event),
    ...(event.text === undefined ? [] : [`text: ${JSON.stringify(shorten(event.text, 300))}`]),
    ...(event.defects ?? []).map((defect) => `defect: ${defect}`),
    ...(conflicts === 0
      ? []
      : [`${conflicts} other event(s) came with this id and another content; they are kept, not merged`]),
    ...(failures === 0
      ? []
      : [`${failures} failure(s)${failure === null ? "" : `, the last: ${failure.reason}: ${failure.detail}`}`]),
    ...historyLines(history),
  ];
}

/** Where a dispute stands there may stand what comes before one: Stripe's early fraud warning, or a review. */
function nameOf(name: string, id: string): string {
  if (name !== "dispute") return name;
  if (id.startsWith("issfr_")) return "fraud warning";
  return id.startsWith("prv_") ? "review" : name;
}

const CAME_BY: Record<Provenance, string> = {
  signed: "came with its sender's signature",
  keyed: "came with an ingest key",
  own: "recorded here",
};

/** Each other content that was kept: when it came, who vouches for it, and what it says otherwise. */
function conflictLines({ event, conflicts = [] }: Trace): string[] {
  const lines = conflicts.flatMap(({ at, provenance, differs }) => [
    `${utc(at)}  ${provenance === null ? "it is not known how it came" : CAME_BY[provenance]}`,
    ...(differs.length === 0 ? ["  no field that we read differs: the bytes do"] : []),
    ...differs.map(({ field, stored, came }) => `  ${field}: ${saidIn(came)}; stored is ${saidIn(stored)}`),
  ]);
  const lost = event.conflicts - conflicts.length;
  return lost > 0 ? [...lines, `${lost} more came; of these only the number is kept`] : lines;
}

const saidIn = (value: string | undefined): string => (value === undefined ? "nothing" : shorten(value, 120));

const ASKED_BY: Record<Requester, string> = { staff: "staff", customer: "the customer" };

/** For what staff asks, whoever has the door's key vouches; a webhook has a secret instead. */
function askedLines(event: PaymentEvent): string[] {
  const requester = requesterOf(event);
  if (requester === null) return [];
  if (requester === "customer") return [`asked by the customer ${event.customer ?? "(none named)"}`];
  const vouches = event.id.startsWith("standard:") ? "the webhook's secret" : "the ingest key";
  return [`asked by staff: the holder of ${vouches} vouches`];
}

function undecidedLines({ outcome, state }: EventView): string[] {
  if (outcome === null) return [state === "deferred" ? "put off: it is decided later" : "not decided yet"];
  return [`${outcome.kind === "none" ? "nothing to do" : outcome.actionId}: ${outcome.reason}`];
}

/** Where an event tells what another has told: what became of it is there. */
const sameFactLines = ({ outcome }: EventView): string[] =>
  outcome?.kind === "none" && outcome.sameFactAs !== undefined
    ? [`same fact as ${outcome.sameFactAs.eventId}, whose action is ${outcome.sameFactAs.actionId}`]
    : [];

const BY: Record<DecisionRecord["by"], string> = {
  rule: "a rule",
  agent: "Claude",
  outside: "an outside agent",
  person: "a person",
};

function decisionLines(
  { by, reason, proposal, agent, policyVersion, requester }: DecisionRecord,
  key: string,
  decidedOn: string,
  eventId: string,
): string[] {
  return [
    `by ${BY[by]}: ${reason}`,
    `fact ${key}${decidedOn === eventId ? "" : `, first reported by ${decidedOn}`}, policy ${policyVersion}`,
    ...(requester === undefined ? [] : [`asked by ${ASKED_BY[requester]}`]),
    ...(proposal === null ? [] : [`proposed: ${proposedOf(proposal)}`]),
    ...(agent === null
      ? []
      : [
          `agent ${agent.agent}, ${agent.model}, prompt ${agent.promptHash.slice(0, 12)}, request ${agent.requestId ?? "unknown"}`,
          tokensOf(agent.usage),
          `saw: ${shorten(agent.projection, 400)}`,
          `answered: ${shorten(agent.rawAnswer, 400)}`,
        ]),
  ];
}

/** Of a refund also whether all of it is meant. */
function proposedOf(proposal: NonNullable<DecisionRecord["proposal"]>): string {
  const { action, variant, extent, target } = proposal;
  const isSaid = action === "refund" && extent !== "part";
  return [action, variant, isSaid ? extent : null, moneyOf(proposal), target].filter((part) => part).join(" ");
}

function tokensOf({
  inputTokens,
  outputTokens,
  thinkingTokens,
  cacheReadTokens,
  cacheWriteTokens,
  serviceTier,
}: AgentUsage): string {
  const thought =
    thinkingTokens === undefined || thinkingTokens === null || thinkingTokens === 0
      ? ""
      : ` (${thinkingTokens} of them thinking)`;
  const tier = serviceTier === undefined || serviceTier === null ? "" : `, tier ${serviceTier}`;
  return `tokens ${inputTokens} in, ${outputTokens} out${thought}, ${cacheReadTokens} read from the cache, ${cacheWriteTokens} written to it${tier}`;
}

const verdictLines = (verdicts: readonly GuardrailVerdict[]): string[] =>
  verdicts.map(({ rule, verdict, reason }) => `${verdict.padEnd(10)} ${rule}: ${reason}`);

function actionLines(view: ActionView): string[] {
  const { action, state, attempts, notBefore, caseReason, held } = view;
  const what = [action.kind, action.variant, moneyOf(action)].filter((part) => part !== null && part !== "").join(" ");
  return [
    `${action.id}  ${state}`,
    `${what} on ${action.subject}, step ${action.step} of ${action.factKey}, ${attempts} attempt(s)`,
    ...(notBefore === null ? [] : [`not before ${utc(notBefore)}`]),
    ...(held === null ? [] : [`held since ${utc(held.since)}: ${held.reason}`]),
    ...(caseReason === null ? [] : [`a case for a person: ${caseReason}`]),
    ...peopleLines(view),
    ...(state === "case_open" ? [`what it asks for: npx countersign cases show ${caseIdOf(action.id)}`] : []),
  ];
}

type Decided = Pick<ActionView, "state" | "caseDecided" | "caseApprovals" | "approved" | "superseded">;
/** What people have decided about its case. A ledger of before says nothing of it. */
function peopleLines({ state, caseDecided, caseApprovals, approved, superseded }: Partial<Decided>): string[] {
  const isDecided = (state === "denied" || state === "case_closed") && caseDecided != null;
  const given = caseApprovals?.approvals.map(({ by }) => by.name).join(" and ");
  return [
    ...(caseApprovals == null
      ? []
      : [`${caseApprovals.approvals.length} of ${caseApprovals.needs} said yes: ${given}`]),
    ...(isDecided
      ? [`${caseDecided.kind} by ${caseDecided.by.name} (${caseDecided.code}), ${utc(caseDecided.at)}`]
      : []),
    ...(approved == null
      ? []
      : [
          `approved by ${(approved.names ?? approved.approvers).join(" and ")}: ${approved.approval}, ${utc(approved.at)}`,
        ]),
    ...(superseded == null
      ? []
      : [`executed on ${superseded.subject} instead: ${superseded.approval}, ${utc(superseded.at)}`]),
  ];
}

const WANTED: Record<GrantWanted, string> = {
  first: "waits for its first grant",
  renewal: "no longer good: waits for a new one",
  next_step: "of the try before it: waits for one of its own",
};

/** Traces of an older ledger do not say which grant is wanted. */
function grantLines({ grant, grantWanted = null }: Pick<ActionView, "grant"> & Partial<ActionView>): string[] {
  const wanted = grantWanted === null ? [] : [WANTED[grantWanted]];
  if (grant === null) return ["none: nothing may be executed", ...wanted];
  const claims = parseJson(grant.claims);
  const { expiresAt, policyVersion, notBefore } = (claims.ok ? claims.value : {}) as Partial<GrantClaims>;
  const from = typeof notBefore === "number" ? `, good from ${utc(notBefore)}` : "";
  const until = expiresAt === undefined ? "" : `${from === "" ? ", good" : ""} until ${utc(expiresAt)}`;
  return [`signed with key ${grant.kid} under policy ${policyVersion ?? "unknown"}${from}${until}`, ...wanted];
}

function outcomeLines({ outcome, failure, failures }: ActionView): string[] {
  const failed = failure === null ? [] : [`${failures} failure(s), the last: ${failure.reason}: ${failure.detail}`];
  return [...(outcome === null ? [] : [describeOutcome(outcome)]), ...failed];
}

function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "succeeded":
    case "pending":
    case "unmeant":
      return `${outcome.kind}: ${outcome.providerObject}, ${outcome.note}`;
    case "declined":
      return `declined${outcome.declineCode === null ? "" : ` (${outcome.declineCode})`}: ${outcome.note}${outcome.next === null ? "" : `; next is ${outcome.next.actionId}, not before ${utc(outcome.next.notBefore)}`}`;
    case "skipped":
    case "unknown":
      return `${outcome.kind}: ${outcome.note}`;
  }
}

const historyLines = (history: readonly HistoryEntry[]): string[] =>
  history.map(
    ({ at, what, detail }) => `${utc(at)}  ${what}${detail === undefined || detail === "" ? "" : `: ${detail}`}`,
  );

function moneyOf({ amountMinor, currency }: { amountMinor: number | null; currency: string | null }): string | null {
  return amountMinor === null || currency === null ? null : formatMoney({ amountMinor, currency });
}

/** "2026-11-28 05:39:38.186 UTC": a trace is read beside a provider's dashboard, which may show another zone. */
export const utc = (at: number): string => new Date(at).toISOString().replace("T", " ").replace("Z", " UTC");

export const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
