import { ask } from "../../cli/http.ts";
import type { BankFailure } from "./bank.ts";
import { roomIn } from "./effects.ts";
import type { Outside } from "./outside.ts";
import type { Doors } from "./victims.ts";

/** A request for all that a payment has left, after the bank failed a refund of it. `event`: the stored id of the request. */
export type AskedAgain = { failure: BankFailure; event: string; roomMinor: number };

const PATIENCE = { tries: 6, firstWaitMs: 100 };

/**
 * Whether the money of a failed refund is free again is seen from outside by asking for it: without an amount a refund is
 * lowered to what remains, so what is still reserved would be missing from it. To be asked when all is quiet.
 */
export async function askAgain(
  failures: readonly BankFailure[],
  { ingestUrl, keys }: Doors,
  { books }: Pick<Outside, "books">,
): Promise<AskedAgain[]> {
  if (failures.length === 0) return [];
  const now = await books();
  const asked: AskedAgain[] = [];
  for (const failure of failures) {
    const roomMinor = roomIn(now, failure.payment);
    if (roomMinor <= 0) continue;
    const body = JSON.stringify({
      message: "Please refund all that is left of this payment.",
      payment: failure.payment,
    });
    const headers = { authorization: `Bearer ${keys.INGEST_KEY}`, "content-type": "application/json" };
    const answer = await ask(`${ingestUrl}/v1/requests`, { method: "POST", headers, body }, PATIENCE);
    if (answer.status !== 202) throw new Error(`the request to refund again was answered ${answer.status}`);
    asked.push({ failure, event: (answer.value as { id: string }).id, roomMinor });
  }
  return asked;
}
