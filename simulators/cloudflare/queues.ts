/** Queues and their consumers. */

import { ok, page, Refusal, type Reply } from "./envelope.ts";
import type { Call } from "./router.ts";
import { type Consumer, newId, type Queue, type World } from "./world.ts";

/** The limits of a consumer's settings, as Cloudflare documents them. Times in milliseconds, delays in seconds. */
const LIMITS: Record<string, [number, number]> = {
  batch_size: [1, 100],
  max_retries: [0, 100],
  max_wait_time_ms: [0, 60_000],
  max_concurrency: [1, 250],
  retry_delay: [0, 86_400],
};

export function listQueues(world: World, { query }: Call): Reply {
  const names = query.getAll("name");
  const queues = [...world.queues.values()].filter(
    ({ queue_name: name }) => names.length === 0 || names.includes(name),
  );
  return page(queues.map((queue) => shown(queue)));
}

export function createQueue(world: World, { json }: Call): Reply {
  const { queue_name: name, settings } = json() as { queue_name?: unknown; settings?: object };
  if (typeof name !== "string" || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new Refusal(400, 11003, `Queue name ${JSON.stringify(name)} is not valid.`);
  }
  if (world.queues.has(name)) {
    throw new Refusal(409, 11009, `Queue name '${name}' is already taken. Please use a different name and try again.`);
  }
  const queue: Queue = { queue_id: newId(), queue_name: name, consumers: [] };
  world.queues.set(name, queue);
  return ok({ ...shown(queue), settings: settings ?? {} });
}

export function createConsumer(world: World, call: Call): Reply {
  const queue = queueOf(world, call);
  if (queue.consumers.length > 0) throw new Refusal(409, 11004, "workers.api.error.consumer_exists");
  const consumer = { consumer_id: newId(), ...consumerOf(world, call) };
  queue.consumers.push(consumer);
  return ok(shownConsumer(queue, consumer));
}

export function updateConsumer(world: World, call: Call): Reply {
  const queue = queueOf(world, call);
  const at = queue.consumers.findIndex(({ consumer_id: id }) => id === call.params.consumer);
  if (at === -1) throw new Refusal(404, 11005, "workers.api.error.consumer_not_found");
  const consumer = { consumer_id: String(call.params.consumer), ...consumerOf(world, call) };
  queue.consumers[at] = consumer;
  return ok(shownConsumer(queue, consumer));
}

/** A consumer that may stand: its script, its dead-letter queue and its settings are there and in their limits. */
function consumerOf(world: World, { json }: Call): Omit<Consumer, "consumer_id"> {
  const body = json() as {
    type?: string;
    script_name?: string;
    dead_letter_queue?: string;
    settings?: Record<string, number | null>;
  };
  if (body.type !== "worker")
    throw new Refusal(400, 11006, `The stand-in knows consumers of type worker, not ${body.type}.`);
  const { script_name: script = "", dead_letter_queue: letters = null, settings = {} } = body;
  if (!world.scripts.has(script)) throw new Refusal(404, 11001, `Script '${script}' of the consumer does not exist.`);
  if (letters !== null && !world.queues.has(letters)) {
    throw new Refusal(404, 11000, `The dead letter queue '${letters}' does not exist.`);
  }
  for (const [name, value] of Object.entries(settings)) {
    const [least, most] = LIMITS[name] ?? [1, 0];
    if (value !== null && (value < least || value > most)) {
      throw new Refusal(400, 11007, `The consumer's setting ${name} must be from ${least} to ${most}, not ${value}.`);
    }
  }
  return { script, settings, deadLetterQueue: letters };
}

function queueOf(world: World, { params }: Call): Queue {
  const queue = [...world.queues.values()].find(({ queue_id: id }) => id === params.queue);
  if (queue === undefined) throw new Refusal(404, 11000, "workers.api.error.queue_not_found");
  return queue;
}

function shown(queue: Queue): object {
  return {
    queue_id: queue.queue_id,
    queue_name: queue.queue_name,
    consumers_total_count: queue.consumers.length,
    consumers: queue.consumers.map((consumer) => shownConsumer(queue, consumer)),
    producers: [],
    producers_total_count: 0,
  };
}

function shownConsumer(queue: Queue, { consumer_id, script, settings, deadLetterQueue }: Consumer): object {
  return {
    queue_name: queue.queue_name,
    consumer_id,
    type: "worker",
    script,
    settings,
    ...(deadLetterQueue === null ? {} : { dead_letter_queue: deadLetterQueue }),
  };
}
