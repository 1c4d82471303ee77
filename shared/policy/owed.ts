import type { PaymentSnapshot } from "../contracts/provider.ts";

/** Whether it is paid is the invoice's to say, where there is one: one of its payments may have paid a part of it. */
export const isPaid = ({ invoice, invoiceState, status }: PaymentSnapshot): boolean =>
  invoice === null ? status === "paid" : invoiceState?.status === "paid";

/** What a try takes now: what remains of an open invoice, else the payment's amount. Null where that was not read. */
export function owedMinor({ invoice, invoiceState, amountMinor }: PaymentSnapshot): number | null {
  if (invoice === null) return amountMinor;
  return invoiceState?.status === "open" ? invoiceState.amountRemainingMinor : null;
}
