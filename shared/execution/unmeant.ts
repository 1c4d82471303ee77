import type { Action, Outcome } from "../contracts/action.ts";
import { ACTIONS, proposedOfKind } from "../contracts/actions.ts";
import { formatMoney } from "../core/money.ts";
import { PENDING_CHECK_MS } from "./executor.ts";

/** What a call did, or what was found at the provider. `amountMinor` null: the provider does not say how much moved. */
type Moved = { providerObject: string; amountMinor: number | null; pending: boolean; note: string };
/** `currency`: what was found is in it; a call's own answer is in the currency that it asked for. */
type Found = Moved & { currency?: string };

/** Money that moved in another amount than was granted is never a success. While it is on its way it may be unknown. */
export function outcomeOfEffect(action: Action, found: Found): Outcome {
  const { providerObject, amountMinor, pending, note, currency = action.currency } = found;
  if (action.currency !== null && currency !== action.currency)
    return unmeant(action, providerObject, amountMinor, note, currency);
  if (isUnmeant(action, amountMinor, pending)) return unmeant(action, providerObject, amountMinor, note);
  if (!pending) return { kind: "succeeded", providerObject, amountMinor, note };
  return { kind: "pending", providerObject, amountMinor, note, checkAfterMs: PENDING_CHECK_MS };
}

/** A release and a change of a subscription move no money, whatever amount they name. */
function isUnmeant({ kind, amountMinor: granted }: Action, movedMinor: number | null, pending: boolean): boolean {
  if (!ACTIONS[kind].movesMoney || granted === null) return false;
  return movedMinor === null ? !pending : movedMinor !== granted;
}

export function unmeant(
  { id, kind, amountMinor, currency }: Action,
  providerObject: string,
  movedMinor: number | null,
  note: string,
  movedCurrency: string | null = currency,
): Outcome {
  const money = (minor: number | null, of: string | null): string =>
    minor === null || of === null ? "an unknown amount" : formatMoney({ amountMinor: minor, currency: of });
  return {
    kind: "unmeant",
    providerObject,
    amountMinor: movedMinor,
    note: `${proposedOfKind[kind]} ${id} was granted for ${money(amountMinor, currency)}, and ${money(movedMinor, movedCurrency)} moved (${providerObject}; ${note}): compare both at the provider, and give back or collect the difference there. Nothing is sent again`,
  };
}
