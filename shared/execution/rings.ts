import { proposedOfKind } from "../contracts/action.ts";
import type { ActionRef } from "../contracts/ledger.ts";
import type { Doorbell, QueueName } from "../contracts/queues.ts";

/** Rings for what was just committed. A ring that fails is only logged: the ledger's pump rings again. */
export type Rings = {
  action(queue: QueueName, ref: ActionRef, summary: string): Promise<void>;
  regrant(ref: ActionRef, summary: string): Promise<void>;
};

export type Producers = Partial<Record<QueueName, { send(body: Doorbell): Promise<unknown> }>>;

export function createRings(producers: Producers, log: (line: Record<string, unknown>) => void): Rings {
  async function ring(queue: QueueName, body: Doorbell): Promise<void> {
    const producer = producers[queue];
    try {
      if (producer === undefined) throw new Error(`no producer is bound for ${queue}`);
      await producer.send(body);
    } catch (error) {
      log({ what: "ring.failed", queue, id: body.id, error: String(error) });
    }
  }
  return {
    action: (queue, { id, subject }, summary) =>
      ring(queue, { kind: "action", id, subject, nonce: crypto.randomUUID(), summary: summary.slice(0, 300) }),
    regrant: ({ id, subject }, summary) =>
      ring("events", { kind: "regrant", id, subject, nonce: crypto.randomUUID(), summary: summary.slice(0, 300) }),
  };
}

export const summaryOf = (kind: keyof typeof proposedOfKind, subject: string): string =>
  `${proposedOfKind[kind]} ${subject}`;
