import * as v from "valibot";
import { type Failure, Unavailable } from "../contracts/failure.ts";
import type { DeadMessage, QueueName } from "../contracts/queues.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../core/concurrency.ts";
import { backoffMs } from "../core/time.ts";
import { deadMessageOf } from "./dead-message.ts";
import { deliveryLine } from "./log.ts";
import type { QueueMessage } from "./message.ts";
import { ack, type Handled, retry, type Verdict } from "./verdict.ts";

export type QueueBatch = { readonly queue: string; readonly messages: readonly QueueMessage[] };

/** One valid message as a handler sees it. `attempts` counts from 1 and includes this delivery; `sentAt` is epoch milliseconds. */
export type Delivery<T> = { id: string; body: T; attempts: number; sentAt: number };

export type ConsumeOptions<T> = {
  /** The queue that the messages were sent to; for a dead-letter queue, the queue that it belongs to. */
  queue: QueueName;
  schema: v.GenericSchema<unknown, T>;
  /**
   * Handles the whole batch, so that it can make one call per shard and one to the gate. Answers one verdict for each
   * delivery, in their order. When it throws, it gets every delivery again alone, so that a bug costs only the message
   * that triggers it. Its steps must therefore be idempotent.
   */
  handleBatch(deliveries: Delivery<T>[]): Promise<readonly Handled[]>;
  /** Records an exception in the message's row and answers the verdict. Without it an exception is a retry. */
  onException?(delivery: Delivery<T>, failure: Failure): Promise<Verdict>;
  /** The producer of `<queue>-dlq`. Null in the dead-letter Worker, which has no dead-letter queue. */
  deadLetters: { send(body: DeadMessage): Promise<unknown> } | null;
  log(line: Record<string, unknown>): void;
  /** Multiplies every delay. 1 in production; local runs use less. */
  delayScale?: number;
  now?(): number;
};

type Handling<T> = { message: QueueMessage; delivery: Delivery<T> | null; verdict: Verdict; durationMs: number };

const MAX_DELAY_SECONDS = 86_400;
const BUG_DELAY_MS = 10_000;
const BUG_DELAY_CAP_MS = 300_000;

/**
 * The only place that calls ack() or retry(). Every message is validated, handled and answered separately, exactly once.
 * All are answered at the end, when nothing can throw any more: after an exception the platform redelivers the whole
 * batch, the acked messages included.
 */
export async function consume<T>(batch: QueueBatch, options: ConsumeOptions<T>): Promise<void> {
  const now = options.now ?? Date.now;
  const malformed: Handling<T>[] = [];
  const good: { message: QueueMessage; delivery: Delivery<T> }[] = [];
  for (const message of batch.messages) {
    const parsed = parse(message, options.schema);
    if (parsed.ok) good.push({ message, delivery: parsed.delivery });
    else malformed.push({ message, delivery: null, verdict: { kind: "dead", failure: parsed.failure }, durationMs: 0 });
  }

  const startedAt = now();
  const verdicts = await handleAll(
    good.map(({ delivery }) => delivery),
    options,
  );
  const durationMs = now() - startedAt;
  const handled = good.map(({ message, delivery }, index): Handling<T> => {
    return { message, delivery, verdict: verdicts[index] ?? bugRetry(delivery.attempts), durationMs };
  });

  const final = await mapLimit([...malformed, ...handled], OUTSIDE_CALLS_AT_ONCE, (handling) =>
    sendIfDead(handling, options),
  );
  for (const { handling, verdict } of final) {
    answer(handling.message, verdict, options.delayScale ?? 1);
    report(options, () => deliveryLine(batch.queue, handling, verdict));
  }
}

function parse<T>(
  message: QueueMessage,
  schema: v.GenericSchema<unknown, T>,
): { ok: true; delivery: Delivery<T> } | { ok: false; failure: Failure } {
  const { id, attempts, timestamp } = message;
  const parsed = v.safeParse(schema, message.body);
  if (parsed.success) return { ok: true, delivery: { id, body: parsed.output, attempts, sentAt: timestamp.getTime() } };
  const issues = parsed.issues.slice(0, 10).map(describeIssue);
  const detail = `queue message ${id} does not fit its contract and cannot be read: ${issues.join("; ")}`;
  return { ok: false, failure: { reason: "malformed_message", detail: detail.slice(0, 2_000) } };
}

/** A field name of ours. A sender's text must not be logged. */
const FIELD_NAME = /^[A-Za-z_]{1,40}$/;

/** Says what was expected, never what was found: it is logged, and a body may contain anything. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "body";
  if (issue.expected === "never") return `${FIELD_NAME.test(path) ? path : "something"} is no field of it`;
  return issue.received === "undefined" ? `${path} is missing` : `${path} must be ${issue.expected ?? "of its form"}`;
}

/** The verdicts of all deliveries, in their order; never throws. */
async function handleAll<T>(deliveries: Delivery<T>[], options: ConsumeOptions<T>): Promise<Verdict[]> {
  if (deliveries.length === 0) return [];
  const handled = await tryBatch(deliveries, options);
  return await mapLimit(deliveries, OUTSIDE_CALLS_AT_ONCE, async (delivery, index) => {
    const each = handled[index];
    if (each === undefined) return bugRetry(delivery.attempts);
    return each.kind === "threw" ? await onException(delivery, each.error, options) : each;
  });
}

async function tryBatch<T>(deliveries: Delivery<T>[], options: ConsumeOptions<T>): Promise<readonly Handled[]> {
  try {
    const handled = await options.handleBatch(deliveries);
    if (handled.length === deliveries.length) return handled;
    throw new Error(`the handler answered ${handled.length} verdicts for ${deliveries.length} messages`);
  } catch (error) {
    if (deliveries.length === 1) return [{ kind: "threw", error }];
    report(options, () => ({
      what: "batch.threw",
      queue: options.queue,
      messages: deliveries.length,
      error: String(error),
    }));
    const alone = await mapLimit(deliveries, 1, (delivery) => tryBatch([delivery], options));
    return alone.flat();
  }
}

async function onException<T>(delivery: Delivery<T>, error: unknown, options: ConsumeOptions<T>): Promise<Verdict> {
  const reason = error instanceof Unavailable ? error.reason : "bug";
  const failure: Failure = { reason, detail: `handling queue message ${delivery.id} threw: ${String(error)}` };
  report(options, () => ({ what: "message.threw", queue: options.queue, message: delivery.id, error: String(error) }));
  try {
    return (await options.onException?.(delivery, failure)) ?? bugRetry(delivery.attempts);
  } catch {
    return bugRetry(delivery.attempts);
  }
}

/** Sends an undeliverable message to the dead-letter queue. If that fails, the message is retried. */
async function sendIfDead<T>(
  handling: Handling<T>,
  options: ConsumeOptions<T>,
): Promise<{ handling: Handling<T>; verdict: Verdict }> {
  const { message, verdict } = handling;
  if (verdict.kind !== "dead") return { handling, verdict };
  try {
    if (options.deadLetters === null) throw new Error("there is no dead-letter queue behind this one");
    await options.deadLetters.send(deadMessageOf(message, options.queue, verdict.failure));
    return { handling, verdict: ack("dead") };
  } catch (error) {
    report(options, () => ({
      what: "dead_letter.not_sent",
      queue: options.queue,
      message: message.id,
      error: String(error),
    }));
    return { handling, verdict: retry(verdict.failure.reason, bugDelaySeconds(message.attempts)) };
  }
}

function answer(message: QueueMessage, verdict: Verdict, delayScale: number): void {
  if (verdict.kind !== "retry") {
    message.ack();
    return;
  }
  const delaySeconds = Math.ceil(Math.max(0, verdict.delaySeconds) * delayScale);
  message.retry({ delaySeconds: Math.min(delaySeconds, MAX_DELAY_SECONDS) });
}

const bugDelaySeconds = (attempts: number): number => backoffMs(attempts, BUG_DELAY_MS, BUG_DELAY_CAP_MS) / 1_000;
const bugRetry = (attempts: number): Verdict => retry("bug", bugDelaySeconds(attempts));

/** A log line that cannot be made or written must not cause a redelivery. */
function report<T>(options: ConsumeOptions<T>, line: () => Record<string, unknown>): void {
  try {
    options.log(line());
  } catch {
    // There is no other place to report it.
  }
}
