/** As much of a queue's producer as is needed here. */
export type Producer = {
  send(body: unknown): Promise<unknown>;
  sendBatch(messages: { body: unknown; contentType?: "json" }[]): Promise<unknown>;
};

type Upper<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Uppercase<Head>}_${Upper<Tail>}`
  : Uppercase<Name>;
/** The bindings of these queues' producers: `events-batch` is bound as `EVENTS_BATCH`. A test holds the configs to it. */
export type ProducerEnv<Name extends string> = { readonly [Queue in Name as Upper<Queue>]: Producer };

export const bindingOf = (queue: string): string => queue.replaceAll("-", "_").toUpperCase();

/** The producers of these queues; it does not compile where a Worker is not bound to one of them. */
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

/** Cloudflare takes 100 messages or 256 KB a batch; a doorbell has at most about 1.4 KB, so the count is what binds. */
export const MESSAGES_PER_BATCH = 100;

/** The one sender of batches. What a queue refuses is thrown; what was sent before it stays sent. */
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
