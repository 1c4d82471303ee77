import { LANES, type Lane, type PaymentEvent } from "../../shared/contracts/event.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import { MESSAGES_PER_BATCH } from "../../shared/queue/producers.ts";
import { doorbellOf, ringLane } from "./accept.ts";
import type { Budget } from "./budget.ts";
import type { Deps } from "./deps.ts";

/**
 * Rings for the events of a long body in whole batches of the queue. When the budget is used up nothing is sent: the ledger's
 * pump rings for what nobody rang for. What waits are doorbells: an event may hold a text of 1 MB.
 */
export function createBulkRinger(deps: Pick<Deps, "ring" | "log">, budget: Pick<Budget, "takeSend">) {
  const waiting: Record<Lane, EventDoorbell[]> = { live: [], batch: [] };
  let leftToPump = 0;

  async function sendFrom(lane: Lane, atLeast: number): Promise<void> {
    while (waiting[lane].length >= atLeast) {
      const part = waiting[lane].splice(0, MESSAGES_PER_BATCH);
      if (budget.takeSend()) await ringLane(deps, lane, part);
      else leftToPump += part.length;
    }
  }

  return {
    ring: async (events: readonly PaymentEvent[]): Promise<void> => {
      for (const event of events) waiting[event.lane].push(doorbellOf(event));
      for (const lane of LANES) await sendFrom(lane, MESSAGES_PER_BATCH);
    },
    end: async (): Promise<void> => {
      for (const lane of LANES) await sendFrom(lane, 1);
      if (leftToPump > 0) deps.log({ what: "ingest.rings_left_to_pump", events: leftToPump });
    },
  };
}
