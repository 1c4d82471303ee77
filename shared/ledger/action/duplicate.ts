import { type Action, type ActionState, isTerminal, isUnderWay } from "../../contracts/action.ts";
import type { NewAction } from "../../contracts/ledger.ts";
import type { CaseAbout } from "../../contracts/rules.ts";
import { formatMoney } from "../../core/money.ts";
import { DAY_MS } from "../../core/time.ts";
import { append } from "../history.ts";
import type { LedgerSettings } from "../settings.ts";
import { caseOpening } from "./case.ts";
import type { ActionRow } from "./row.ts";

/** Why a new action may not stand beside those that its payment has already; null when it may. */
export type Clash = { kind: "skip"; reason: string } | { kind: "case"; reason: string; about: CaseAbout };

/** Visa allows 20 reattempts in 30 days (since 2025-05-25), Mastercard 35: we stay well below either. */
export const RETRIES_PER_30_DAYS = 10;

/** These certainly moved nothing, unless a call of theirs was never read. One that was given up may have: a person tells. */
const NOT_EXECUTED: readonly ActionState[] = ["skipped", "declined", "case_open", "case_opening"];

/** What is not over, or may have had an effect that nobody has read, can still be executed, or asked for by its redrive. */
const isOpen = ({ state, uncertain }: ActionRow): boolean =>
  uncertain || !isTerminal(state) || state === "dead_lettered";

/**
 * Duplicates are two actions of one payment, kind and amount for two facts, whose causes came within 24 hours of each other, or
 * of which the first is still open: however long it was on hold, dead or away, it must not be executed beside the second.
 */
export function clashOf({ action, causedAt }: NewAction, siblings: readonly ActionRow[], now: number): Clash | null {
  if (action.kind === "retryPayment") return retryClash(action, siblings, now);
  if (action.kind !== "refund" && action.kind !== "authorize") return null;
  const duplicate = siblings.find(
    (row) =>
      row.action.kind === action.kind &&
      row.action.amountMinor === action.amountMinor &&
      row.action.factKey !== action.factKey &&
      (row.uncertain || !NOT_EXECUTED.includes(row.state)) &&
      (isOpen(row) || (causedAt ?? now) - row.createdAt < DAY_MS),
  );
  if (!duplicate) return null;
  const money =
    action.amountMinor !== null && action.currency !== null
      ? formatMoney({ amountMinor: action.amountMinor, currency: action.currency })
      : "the same amount";
  return {
    kind: "case",
    about: { rule: "duplicate", refund: null },
    reason: `possible duplicate: ${action.kind} of ${money} on ${action.subject} was decided for another fact within 24 hours, or is not over (${duplicate.id}, ${duplicate.state})`,
  };
}

function retryClash(action: Action, siblings: readonly ActionRow[], now: number): Clash | null {
  const retries = siblings.filter((row) => row.action.kind === "retryPayment" && row.action.factKey !== action.factKey);
  const underWay = retries.find((row) => isUnderWay(row.state));
  if (underWay) return { kind: "skip", reason: `a retry of this payment is already under way: ${underWay.id}` };
  const recent = retries.filter((row) => row.state === "declined" && now - row.updatedAt < 30 * DAY_MS).length;
  if (recent < RETRIES_PER_30_DAYS) return null;
  return {
    kind: "case",
    about: { rule: "network_rules", refund: null },
    reason: `${recent} retries of this payment were declined within 30 days; the card networks' limit is near`,
  };
}

export function clashed(row: ActionRow, clash: Clash, now: number, settings: LedgerSettings): ActionRow {
  // Its grant was signed before anybody looked at its siblings: a person's word needs a new one.
  if (clash.kind === "case") return caseOpening({ ...row, grant: null }, clash.reason, clash.about, now, settings);
  return {
    ...row,
    state: "skipped",
    due: null,
    grant: null,
    outcome: { kind: "skipped", note: clash.reason },
    history: append(row.history, now, "skipped", clash.reason),
  };
}
