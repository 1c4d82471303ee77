import { isUnderWay } from "../contracts/action.ts";
import type { ActionView } from "../contracts/ledger.ts";
import { MINUTE_MS } from "../core/time.ts";
import { POLICY } from "./policy.ts";

/**
 * What our own changes of a subscription say about collecting for it. `ending`: a change that somebody asked for, which
 * ends collection and which the provider perhaps does not show yet. `pausedByFailure`: what becomes of invoices, where
 * the newest change paused collection because of a failed payment; null otherwise.
 */
export type OwnChanges = { ending: Ending | null; pausedByFailure: string | null };
/** `withPerson`: nobody carries it out before a person has decided. */
export type Ending = { id: string; what: string; withPerson: boolean };

export type ChangeRow = Pick<ActionView, "action" | "state" | "createdAt" | "updatedAt">;

/** The provider was read a little before our rows, and clocks differ: a change that was made since is not in what was read. */
const READ_BEFORE_MS = MINUTE_MS;

/** From all rows of the subscription. Pure. */
export function ownChangesOf(rows: readonly ChangeRow[], now: number): OwnChanges {
  const changes = rows
    .filter(({ action, state }) => state !== "declined" && isOfCollection(action))
    .toSorted((a, b) => b.createdAt - a.createdAt);
  const newest = changes.find((row) => !isByFailure(row) || row.state === "succeeded");
  const isCaused = newest !== undefined && newest.action.kind === "pause" && isByFailure(newest);
  return {
    ending: endingAmong(changes, now),
    pausedByFailure: isCaused ? (newest.action.variant ?? POLICY.variants.pause) : null,
  };
}

const isOfCollection = ({ kind, variant }: ChangeRow["action"]): boolean =>
  kind === "pause" || kind === "resume" || (kind === "cancel" && variant === "at_once");

/** It followed from a payment that failed; every other pause was asked for. */
const isByFailure = ({ action: { factKey } }: ChangeRow): boolean =>
  factKey.startsWith("failed_renewal/") || factKey.startsWith("failed_payment/");

/** The newest first. What was made before the provider was read, the provider shows. */
function endingAmong(changes: readonly ChangeRow[], now: number): Ending | null {
  for (const row of changes) {
    const { action, state, updatedAt } = row;
    const isMade = state === "succeeded";
    if (isMade && (action.kind === "resume" || now - updatedAt > READ_BEFORE_MS)) return null;
    if (action.kind === "resume" || isByFailure(row) || state === "skipped") continue;
    const what = action.kind === "pause" ? "a pause" : "an end at once";
    return { id: action.id, what, withPerson: !isMade && !isUnderWay(state) };
  }
  return null;
}
