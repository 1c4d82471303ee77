/**
 * What a hold does to an action row. The gate decides what is on hold; the row only notes it, so that a trace shows why
 * nothing happens and a lift finds the row. A held row has no separate state: it keeps the state in which it continues.
 */
import type { HoldRef } from "../../contracts/gate.ts";
import type { HeldAction } from "../../contracts/ledger.ts";
import { NO_FAILURES } from "../failures.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import { holdsFence } from "./lease.ts";
import type { ActionRow } from "./row.ts";
import { waitingAgain, waitsForItsExecutor } from "./wait.ts";

type Held = Pick<HeldAction, "hold" | "reason" | "fence">;

/** Not while another executor holds a live lease, and only rows that an executor could work on. */
function mayBeHeld(row: ActionRow, { fence }: Held, now: number): boolean {
  if (fence !== null) return holdsFence(row, fence);
  if (row.state === "in_flight") return row.leaseEndsAt !== null && now >= row.leaseEndsAt;
  return row.state === "ready" || row.state === "unknown" || row.state === "pending" || waitsForItsExecutor(row, now);
}

const isNoted = ({ held }: ActionRow, { scope, at }: HoldRef): boolean => held?.scope === scope && held.at === at;

/**
 * Written on change only: a row that is still on hold stays as it is, and the pump's wait for it doubles with each ring,
 * to at most an hour. With a fence the lease is given back: nothing was sent.
 */
export function heldBack(row: ActionRow, held: Held, now: number, settings: LedgerSettings): ActionRow {
  const { hold, reason, fence } = held;
  if (!mayBeHeld(row, held, now) || (fence === null && isNoted(row, hold))) return row;
  const noted: ActionRow = {
    ...row,
    held: { scope: hold.scope, at: hold.at, reason: reason.slice(0, 600), since: now },
    updatedAt: now,
    history: isNoted(row, hold) ? row.history : append(row.history, now, "held", reason),
  };
  const due = nextDue(now, row.rings, settings);
  if (fence !== null) return waitingAgain({ ...noted, leaseEndsAt: null }, due);
  return { ...noted, due: Math.max(row.due ?? 0, due) };
}

/** The hold was lifted: the row is due now, and the pump's waits begin anew. */
export function woken(row: ActionRow, now: number): ActionRow {
  if (row.held === null) return row;
  const history = append(row.history, now, "lifted", `no longer on hold (${row.held.scope})`);
  return { ...row, held: null, failures: NO_FAILURES, waitsSince: now, rings: 0, due: now, updatedAt: now, history };
}
