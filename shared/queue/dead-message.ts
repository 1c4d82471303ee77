import type { Failure } from "../contracts/failure.ts";
import type { DeadMessage, QueueName } from "../contracts/queues.ts";
import { textOf } from "../core/text-of.ts";
import type { QueueMessage } from "./message.ts";

/**
 * Cloudflare accepts 128 KB per message and uses about 100 bytes of it
 * (https://developers.cloudflare.com/queues/platform/limits/).
 */
const BYTES_MAX = 127_000;
const encoder = new TextEncoder();

/**
 * The message to `<queue>-dlq` for an undeliverable message. A body that JSON cannot express (bytes, a Map, hundreds of
 * levels), or that is too large with our fields added, is sent as text, cut if necessary. Otherwise the dead-letter queue
 * would refuse it, and it would be redelivered for ever.
 */
export function deadMessageOf(message: QueueMessage, queue: QueueName, { reason, detail }: Failure): DeadMessage {
  const { text, isJson, isCut } = textOf(message.body, BYTES_MAX);
  const dead = (body: unknown, why = detail): DeadMessage => ({
    kind: "dead",
    queue,
    body,
    failure: { reason, detail: why },
    delivery: { message: message.id, attempts: message.attempts, firstAt: message.timestamp.getTime() },
  });
  if (isJson && fits(dead(message.body))) return dead(message.body);
  const whole: DeadMessage = { ...dead(text), bodyIsText: true };
  if (!isCut && fits(whole)) return whole;
  return cutToFit(
    (start) => ({
      ...dead(start, `${detail}; of its body the first ${start.length} characters are kept`),
      bodyIsText: true,
    }),
    text,
  );
}

function cutToFit(deadOf: (start: string) => DeadMessage, text: string): DeadMessage {
  let length = text.length;
  for (;;) {
    length = Math.floor(length * 0.9);
    const dead = deadOf(text.slice(0, length));
    if (length === 0 || fits(dead)) return dead;
  }
}

const fits = (dead: DeadMessage): boolean => encoder.encode(JSON.stringify(dead)).byteLength <= BYTES_MAX;
