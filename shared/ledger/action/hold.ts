/**
 * What a hold does to an action row. The gate decides who is held (gate.ts); a row only remembers it, so that a trace says
 * why nothing happens and a lift knows whom to wake. There is no state of its own for it: a held row keeps the state in
 * which it will go on.
 */
import type { HoldRef } from "../../contracts/gate.ts";
import type { HeldAction } from "../../contracts/ledger.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import { holdsFence } from "./lease.ts";
import type { ActionRow } from "./row.ts";
import { waitingAgain } from "./wait.ts";

type Held = Pick<HeldAction, "hold" | "reason" | "fence">;

/** Somebody else's live lease is not ours to speak about, and what waits for nothing cannot be kept waiting. */
export function mayBeHeld(row: ActionRow, { fence }: Held, now: number): boolean {
  if (fence !== null) return holdsFence(row, fence);
  if (row.state === "in_flight") return row.leaseEndsAt !== null && now >= row.leaseEndsAt;
  return row.state === "ready" || row.state === "unknown" || row.state === "pending";
}

const isKnown = ({ held }: ActionRow, { scope, at }: HoldRef): boolean => held?.scope === scope && held.at === at;

/**
 * Written on change only: a row that is rung for and found held as before stays as it is. The pump has moved its due out
 * already, twice as far with each ring, to an hour at most. Under a lease the lease is given back: nothing was sent.
 */
export function heldBack(row: ActionRow, held: Held, now: number, settings: LedgerSettings): ActionRow {
  const { hold, reason, fence } = held;
  if (!mayBeHeld(row, held, now) || (fence === null && isKnown(row, hold))) return row;
  const noted: ActionRow = {
    ...row,
    held: { scope: hold.scope, at: hold.at, reason: reason.slice(0, 600), since: now },
    updatedAt: now,
    history: isKnown(row, hold) ? row.history : append(row.history, now, "held", reason),
  };
  const due = nextDue(now, row.rings, settings);
  if (fence !== null) return waitingAgain({ ...noted, leaseEndsAt: null }, due);
  return { ...noted, due: Math.max(row.due ?? 0, due) };
}

/** The hold was lifted: due now, and rung for as often as a new row. */
export function woken(row: ActionRow, now: number): ActionRow {
  if (row.held === null) return row;
  const history = append(row.history, now, "lifted", `no longer on hold (${row.held.scope})`);
  return { ...row, held: null, rings: 0, due: now, updatedAt: now, history };
}
