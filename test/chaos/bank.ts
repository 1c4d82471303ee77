import { fewest, unit } from "./dice.ts";
import { refundsIn } from "./effects.ts";
import type { Outside } from "./outside.ts";
import type { Subject } from "./subjects.ts";

/** Of a payment that the stream asks to have refunded: so long after our refund is first seen there, the bank fails it. */
export type PlannedFailure = { payment: string; afterMs: number };
/** A refund of ours that stood at the provider, and that the bank has failed since. */
export type BankFailure = { refund: string; action: string; payment: string };

const FAILED_SHARE = 0.4;
const FAILED_LEAST = 10;
/** At once: while its call may still be unanswered or unsettled. The others long after it has settled, mostly. */
const AT_ONCE_SHARE = 0.3;
const LATEST_MS = 4_000;

export function planBankFailures(seed: number, subjects: readonly Subject[]): PlannedFailure[] {
  const asked = subjects.filter(({ isRequest }) => isRequest);
  const count = Math.max(FAILED_LEAST, Math.ceil(asked.length * FAILED_SHARE));
  return fewest(asked, count, ({ payment }) => unit(seed, "bank", payment)).map(({ payment }) => ({
    payment,
    afterMs:
      unit(seed, "bank at once", payment) < AT_ONCE_SHARE
        ? 0
        : Math.floor(unit(seed, "bank after", payment) * LATEST_MS),
  }));
}

const LOOK_MS = 200;

/** The bank: looks at what the provider refunds for us, and fails of each planned payment the first refund. */
export function createBank(
  planned: readonly PlannedFailure[],
  { refunds, failRefund }: Pick<Outside, "refunds" | "failRefund">,
) {
  const unseen = new Map(planned.map(({ payment, afterMs }) => [payment, afterMs]));
  const due = new Map<BankFailure, number>();
  const made: BankFailure[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;

  async function lookForNew(nowMs: number): Promise<void> {
    if (unseen.size === 0 || nowMs - lookedAt < LOOK_MS) return;
    lookedAt = nowMs;
    for (const { id, paymentIntent, metadata } of refundsIn({ refunds: await refunds() })) {
      const action = metadata.action_id;
      const afterMs = unseen.get(paymentIntent ?? "");
      if (action === undefined || paymentIntent === null || afterMs === undefined) continue;
      unseen.delete(paymentIntent);
      due.set({ refund: id, action, payment: paymentIntent }, nowMs + afterMs);
    }
  }

  return {
    async look(nowMs: number): Promise<void> {
      await lookForNew(nowMs);
      for (const [failure, atMs] of due) {
        if (atMs > nowMs) continue;
        due.delete(failure);
        await failRefund(failure.refund);
        made.push(failure);
      }
    },
    /** It has nothing in hand; refunds that are still to come may yet give it something. */
    isIdle: (): boolean => due.size === 0,
    /** A refund that it would fail may still come. */
    isWaiting: (): boolean => unseen.size > 0,
    made: (): BankFailure[] => made,
  };
}
