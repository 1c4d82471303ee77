import type { ActionKind } from "../../contracts/actions.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import { isSubscription, type PaymentSnapshot, type Snapshot } from "../../contracts/provider.ts";
import type { ActionView, IsSigned } from "../../contracts/views.ts";
import type { Guardrails } from "../../policy/document.ts";
import { type OwnChanges, ownChangesOf, unnamedChangesOf } from "../../policy/own-changes.ts";

/**
 * Our own changes of the subscription for which a retry would collect, or whose pause is asked for once more. Asked after
 * the provider. Null where no rule needs them: then the ledger is not asked.
 */
export async function ownChangesFor(
  kind: ActionKind,
  seen: Snapshot | null,
  { ledger, isSigned }: Rows,
  now: number,
  policy: Pick<Guardrails, "variants">,
): Promise<OwnChanges | null> {
  const subscription = seen === null ? null : subscriptionFor(kind, seen);
  if (seen === null || subscription === null) return null;
  const customers = customersOf(seen);
  const subjects = [subscription, ...(isSubscription(seen) ? [] : [...paymentOf(seen), ...customers])];
  const [own = [], ...beside] = await Promise.all(subjects.map((subject) => ledger.actionsOf(subject)));
  return ownChangesOf(await believed(own, isSigned), now, policy, unnamedChangesOf(beside.flat(), customers));
}

type Rows = { ledger: Pick<Ledger, "actionsOf">; isSigned: IsSigned };

/** A change that was made may permit to collect, so it is believed only if we have signed it. What is open only forbids. */
async function believed(rows: readonly ActionView[], isSigned: IsSigned): Promise<ActionView[]> {
  const kept = await Promise.all(rows.map(async (row) => row.state !== "succeeded" || (await isSigned(row))));
  return rows.filter((_, index) => kept[index]);
}

function subscriptionFor(kind: ActionKind, seen: Snapshot): string | null {
  if (isSubscription(seen)) return kind === "pause" && seen.pause !== null ? seen.subscription : null;
  return kind === "retryPayment" ? (seen.invoiceState?.subscription ?? null) : null;
}

/** A change that did not name its subscription is kept with the payment that it named, or with its customer. */
const paymentOf = ({ payment, invoice }: PaymentSnapshot): string[] =>
  [payment ?? invoice].filter((subject) => subject !== null);

/** Both, where a payment has no customer of its own or another one than the subscription. */
function customersOf(seen: Snapshot): string[] {
  const its = isSubscription(seen) ? null : (seen.subscription?.customer ?? null);
  return [...new Set([seen.customer, its].filter((customer) => customer !== null))];
}
