import { proposedOfKind } from "../contracts/actions.ts";
import type { ActionRef } from "../contracts/ledger.ts";
import type { Doorbell, QueueName } from "../contracts/queues.ts";
import { createMerger } from "../core/merge.ts";

/** Rings for what was just committed. A ring that fails is only logged: the ledger's pump rings again. */
export type Rings = {
  action(queue: QueueName, ref: ActionRef, summary: string): Promise<void>;
  regrant(ref: ActionRef, summary: string): Promise<void>;
};

export type Producers = Partial<Record<QueueName, { sendBatch(messages: { body: Doorbell }[]): Promise<unknown> }>>;

/** What rings within one turn of the event loop goes to its queue as one batch of messages. */
const GATHER_MS = 0;
const MESSAGES_PER_SEND = 100;

export function createRings(producers: Producers, log: (line: Record<string, unknown>) => void): Rings {
  const merge = createMerger(GATHER_MS);

  async function sendAll(queue: QueueName, bodies: Doorbell[]): Promise<null[]> {
    try {
      const producer = producers[queue];
      if (producer === undefined) throw new Error(`no producer is bound for ${queue}`);
      for (let start = 0; start < bodies.length; start += MESSAGES_PER_SEND) {
        await producer.sendBatch(bodies.slice(start, start + MESSAGES_PER_SEND).map((body) => ({ body })));
      }
    } catch (error) {
      log({ what: "ring.failed", queue, ids: bodies.map(({ id }) => id), error: String(error) });
    }
    return bodies.map(() => null);
  }

  const ring = async (queue: QueueName, body: Doorbell): Promise<void> => {
    await merge(queue, [body], (bodies) => sendAll(queue, bodies));
  };

  return {
    action: (queue, { id, subject }, summary) =>
      ring(queue, { kind: "action", id, subject, nonce: crypto.randomUUID(), summary: summary.slice(0, 300) }),
    regrant: ({ id, subject }, summary) =>
      ring("events", { kind: "regrant", id, subject, nonce: crypto.randomUUID(), summary: summary.slice(0, 300) }),
  };
}

export const summaryOf = (kind: keyof typeof proposedOfKind, subject: string): string =>
  `${proposedOfKind[kind]} ${subject}`;
