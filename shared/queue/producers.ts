/** The part of a queue producer that we use. */
export type Producer = {
  send(body: unknown): Promise<unknown>;
  sendBatch(messages: { body: unknown; contentType?: "json" }[]): Promise<unknown>;
};

type Upper<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Uppercase<Head>}_${Upper<Tail>}`
  : Uppercase<Name>;
/** The producer bindings of these queues: `events-batch` is bound as `EVENTS_BATCH`. A test checks the configurations. */
export type ProducerEnv<Name extends string> = { readonly [Queue in Name as Upper<Queue>]: Producer };

export const bindingOf = (queue: string): string => queue.replaceAll("-", "_").toUpperCase();

/** The producers of these queues, by queue. It does not compile where a Worker lacks a binding, and throws where one is not set. */
export function producersOf<Name extends string>(
  env: ProducerEnv<NoInfer<Name>>,
  queues: readonly Name[],
): Record<Name, Producer> {
  const bound = env as Record<string, Producer | undefined>;
  return Object.fromEntries(
    queues.map((queue) => {
      const producer = bound[bindingOf(queue)];
      if (producer === undefined)
        throw new Error(`the producer ${bindingOf(queue)} of queue ${queue} is not bound: see wrangler.toml`);
      return [queue, producer];
    }),
  ) as Record<Name, Producer>;
}

/**
 * Cloudflare accepts 100 messages or 256 KB per batch (https://developers.cloudflare.com/queues/platform/limits/). A
 * doorbell has at most about 1.4 KB, so the count is the limit that matters.
 */
export const MESSAGES_PER_BATCH = 100;

/** Sends bodies in as many batches as needed. Throws what the queue throws; earlier batches stay sent. */
export async function sendInBatches(producer: Producer, bodies: readonly unknown[]): Promise<void> {
  const [only] = bodies;
  if (bodies.length === 1) {
    await producer.send(only);
    return;
  }
  for (let start = 0; start < bodies.length; start += MESSAGES_PER_BATCH) {
    const part = bodies.slice(start, start + MESSAGES_PER_BATCH);
    await producer.sendBatch(part.map((body) => ({ body, contentType: "json" })));
  }
}
