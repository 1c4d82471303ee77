import { API_VERSION, type Scene } from "../../../simulators/day/day.ts";
import { makePayment } from "../../../simulators/day/payments.ts";
import { createRandom } from "../../../simulators/day/random.ts";
import type { AnyResource } from "../../../simulators/stripe/resources.ts";
import { unit } from "../dice.ts";

/**
 * What people do with the case of one refund that is above a threshold:
 *
 * approved        one approves it as it is proposed
 * clicked_twice   one clicks twice at once, under one key, and once more under another
 * together        two approve it at the same time
 * smaller         one approves less than is proposed
 * elsewhere       one approves it for another payment
 * two             it needs two, and both approve it
 * alone           it needs two, and one of them clicks again and again
 * contest         one approves and another denies it, at the same time
 * denied          one denies it, and says no again
 * closed          one writes a note, and closes it
 * forged          it needs two, and one approves it; somebody who can write to the ledger plants an approval of both
 */
export const PLANS = [
  "approved",
  "two",
  "denied",
  "clicked_twice",
  "smaller",
  "alone",
  "forged",
  "together",
  "contest",
  "closed",
  "elsewhere",
] as const;
export type Plan = (typeof PLANS)[number];

export type Matter = {
  nth: number;
  plan: Plan;
  /** When the stream is there, it is asked for. */
  atItem: number;
  payment: string;
  amountMinor: number;
  /** What is approved instead: less, or of another payment. */
  change: { amountMinor?: number; payment?: string } | null;
  message: string;
};

/** Above what a refund may have without a person (500.00 USD), and above what one person may approve (1,000.00 USD). */
const FOR_ONE = 60_000;
const FOR_TWO = 150_000;
const LESS = 25_000;
const WANT_TWO: ReadonlySet<Plan> = new Set(["two", "alone", "forged"]);
const SHARE = 0.02;
/** Later in the stream, nothing would be killed between the approval and what follows from it. */
const LATEST_SHARE = 0.55;
const DAY_S = 86_400;

/** Payments of their own: nothing else that is asked or done in the run is about them. */
export function makeMatters(seed: number, items: number): { matters: Matter[]; objects: AnyResource[] } {
  const scene: Scene = {
    random: createRandom(seed + 1_300_013),
    atSeconds: Math.floor(Date.now() / 1000) - DAY_S,
    version: API_VERSION,
    nextInvoiceNumber: () => "none",
  };
  const objects: AnyResource[] = [];
  const pay = (amountMinor: number): string => {
    const price = { amountMinor, currency: "usd" };
    const made = makePayment(scene, { price, outcome: { kind: "paid" }, invoiceNumber: null });
    objects.push(...made.objects);
    return made.intent.id;
  };
  const count = Math.max(PLANS.length, Math.round(items * SHARE));
  const matters = Array.from({ length: count }, (_, nth): Matter => {
    const plan = PLANS[nth % PLANS.length] ?? "approved";
    const amountMinor = WANT_TWO.has(plan) ? FOR_TWO : FOR_ONE;
    const payment = pay(amountMinor + 10_000);
    const atItem = Math.floor(items * LATEST_SHARE * unit(seed, "matter", nth));
    const message = `Refund ${(amountMinor / 100).toFixed(2)} USD of payment ${payment}.`;
    return { nth, plan, atItem, payment, amountMinor, change: changeOf(plan, pay), message };
  });
  return { matters, objects };
}

function changeOf(plan: Plan, pay: (amountMinor: number) => string): Matter["change"] {
  if (plan === "smaller") return { amountMinor: LESS };
  return plan === "elsewhere" ? { payment: pay(FOR_ONE + 10_000) } : null;
}
