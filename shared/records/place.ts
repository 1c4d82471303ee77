import type { PaymentEvent } from "../contracts/event.ts";
import { NO_RULE, type Policy } from "../contracts/policy.ts";
import type { CasePlacing, CaseRow } from "../contracts/records.ts";
import { decimalsOf } from "../core/money.ts";

/** The parts of policy that place a case. `version`: the hashes of their sections. */
export type PlacingPolicy = Pick<Policy, "cases"> & {
  worthUsdCents: Policy["guardrails"]["worthUsdCents"];
  version: string;
};

export const placingPolicyOf = ({ cases, guardrails, sections }: Policy): PlacingPolicy => ({
  cases,
  worthUsdCents: guardrails.worthUsdCents,
  // Both sections place a case.
  version: `${sections.cases}.${sections.guardrails}`,
});

export type ToPlace = Pick<
  CaseRow,
  "about" | "rule" | "amountMinor" | "currency" | "openedAt" | "dueAt" | "isInformation" | "state"
> & { circumstance: string | null };

/** The code of what policy closes by itself; no person's decision, and never an approval. */
export const RECORDED = "recorded";
export const OVERDUE = "overdue";

/** Of a case that no policy was at hand for: it is placed at the next look. */
export const UNPLACED: CasePlacing = {
  placedBy: null,
  worthUsdCents: null,
  priority: 50,
  decideBy: null,
  whenDue: "alarm",
  lookAt: null,
  groupKey: null,
};

/** What the event says beyond its type, in one word of the provider's: what groups cases of one rule. */
const circumstanceOf = (event: PaymentEvent | null): string | null => event?.declineCode ?? event?.circumstance ?? null;

/**
 * The place of a case. Whoever writes one places it here: when it is opened, when it is written again from the ledger, and when
 * another policy is in force. `policy` null: none is at hand, and the next look places it.
 */
export const placeOf = (
  row: Omit<ToPlace, "circumstance">,
  event: PaymentEvent | null,
  policy: PlacingPolicy | null,
): CasePlacing => (policy === null ? UNPLACED : placingOf({ ...row, circumstance: circumstanceOf(event) }, policy));

/** Where a case comes in the queue of people, until when it is to be decided, and whether it is one of many. Pure. */
export function placingOf(row: ToPlace, policy: PlacingPolicy): CasePlacing {
  const { priority, dueMs, whenDue } = policy.cases.kinds[row.about];
  const noise = noiseOf(row, policy);
  const ownDeadline = deadlineOf(row);
  const decideBy = earliest(dueMs === null ? null : row.openedAt + dueMs, ownDeadline);
  const placing = {
    placedBy: policy.version,
    worthUsdCents: worthOf(row, policy.worthUsdCents),
    priority,
    decideBy,
    groupKey: noise === "group" ? groupKeyOf(row) : null,
  };
  // What only tells of something is closed when its row goes on.
  if (row.isInformation === 1 || row.state !== "open") return { ...placing, whenDue: "alarm", lookAt: null };
  if (noise === "record") return { ...placing, whenDue: "record", lookAt: row.openedAt };
  return { ...placing, whenDue, lookAt: earliest(alarmBefore(row, ownDeadline, policy), decideBy) };
}

/** Its own deadline, where there is one: 0 says that it cannot be answered. */
const deadlineOf = ({ dueAt }: Pick<CaseRow, "dueAt">): number | null => (dueAt !== null && dueAt > 0 ? dueAt : null);

/** How long before its deadline a dispute raises an alarm. */
function alarmBefore(
  { about }: Pick<CaseRow, "about">,
  deadline: number | null,
  { cases }: PlacingPolicy,
): number | null {
  return about !== "dispute" || deadline === null ? null : Math.max(0, deadline - cases.disputeAlarmMs);
}

export type ToLookAt = Pick<CaseRow, "about" | "decideBy" | "dueAt" | "snoozedUntil">;

/** When a row that was looked at is looked at again; null: never by itself. */
export function nextLook(row: ToLookAt, policy: PlacingPolicy, now: number): number | null {
  const deadline = deadlineOf(row);
  const times = [alarmBefore(row, deadline, policy), row.decideBy, deadline, row.snoozedUntil];
  const later = times.filter((at) => at !== null && at > now);
  return later.length === 0 ? null : Math.min(...later.map(Number));
}

/** What is to be told of a case now: its time has passed, or the deadline of its dispute is near. */
export function lateness(row: ToLookAt, policy: PlacingPolicy, now: number): "overdue" | "deadline_near" | null {
  if (row.decideBy !== null && row.decideBy <= now) return "overdue";
  const deadline = deadlineOf(row);
  const alarmAt = alarmBefore(row, deadline, policy);
  return alarmAt !== null && alarmAt <= now && deadline !== null && deadline > now ? "deadline_near" : null;
}

function noiseOf({ about, rule }: ToPlace, { cases }: PlacingPolicy): "group" | "record" | null {
  return cases.noise.find((one) => one.kind === about && one.rule === (rule ?? NO_RULE))?.as ?? null;
}

/** Its like: one kind, one rule and what the event says beyond its type. */
export const groupKeyOf = ({ about, rule, circumstance }: Pick<ToPlace, "about" | "rule" | "circumstance">): string =>
  [about, rule ?? NO_RULE, circumstance ?? "-"].map(encodeURIComponent).join("/");

/** In US cents, roughly: for an order and for thresholds of people's attention, never for an amount. */
export function worthOf(
  { amountMinor, currency }: Pick<CaseRow, "amountMinor" | "currency">,
  worths: PlacingPolicy["worthUsdCents"],
): number | null {
  const worth = currency === null ? undefined : worths[currency];
  if (amountMinor === null || currency === null || worth === undefined) return null;
  const cents = Math.round((amountMinor / 10 ** decimalsOf(currency)) * worth);
  return Number.isSafeInteger(cents) ? cents : null;
}

function earliest(one: number | null, other: number | null): number | null {
  if (one === null) return other;
  return other === null ? one : Math.min(one, other);
}
