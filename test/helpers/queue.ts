import type { QueueBatch } from "../../shared/queue/consume.ts";
import type { QueueMessage } from "../../shared/queue/message.ts";

/** A message that remembers how it was answered: "ack", or "retry" with its delay. */
export type TestMessage = QueueMessage & { answers: string[] };

export function message(body: unknown, { id = "m1", attempts = 1 } = {}): TestMessage {
  const answers: string[] = [];
  return {
    id,
    body,
    attempts,
    timestamp: new Date("2026-10-23T08:00:00Z"),
    answers,
    ack: () => void answers.push("ack"),
    retry: (options) => void answers.push(`retry ${options?.delaySeconds ?? 0}`),
  };
}

export const batchOf = (messages: QueueMessage[], queue = "refund"): QueueBatch => ({ queue, messages });
