import { type DeadLetterQueue, deadLetterQueueOf, QUEUES, type QueueName } from "../../shared/contracts/queues.ts";
import type { ActionRow } from "../../shared/ledger/action/row.ts";
import type { EventRow } from "../../shared/ledger/event/row.ts";
import { UNCLAIMED_RINGS_MAX } from "../../shared/ledger/settings.ts";
import { needOf } from "../../shared/ledger/shard/need.ts";
import type { Shard } from "../../shared/ledger/shard/shard.ts";
import {
  type DeadRing,
  deadRing,
  type Ring,
  ringForAction,
  ringForEvent,
  ringForNotice,
  summaryOfEvent,
} from "../../shared/queue/doorbells.ts";
import { logLine } from "../../shared/queue/log.ts";
import { type Producer, sendInBatches } from "../../shared/queue/producers.ts";

/** Every queue that the pump sends to: all queues and their dead-letter queues. */
export const PUMPED_QUEUES = [...QUEUES, ...QUEUES.map(deadLetterQueueOf)];
export type PumpProducers = Record<QueueName | DeadLetterQueue, Producer>;

/**
 * Rings for overdue rows: lost messages, retries, scheduled and redriven rows. Each row's next due is written before the
 * send, so a failed queue only costs the wait until then.
 */
export async function pump(overdue: Shard["overdue"], producers: PumpProducers, now: number): Promise<void> {
  const { events, actions, notices } = overdue(now, UNCLAIMED_RINGS_MAX);
  const nonce = crypto.randomUUID();
  const rings = [
    ...actions.map((row) => ringOfActionRow(row, nonce)),
    ...events.map((row) => ringOfEventRow(row, nonce)),
    ...notices.map((notice) => ringForNotice(notice, nonce)),
  ];
  const byQueue = Map.groupBy(rings, ({ queue }) => queue);
  await Promise.all(Array.from(byQueue, ([queue, group]) => send(producers[queue], queue, group)));
}

async function send(producer: Producer, queue: string, rings: readonly (Ring | DeadRing)[]): Promise<void> {
  try {
    await sendInBatches(
      producer,
      rings.map(({ body }) => body),
    );
  } catch (error) {
    logLine({ what: "pump.ring_failed", queue, messages: rings.length, error: String(error) });
  }
}

export function ringOfEventRow(row: EventRow, nonce: string): Ring | DeadRing {
  const { id, event } = row;
  return orDead(row, ringForEvent({ id, lane: event.lane, summary: summaryOfEvent(event) }, nonce));
}

export function ringOfActionRow(row: ActionRow, nonce: string): Ring | DeadRing {
  const { id, subject, action } = row;
  return orDead(row, ringForAction({ id, subject, kind: action.kind, needs: needOf(row) }, nonce));
}

function orDead({ state, failure }: EventRow | ActionRow, ring: Ring): Ring | DeadRing {
  if (state !== "dead") return ring;
  return deadRing(ring, failure ?? { reason: "bug", detail: "no failure was recorded" });
}
