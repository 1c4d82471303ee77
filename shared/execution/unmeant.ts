import type { Action, Outcome } from "../contracts/action.ts";
import { proposedOfKind } from "../contracts/actions.ts";
import { formatMoney } from "../core/money.ts";

/** The amount that moved is known, and it is not the granted one. */
export const isUnmeant = ({ amountMinor }: Action, movedMinor: number | null): boolean =>
  amountMinor !== null && movedMinor !== null && movedMinor !== amountMinor;

export function unmeant(
  { id, kind, amountMinor, currency }: Action,
  providerObject: string,
  movedMinor: number | null,
  note: string,
): Outcome {
  const money = (minor: number | null): string =>
    minor === null || currency === null ? "an unknown amount" : formatMoney({ amountMinor: minor, currency });
  return {
    kind: "unmeant",
    providerObject,
    amountMinor: movedMinor,
    note: `${proposedOfKind[kind]} ${id} was granted for ${money(amountMinor)}, and ${money(movedMinor)} moved (${providerObject}; ${note}): compare both at the provider, and give back or collect the difference there. Nothing is sent again`,
  };
}
