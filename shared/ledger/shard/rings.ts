import { proposedOfKind } from "../../contracts/actions.ts";
import type { DeadMessage, Doorbell, QueueName } from "../../contracts/queues.ts";
import { queueOfKind } from "../../contracts/queues.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";

/** Which queue a row waits for, and the doorbell to put there. */
export type Ring = { queue: QueueName; body: Doorbell } | { queue: `${QueueName}-dlq`; body: DeadMessage };

export const queueOfEvent = (row: EventRow): QueueName => (row.event.lane === "batch" ? "events-batch" : "events");

export function queueOfAction(row: ActionRow): QueueName {
  if (row.caseReason !== null) return "escalate";
  return row.grant === null ? "events" : queueOfKind(row.action.kind);
}

export function ringForEvent(row: EventRow, nonce: string): Ring {
  const queue = queueOfEvent(row);
  const body: Doorbell = { kind: "event", id: row.id, nonce, summary: row.event.type };
  return row.state === "dead" ? deadRing(queue, body, row) : { queue, body };
}

export function ringForAction(row: ActionRow, nonce: string): Ring {
  const queue = queueOfAction(row);
  const summary = `${proposedOfKind[row.action.kind]} ${row.subject}`.slice(0, 300);
  const kind = row.state === "scheduled" ? "regrant" : "action";
  const body: Doorbell = { kind, id: row.id, subject: row.subject, nonce, summary };
  return row.state === "dead" ? deadRing(queue, body, row) : { queue, body };
}

function deadRing(queue: QueueName, body: Doorbell, row: EventRow | ActionRow): Ring {
  const failure = { reason: row.failure?.reason ?? "bug", detail: row.failure?.detail ?? "no failure was recorded" };
  return { queue: `${queue}-dlq`, body: { kind: "dead", queue, body, failure } };
}
