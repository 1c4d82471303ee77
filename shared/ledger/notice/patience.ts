/**
 * When a person is told that a row waits for long. `waitsSince` of a row is its last news, or the time that it is scheduled
 * for, whichever is later. Being begun, failing and an unclear answer are no news. docs/decisions/0030 says why.
 */
import type { ActionState } from "../../contracts/action.ts";
import type { EventState } from "../../contracts/views.ts";
import { isLeased } from "../action/lease.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import { type LedgerSettings, patienceOf } from "../settings.ts";

export type WaitingRow = ActionRow | EventRow;

/** What is on its way to people, or over, is told of in another way. */
const WAITS: Record<ActionState | EventState, boolean> = {
  received: true,
  deferred: true,
  ready: true,
  scheduled: true,
  in_flight: true,
  unknown: true,
  pending: true,
  case_opening: false,
  dead: false,
  decided: false,
  succeeded: false,
  declined: false,
  skipped: false,
  case_open: false,
  case_closed: false,
  denied: false,
  superseded: false,
  dead_lettered: false,
};

/** A row on hold waits as a person or a rule wants it to. */
const waits = (row: WaitingRow): boolean => WAITS[row.state] && !("held" in row && row.held !== null);

/**
 * The pump's first ring says only that nobody has come yet: a deployment that was away for a night says nothing of rows that
 * are handled as soon as it is back. Every other write finds that somebody has come in vain, or that nobody has come at all.
 */
const isTriedInVain = ({ rings }: WaitingRow): boolean => rings !== 1;

/** It has waited for longer than policy's patience. While an attempt is under way nothing is told: it may end well. */
export function mustBeTold(row: WaitingRow, now: number, settings: LedgerSettings): boolean {
  if (!waits(row) || now - row.waitsSince < patienceOf(settings)) return false;
  return isTriedInVain(row) && !("fence" in row && isLeased(row, now));
}

/** What was told of it is still so: it waits, and has had no news. */
export const isStillTold = (row: WaitingRow): boolean => waits(row) && row.toldSince === row.waitsSince;

/** A hold that nobody lifted has ended: the time on hold is no time of waiting. */
export const sinceWithoutHold = ({ held, waitsSince }: Pick<ActionRow, "held" | "waitsSince">, now: number): number =>
  held === null ? waitsSince : Math.max(waitsSince, now);
