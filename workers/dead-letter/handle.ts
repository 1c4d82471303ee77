import type { Failure } from "../../shared/contracts/failure.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { QueueName } from "../../shared/contracts/queues.ts";
import type { DeadRow, RowRef } from "../../shared/contracts/views.ts";
import type { Mode } from "../../shared/core/ids.ts";
import { err, ok, type Result } from "../../shared/core/result.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import { handleEach } from "../../shared/queue/each.ts";
import { release } from "../../shared/queue/release.ts";
import { resultOf, retryLater } from "../../shared/queue/result.ts";
import { ack, type Handled, type Verdict } from "../../shared/queue/verdict.ts";
import type { NewDeadLetter } from "../../shared/records/dead-letters.ts";
import { eventOfMessage, letterOfRow, messageOf } from "../../shared/records/letter.ts";
import { letterOfMessage, read, type Undeliverable } from "./letter.ts";

export type DeadLetterDeps = {
  /** The queue whose dead-letter queue this is. */
  queue: QueueName;
  ledger: Pick<Ledger, "accept" | "rawOf" | "deadRow" | "failAction" | "failEvent" | "deadLettered" | "release">;
  keep(letter: NewDeadLetter): Promise<void>;
  /** The mode of what is recorded about a message without a row. */
  mode: Mode;
  now: number;
};

/** The result of one message. `idle`: its row, where nothing was written to it. */
type Kept = { verdict: Verdict; idle: RowRef | null };

/** Handles each message separately. A row that is not dead, or whose letter was not kept, must not take a place in the pump. */
export async function handleBatch(deliveries: Delivery<unknown>[], deps: DeadLetterDeps): Promise<Handled[]> {
  const idle: RowRef[] = [];
  const handled = await handleEach(deliveries, async (delivery) => {
    const kept = await handle(delivery, deps);
    if (kept.idle !== null) idle.push(kept.idle);
    return kept.verdict;
  });
  await release(idle, deps.ledger);
  return handled;
}

/**
 * Keeps the dead letter, then confirms it to the ledger, then acks: after a failure all steps are repeated. This queue has
 * no dead-letter queue, so every failure is a retry. The row stays due until `deadLettered`.
 */
async function handle(delivery: Delivery<unknown>, deps: DeadLetterDeps): Promise<Kept> {
  const undeliverable = read(delivery.body, deps.queue);
  if (undeliverable.kind === "message")
    return { verdict: await keepMessage(undeliverable, delivery, deps), idle: null };
  if (undeliverable.kind === "notice") return { verdict: ack("notice"), idle: null };
  const idle = (verdict: Verdict): Kept => ({ verdict, idle: undeliverable.row });

  const death = await deathOf(undeliverable, deps);
  if (!death.ok) return idle(retryLater(death.error, delivery.attempts));
  if (death.value.kind === "alive") return idle(ack(death.value.why));

  const letter = await letterOfRow(undeliverable.row, undeliverable.body, death.value.row);
  const kept = await resultOf("records_unavailable", () => deps.keep(letter));
  if (!kept.ok) return idle(retryLater(kept.error, delivery.attempts));
  const confirmed = await resultOf("ledger_unavailable", () => deps.ledger.deadLettered(undeliverable.row));
  return confirmed.ok
    ? { verdict: ack("dead_lettered"), idle: null }
    : idle(retryLater(confirmed.error, delivery.attempts));
}

/** First in the ledger, because D1 can be lost, and no row shows the message. */
async function keepMessage(
  undeliverable: Undeliverable & { kind: "message" },
  delivery: Delivery<unknown>,
  deps: DeadLetterDeps,
): Promise<Verdict> {
  const letter = await letterOfMessage(undeliverable, delivery, deps.now);
  const recorded = await recordMessage(letter, deps);
  if (!recorded.ok) return retryLater(recorded.error, delivery.attempts);
  const kept = await resultOf("records_unavailable", () => deps.keep(recorded.value));
  return kept.ok ? ack("message_kept") : retryLater(kept.error, delivery.attempts);
}

/** The letter as the ledger took it first: of a message that is delivered again, times and attempts differ. */
async function recordMessage(
  letter: NewDeadLetter,
  { ledger, mode }: DeadLetterDeps,
): Promise<Result<NewDeadLetter, Failure>> {
  const item = eventOfMessage(letter, mode);
  const accepted = await resultOf("ledger_unavailable", () => ledger.accept([item]));
  if (!accepted.ok) return accepted;
  const [acceptance = "unavailable"] = accepted.value;
  if (acceptance === "unavailable")
    return err({ reason: "ledger_unavailable", detail: `the ledger did not take ${item.event.id}` });
  if (acceptance === "accepted" || acceptance === "noted") return ok(letter);
  const raw = await resultOf("ledger_unavailable", () => ledger.rawOf(item.event.id));
  return raw.ok ? ok((raw.value === null ? null : messageOf(raw.value)) ?? letter) : raw;
}

type Death = { kind: "dead"; row: DeadRow } | { kind: "alive"; why: string };
const alive = (why: string): Result<Death, Failure> => ok({ kind: "alive", why });

/**
 * Whether the row is dead. A wrapped doorbell means that it was dead; if it is not dead now, it was redriven since. A bare
 * doorbell means that the platform ran out of deliveries, or that somebody put it here. The row is given up only if it
 * is stuck; the pump rings again for any other row. Why: docs/decisions/0015.
 */
async function deathOf(
  { row, queue, wrapped }: Undeliverable & { kind: "row" },
  deps: DeadLetterDeps,
): Promise<Result<Death, Failure>> {
  const { ledger } = deps;
  const before = await resultOf("ledger_unavailable", () => ledger.deadRow(row));
  if (!before.ok) return before;
  if (before.value === null) return alive("unknown_row");
  if (before.value.dead) return ok({ kind: "dead", row: before.value });
  if (wrapped) return alive("not_dead");
  if (!before.value.stuck) return alive("not_stuck");

  const failed = await resultOf("ledger_unavailable", () => giveUp(row, queue, ledger));
  if (!failed.ok) return err(failed.error);
  if (!failed.value) return alive("moved_on");
  const after = await resultOf("ledger_unavailable", () => ledger.deadRow(row));
  if (!after.ok) return after;
  return after.value?.dead ? ok({ kind: "dead", row: after.value }) : alive("not_dead");
}

/** False where a consumer changed the row in the meantime. */
async function giveUp(row: RowRef, queue: QueueName, ledger: DeadLetterDeps["ledger"]): Promise<boolean> {
  const failure: Failure = {
    reason: "queue_exhausted",
    detail: `queue ${queue} delivered this ${row.kind} as often as it may, and no delivery came to an end; look at its trace, then redrive it`,
  };
  if (row.kind === "event") return (await ledger.failEvent(row.id, failure)).disposition === "dead";
  return (await ledger.failAction(row, null, failure)).disposition === "dead";
}
