import { type Scene, stripeEvent } from "../../../simulators/day/day.ts";
import { makePayment, type Payment } from "../../../simulators/day/payments.ts";
import { plainPart } from "./refunds.ts";
import { type Tale, taleOf } from "./tale.ts";

const PRICE = { amountMinor: 4_600, currency: "usd" };

/**
 * What somebody with a binding to the ledger writes into it:
 *
 * no_grant         a refund that nobody asked for, and that nobody signed
 * other_grant      such a refund, with the grant of another action
 * as_step_2        the second try at a payment of which nobody made a first
 * step_2_granted   the second try, with the grant of the first, which was not declined
 * other_amount     a refund that was asked for, once more, with its grant and another amount
 * fact_no_grant    the decision about an event that is still to come
 */
export const PLANTS = [
  "no_grant",
  "other_grant",
  "as_step_2",
  "step_2_granted",
  "other_amount",
  "fact_no_grant",
] as const;
export type Plant = (typeof PLANTS)[number];
export type PlantTale = Tale & { plant: Plant; subject: PlantSubject };
/** The provider's ids of what the row is about. */
export type PlantSubject = { payment: string; charge: string; invoice: string | null; customer: string };

export function tellPlants(scene: Scene, each: number): PlantTale[] {
  return Array.from({ length: each }, () => PLANTS.map((plant) => tell(scene, plant))).flat();
}

function tell(scene: Scene, plant: Plant): PlantTale {
  if (plant === "other_amount") {
    const { tale, payment } = plainPart(scene);
    return { ...tale, kind: `planted: ${plant}`, plant, subject: subjectOf(payment) };
  }
  const isRefund = plant === "no_grant" || plant === "other_grant";
  const isFirst = plant === "step_2_granted";
  const outcome = isRefund ? ({ kind: "paid" } as const) : ({ kind: "declined", code: "insufficient_funds" } as const);
  const payment = makePayment(scene, { price: PRICE, outcome, invoiceNumber: scene.nextInvoiceNumber() });
  const { invoice, intent, links } = payment;
  const tale = taleOf(payment, {
    kind: `planted: ${plant}`,
    move: isRefund ? "refund" : "collect",
    // Of the first try all that is owed.
    sum: isFirst ? "whole" : "nothing",
    items:
      isFirst || plant === "fact_no_grant"
        ? [stripeEvent(scene, "invoice.payment_failed", invoice ?? intent, links)]
        : [],
    isHonest: isFirst,
  });
  return { ...tale, plant, subject: subjectOf(payment) };
}

const subjectOf = ({ intent, charge, invoice, customer }: Payment): PlantSubject => ({
  payment: intent.id,
  charge: charge.id,
  invoice: invoice?.id ?? null,
  customer: customer.id,
});

/** An event that is to come when its decision is there. */
export const waitingForPlants = (plants: readonly PlantTale[]): PlantTale["items"] =>
  plants.flatMap(({ plant, items }) => (plant === "fact_no_grant" ? items : []));
