import { UNCLAIMED_RINGS_MAX } from "../../shared/ledger/settings.ts";
import { type Ring, ringForAction, ringForEvent } from "../../shared/ledger/shard/rings.ts";
import type { Shard } from "../../shared/ledger/shard/shard.ts";

const MESSAGES_PER_SEND = 100;

/**
 * Rings for what is overdue: lost, retried, scheduled, redriven. The next due of each row is written before the queue
 * is asked, so a queue that fails costs a wait and nothing else.
 */
export async function pump(shard: Shard, env: LedgerEnv, now: number): Promise<void> {
  const { events, actions } = shard.overdue(now, UNCLAIMED_RINGS_MAX);
  const nonce = crypto.randomUUID();
  const rings = [...actions.map((row) => ringForAction(row, nonce)), ...events.map((row) => ringForEvent(row, nonce))];
  const byQueue = Map.groupBy(rings, ({ queue }) => queue);
  await Promise.all(Array.from(byQueue, ([queue, group]) => ring(queueOf(env, queue), queue, group)));
}

async function ring(target: Queue, queue: Ring["queue"], rings: Ring[]): Promise<void> {
  for (let start = 0; start < rings.length; start += MESSAGES_PER_SEND) {
    const batch = rings
      .slice(start, start + MESSAGES_PER_SEND)
      .map(({ body }) => ({ body, contentType: "json" as const }));
    try {
      await target.sendBatch(batch);
    } catch (error) {
      console.error(JSON.stringify({ log: "pump.ring.failed", queue, messages: batch.length, error: String(error) }));
    }
  }
}

function queueOf(env: LedgerEnv, queue: Ring["queue"]): Queue {
  const queues: Record<Ring["queue"], Queue> = {
    events: env.EVENTS,
    "events-batch": env.EVENTS_BATCH,
    refund: env.REFUND,
    retry: env.RETRY,
    authorize: env.AUTHORIZE,
    escalate: env.ESCALATE,
    "events-dlq": env.EVENTS_DLQ,
    "events-batch-dlq": env.EVENTS_BATCH_DLQ,
    "refund-dlq": env.REFUND_DLQ,
    "retry-dlq": env.RETRY_DLQ,
    "authorize-dlq": env.AUTHORIZE_DLQ,
    "escalate-dlq": env.ESCALATE_DLQ,
  };
  return queues[queue];
}
