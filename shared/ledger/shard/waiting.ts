import { deadLetterQueueOf, QUEUES, queueOfAction, queueOfEvent } from "../../contracts/queues.ts";
import {
  earliestOf,
  inOrder,
  isBehind,
  type WaitingCounts,
  type WaitingItem,
  type WaitingPart,
  type WaitingPlace,
  type WaitingQuery,
  type WaitsFor,
} from "../../contracts/waiting.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import { waitOfAction, waitOfEvent } from "../waiting/reason.ts";
import { needOf } from "./need.ts";
import type { Store } from "./store.ts";

/** The most rows of a shard that one page counts and puts in order, and that it tells: a call must not occupy its shard. */
export const COUNTED_AT_ONCE = 500;
export const TOLD_AT_ONCE = 100;
/** Before every row. */
const START: WaitingPlace = { due: -1, id: "" };

type Tables = Store["tables"];
type Looked = { rows: WaitingPart["rows"]; upTo: WaitingPlace | null };

/** A page of one shard. The first one counts as well. Where few rows wait, they are in the order of their own dues. */
export function waitingIn(tables: Tables, query: WaitingQuery): WaitingPart {
  const limit = Math.min(query.limit, TOLD_AT_ONCE);
  const first = look(tables, { ...query, after: null }, COUNTED_AT_ONCE);
  const isAll = first.upTo === null;
  const counts = query.after === null ? countsOf(first.rows, isAll, query.now) : null;
  if (isAll) return { ...pageOf({ rows: byOwnDue(first.rows), upTo: null }, query.after ?? START, limit), counts };
  const behind = query.after === null ? first : look(tables, query, limit);
  return { ...pageOf(behind, query.after ?? START, limit), counts };
}

const byOwnDue = (rows: Looked["rows"]): Looked["rows"] =>
  rows
    .map(({ item }) => ({ place: { due: item.due, id: item.id }, item }))
    .sort((one, other) => inOrder(one.place, other.place));

function pageOf({ rows, upTo }: Looked, after: WaitingPlace, limit: number): Looked {
  const behind = rows.filter(({ place }) => isBehind(place, after));
  const told = behind.slice(0, limit);
  return { rows: told, upTo: told.length === behind.length ? upTo : (told.at(-1)?.place ?? after) };
}

/** At most `limit` rows are read, whatever their queues are. */
function look(tables: Tables, query: WaitingQuery, limit: number): Looked {
  const stretches = stretchesOf(tables, query, limit);
  const horizon = earliestOf(stretches.map(({ upTo }) => upTo));
  const places = stretches
    .flatMap((stretch) => stretch.places)
    .filter((place) => horizon === null || !isBehind(place, horizon))
    .sort(inOrder);
  const read = places.slice(0, limit);
  return {
    rows: read.flatMap((place) => {
      const item = itemAt(tables, place, query.now);
      return item === null || (query.queue !== null && item.queue !== query.queue) ? [] : [{ place, item }];
    }),
    upTo: read.length === places.length ? horizon : (read.at(-1) ?? null),
  };
}

function stretchesOf({ events, actions }: Tables, { queue, after }: WaitingQuery, limit: number) {
  const from = after ?? START;
  const origins = queue === null ? QUEUES : [queue];
  const destinations = origins.flatMap((origin) => [origin, deadLetterQueueOf(origin)]);
  return [events, actions].flatMap((table) => [
    table.waitingAhead(from, limit),
    ...destinations.map((destination) => table.waitingIn(destination, from, limit)),
  ]);
}

function itemAt({ events, actions }: Tables, { id }: WaitingPlace, now: number): WaitingItem | null {
  const action = actions.peek(id);
  if (action !== null) return itemOfAction(action, now);
  const event = events.peek(id);
  return event === null ? null : itemOfEvent(event, now);
}

function itemOfAction(row: ActionRow, now: number): WaitingItem | null {
  const wait = waitOfAction(row, now);
  if (wait === null) return null;
  const { id, subject, state, held, waitsSince, updatedAt, due, action } = row;
  const queue = queueOfAction({ kind: action.kind, needs: needOf(row) });
  // Of what is scheduled, `waitsSince` is the time that it is scheduled for.
  const since = held?.since ?? (waitsSince > now ? updatedAt : waitsSince);
  return { row: "action", id, kind: action.kind, subject, state, since, due: due ?? now, queue, ...wait };
}

function itemOfEvent(row: EventRow, now: number): WaitingItem | null {
  const wait = waitOfEvent(row);
  if (wait === null) return null;
  const { id, state, waitsSince, due, event } = row;
  const { payment, charge, invoice, subscription, customer } = event;
  const subject = payment ?? charge ?? invoice ?? subscription ?? customer ?? id;
  const queue = queueOfEvent(event);
  return { row: "event", id, kind: event.type, subject, state, since: waitsSince, due: due ?? now, queue, ...wait };
}

function countsOf(rows: Looked["rows"], isAll: boolean, now: number): WaitingCounts {
  const waitsFor: Partial<Record<WaitsFor, number>> = {};
  for (const { item } of rows) waitsFor[item.waitsFor] = (waitsFor[item.waitsFor] ?? 0) + 1;
  return { waitsFor, due: rows.filter(({ item }) => item.due <= now).length, isAll };
}
