import { deadLetterQueueOf, QUEUES, queueOfAction, queueOfEvent } from "../../contracts/queues.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import { needOf } from "./need.ts";
import type { Destination } from "./row-table.ts";

/** Every queue that the pump rings, and every one that it gives dead rows to. */
export const DESTINATIONS: readonly Destination[] = [...QUEUES, ...QUEUES.map(deadLetterQueueOf)];

export function destinationOfEvent({ event, state }: EventRow): Destination {
  const queue = queueOfEvent(event);
  return state === "dead" ? deadLetterQueueOf(queue) : queue;
}

export function destinationOfAction(row: ActionRow): Destination {
  const queue = queueOfAction({ kind: row.action.kind, needs: needOf(row) });
  return row.state === "dead" ? deadLetterQueueOf(queue) : queue;
}
