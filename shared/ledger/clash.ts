import type { Action, ActionState } from "../contracts/action.ts";
import { isTerminal } from "../contracts/action.ts";
import { formatMoney } from "../core/money.ts";
import { DAY_MS } from "../core/time.ts";
import { type ActionRow, caseOpening } from "./action.ts";
import { told } from "./history.ts";
import type { LedgerSettings } from "./settings.ts";

/** Why a new action may not stand beside those that its payment has already; null when it may. */
export type Clash = { kind: "skip" | "case"; reason: string };

/** Visa allows 20 reattempts in 30 days (since 2025-05-25), Mastercard 35: we stay well below either. */
export const RETRIES_PER_30_DAYS = 10;

/** These certainly moved nothing, unless a call of theirs was never read. One that was given up may have: a person tells. */
const NOT_EXECUTED: readonly ActionState[] = ["skipped", "declined", "case_open", "case_opening"];

export function clashOf(action: Action, siblings: readonly ActionRow[], now: number): Clash | null {
  if (action.kind === "retryPayment") return retryClash(action, siblings, now);
  if (action.kind !== "refund" && action.kind !== "authorize") return null;
  const twin = siblings.find(
    (row) =>
      row.action.kind === action.kind &&
      row.action.amountMinor === action.amountMinor &&
      row.action.factKey !== action.factKey &&
      now - row.createdAt < DAY_MS &&
      (row.uncertain || !NOT_EXECUTED.includes(row.state)),
  );
  if (!twin) return null;
  const money =
    action.amountMinor !== null && action.currency !== null
      ? formatMoney({ amountMinor: action.amountMinor, currency: action.currency })
      : "the same amount";
  return {
    kind: "case",
    reason: `possible duplicate: ${action.kind} of ${money} on ${action.subject} was already decided within 24 hours for another fact (${twin.id}, ${twin.state})`,
  };
}

function retryClash(action: Action, siblings: readonly ActionRow[], now: number): Clash | null {
  const retries = siblings.filter((row) => row.action.kind === "retryPayment" && row.action.factKey !== action.factKey);
  const underWay = retries.find(
    (row) => !isTerminal(row.state) && row.state !== "case_opening" && row.state !== "dead",
  );
  if (underWay) return { kind: "skip", reason: `a retry of this payment is already under way: ${underWay.id}` };
  const recent = retries.filter((row) => row.state === "declined" && now - row.updatedAt < 30 * DAY_MS).length;
  if (recent < RETRIES_PER_30_DAYS) return null;
  return {
    kind: "case",
    reason: `${recent} retries of this payment were declined within 30 days; the card networks' limit is near`,
  };
}

export function clashed(row: ActionRow, clash: Clash, now: number, settings: LedgerSettings): ActionRow {
  // Its grant was signed before anybody looked at its siblings: a person's word needs a new one.
  if (clash.kind === "case") return caseOpening({ ...row, grant: null }, clash.reason, now, settings);
  return {
    ...row,
    state: "skipped",
    due: null,
    grant: null,
    outcome: { kind: "skipped", note: clash.reason },
    history: told(row.history, now, "skipped", clash.reason),
  };
}
