/** Why a row is not over, in words. Pure: row and time in. */
import type { WaitsFor } from "../../contracts/waiting.ts";
import { oneLine } from "../../core/text.ts";
import { utc } from "../../core/time.ts";
import { isLeased } from "../action/lease.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";

/** Null: it waits for nothing. */
export type Wait = { waitsFor: WaitsFor; reason: string } | null;

const QUOTED_MAX = 200;

export function waitOfEvent(row: EventRow): Wait {
  switch (row.state) {
    case "received":
      return { waitsFor: "decision", reason: sentence("waits for its decision", failedBefore(row)) };
    case "deferred":
      return { waitsFor: "retry", reason: sentence(failedBefore(row), "its decision is tried again when it is due") };
    case "dead":
      return givenUp(row);
    case "decided":
    case "dead_lettered":
      return null;
  }
}

export function waitOfAction(row: ActionRow, now: number): Wait {
  switch (row.state) {
    case "ready":
    case "scheduled":
    case "unknown":
    case "pending":
      return row.held === null ? waitOfFree(row, row.state, now) : onHold(row.held);
    case "in_flight":
      return underWay(row, now);
    case "case_opening":
      return {
        waitsFor: "person",
        reason: `on its way to people: ${quoted(row.caseReason ?? "no reason is recorded")}`,
      };
    case "dead":
      return givenUp(row);
    case "succeeded":
    case "declined":
    case "skipped":
    case "case_open":
    case "case_closed":
    case "denied":
    case "superseded":
    case "dead_lettered":
      return null;
  }
}

function waitOfFree(row: ActionRow, state: "ready" | "scheduled" | "unknown" | "pending", now: number): Wait {
  if (row.notBefore !== null && row.notBefore > now) {
    const then = row.grantWanted === null ? null : "then for a new grant";
    const until = `waits for its time, ${utc(row.notBefore)}`;
    return row.failure === null
      ? { waitsFor: "schedule", reason: sentence(until, then) }
      : { waitsFor: "retry", reason: sentence(failedBefore(row), until, then) };
  }
  if (row.grantWanted !== null)
    return { waitsFor: "grant", reason: sentence(`waits for ${WANTED[row.grantWanted]}`, failedBefore(row)) };
  if (state === "unknown") {
    const unclear = "its last call had no clear answer, and the provider is read before anything is sent again";
    return { waitsFor: "provider", reason: sentence(unclear, failedBefore(row)) };
  }
  if (state === "pending")
    return { waitsFor: "provider", reason: sentence("waits for the provider's final answer", failedBefore(row)) };
  if (row.failure !== null)
    return { waitsFor: "retry", reason: sentence(failedBefore(row), "it is tried again when it is due") };
  const behind = row.behind === null ? null : `comes after ${row.behind}, another action of the same payment`;
  return { waitsFor: "executor", reason: sentence("waits for its executor", behind) };
}

const WANTED: Record<NonNullable<ActionRow["grantWanted"]>, string> = {
  first: "its first grant",
  renewal: "a new grant: the one that it has is no longer good",
  next_step: "a grant of its own, as the next try",
};

const onHold = ({ scope, reason, since }: NonNullable<ActionRow["held"]>): Wait => ({
  waitsFor: "lift",
  // The gate's reason names the scope itself.
  reason: `${quoted(reason.startsWith("on hold") ? reason : `on hold (${scope}): ${reason}`)}, since ${utc(since)}`,
});

function underWay(row: ActionRow, now: number): Wait {
  const until = row.leaseEndsAt === null ? "" : ` ${utc(row.leaseEndsAt)}`;
  return isLeased(row, now)
    ? { waitsFor: "attempt", reason: `attempt ${row.attempts} is under way: leased by its executor until${until}` }
    : {
        waitsFor: "retry",
        reason: `attempt ${row.attempts} was lost, its lease ended${until}: the provider is read before anything is sent again`,
      };
}

const givenUp = (row: EventRow | ActionRow): Wait => ({
  waitsFor: "dead_letter",
  reason: sentence("given up, its dead letter is being written", lastFailure(row)),
});

function failedBefore({ tries, failure }: EventRow | ActionRow): string | null {
  if (failure === null) return null;
  return `failed ${tries === 1 ? "once" : `${tries} times`}, last: ${said(failure)}`;
}
const lastFailure = ({ failure }: EventRow | ActionRow): string | null => (failure === null ? null : said(failure));
const said = ({ reason, detail }: NonNullable<EventRow["failure"]>): string => `${reason} (${quoted(detail)})`;

const sentence = (...parts: (string | null)[]): string => parts.filter((part) => part !== null).join("; ");
const quoted = (text: string): string =>
  text.length <= QUOTED_MAX ? oneLine(text, QUOTED_MAX) : `${oneLine(text, QUOTED_MAX)} …`;
