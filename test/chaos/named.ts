import type { Day } from "../../simulators/day/index.ts";

export type NamedPayment = { payment: string; customer: string | null; amountMinor: number };

/** Under its own id, its charge's, its invoice's, and the number that people write. */
export function paymentsByName(objects: Day["objects"]): Map<string, NamedPayment> {
  const known = new Map<string, NamedPayment>();
  for (const one of objects) {
    if (one.object !== "payment_intent") continue;
    const { id, amount, latest_charge: charge, customer } = one;
    const payment = { payment: id, customer: typeof customer === "string" ? customer : null, amountMinor: amount };
    known.set(id, payment);
    if (typeof charge === "string") known.set(charge, payment);
  }
  for (const one of objects) {
    if (one.object !== "invoice_payment") continue;
    const payment = known.get(String(one.payment.payment_intent));
    if (payment !== undefined) known.set(String(one.invoice), payment);
  }
  for (const one of objects) {
    const payment = one.object === "invoice" ? known.get(one.id) : undefined;
    if (one.object === "invoice" && one.number !== null && payment !== undefined) known.set(one.number, payment);
  }
  return known;
}
