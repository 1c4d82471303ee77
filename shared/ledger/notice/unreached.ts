import { deadLetterQueueOf, queueOfAction, queueOfEvent } from "../../contracts/queues.ts";
import { HOUR_MS } from "../../core/time.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import { type LedgerSettings, patienceOf } from "../settings.ts";
import { needOf } from "../shard/need.ts";
import type { NoticeRow } from "./store.ts";

/** What the pump has just rung for. */
type Rung = { actions: readonly ActionRow[]; events: readonly EventRow[]; notices: readonly NoticeRow[] };
/** What is on its way to people. `since`: when it set out. */
type OnItsWay = { id: string; since: number; queue: string };
/** `id`, `since`: of the one that has waited longest. */
export type Unreached = { rows: number; id: string; since: number; queues: string[] };

const TOLD_EVERY_MS = HOUR_MS;

/**
 * Cases and dead letters are brought to people by Workers of their own. Where these do not come (a paused queue, a deploy that
 * failed), nobody would be told of anything any more. So the ledger itself says it, once an hour.
 */
export function createUnreached(settings: LedgerSettings) {
  let toldAt: number | null = null;
  return {
    /** What an alarm is to say; null where none is due. */
    takeAlarm(rung: Rung, now: number): Unreached | null {
      const late = onItsWay(rung).filter(({ since }) => now - since >= patienceOf(settings));
      const [first, ...others] = late.sort((one, other) => one.since - other.since);
      // A clock that was set back must not silence it.
      if (first === undefined || (toldAt !== null && Math.abs(now - toldAt) < TOLD_EVERY_MS)) return null;
      toldAt = now;
      const queues = [...new Set([first, ...others].map(({ queue }) => queue))];
      return { rows: late.length, id: first.id, since: first.since, queues };
    },
  };
}

const onItsWay = ({ actions, events, notices }: Rung): OnItsWay[] => [
  ...actions.flatMap(ofAction),
  ...events.flatMap(ofEvent),
  ...notices.flatMap(({ id, at, state }) => (state === "opening" ? { id, since: at, queue: "escalate" } : [])),
];

function ofAction(row: ActionRow): OnItsWay | [] {
  const { id, state, updatedAt: since, action } = row;
  if (state === "case_opening") return { id, since, queue: "escalate" };
  const queue = deadLetterQueueOf(queueOfAction({ kind: action.kind, needs: needOf(row) }));
  return state === "dead" ? { id, since, queue } : [];
}

function ofEvent({ id, state, event, acceptedAt, history }: EventRow): OnItsWay | [] {
  if (state !== "dead") return [];
  return { id, since: history.at(-1)?.at ?? acceptedAt, queue: deadLetterQueueOf(queueOfEvent(event)) };
}
