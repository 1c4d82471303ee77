import { fewest, unit } from "./dice.ts";
import type { Outside } from "./outside.ts";
import type { Subject } from "./subjects.ts";

/** A refund that a person makes at the provider, past us, of a payment whose refund the stream asks for too. */
export type PlannedRefund = { payment: string; amountMinor: number };
/** When the stream is there. */
export type TimedRefund = PlannedRefund & { atItem: number };
/** `begunAtMs`, `doneAtMs`: in milliseconds of real time. */
export type HandRefund = PlannedRefund & { id: string; begunAtMs: number; doneAtMs: number };

const REFUNDED_SHARE = 0.15;
const REFUNDED_LEAST = 5;
/** How much of the payment: with half of it asked for, the first fits beside it, the second does not, the third never. */
const PARTS = [0.3, 0.6, 1] as const;
/** Around the place where the stream asks, mostly a little after: while we decide, wait, send or have just sent. */
const SPREAD_ITEMS = 120;

export function planRefunds(seed: number, subjects: readonly Subject[], items: number): TimedRefund[] {
  const asked = subjects.filter(({ isRequest }) => isRequest);
  const count = Math.max(REFUNDED_LEAST, Math.ceil(asked.length * REFUNDED_SHARE));
  return fewest(asked, count, ({ payment }) => unit(seed, "refunded", payment)).map((one) => {
    const part = PARTS[Math.floor(unit(seed, "part", one.payment) * PARTS.length)] ?? 1;
    const atItem = one.at + Math.floor((unit(seed, "when", one.payment) - 0.3) * SPREAD_ITEMS);
    return { ...partOf(one, part), atItem: Math.min(items, Math.max(0, atItem)) };
  });
}

export const partOf = ({ payment, amountMinor }: Subject, part: number): PlannedRefund => ({
  payment,
  amountMinor: Math.max(1, Math.floor(amountMinor * part)),
});

/** The person at the dashboard: makes what is due, or was asked of them, when they are looked at. */
export function createDashboard(planned: readonly TimedRefund[], { refundByHand }: Pick<Outside, "refundByHand">) {
  let waiting = [...planned];
  const asked = new Set<PlannedRefund>();
  const made: HandRefund[] = [];
  let refused = 0;
  return {
    async look(sent: number): Promise<void> {
      const due = [...asked, ...waiting.filter(({ atItem }) => atItem <= sent)];
      waiting = waiting.filter(({ atItem }) => atItem > sent);
      for (const one of due) {
        const { payment, amountMinor } = one;
        const begunAtMs = Date.now();
        const id = await refundByHand(payment, amountMinor);
        if (id === null) refused += 1;
        else made.push({ id, payment, amountMinor, begunAtMs, doneAtMs: Date.now() });
        asked.delete(one);
      }
    },
    ask(refunds: readonly PlannedRefund[]): void {
      for (const one of refunds) asked.add(one);
    },
    /** Made, or refused: nothing is to be waited for. */
    areMade: (refunds: readonly PlannedRefund[]): boolean => !refunds.some((one) => asked.has(one)),
    made: (): HandRefund[] => made,
    /** More than was left: the provider's own no. */
    refused: (): number => refused,
  };
}
export type Dashboard = ReturnType<typeof createDashboard>;
