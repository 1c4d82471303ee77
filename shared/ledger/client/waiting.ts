import {
  earliestOf,
  inOrder,
  isBehind,
  type Waiting,
  type WaitingCounts,
  type WaitingPlace,
  type WaitingQuery,
} from "../../contracts/waiting.ts";
import type { Shards } from "./shards.ts";

/** How often all shards are asked for one page: where most of what is found is of another queue, a page ends early. */
const ROUNDS_MAX = 4;

/** A page of what waits in all shards. */
export async function waitingOf(query: WaitingQuery, shards: Pick<Shards, "askAll">): Promise<Waiting> {
  const page = await roundOf(query, shards);
  let { items, next } = page;
  for (let round = 1; round < ROUNDS_MAX && next !== null && items.length < query.limit; round++) {
    const more = await roundOf({ ...query, after: next, limit: query.limit - items.length }, shards);
    items = [...items, ...more.items];
    next = more.next;
  }
  return { items: items.sort((one, other) => one.due - other.due), next, counts: page.counts };
}

/** What one shard has told is only known up to where each has told all. */
async function roundOf(query: WaitingQuery, shards: Pick<Shards, "askAll">): Promise<Waiting> {
  const parts = await shards.askAll("waiting", [query]);
  const horizon = earliestOf(parts.map(({ upTo }) => upTo));
  const rows = parts
    .flatMap((part) => part.rows)
    .filter(({ place }) => horizon === null || !isBehind(place, horizon))
    .sort((one, other) => inOrder(one.place, other.place));
  const told = rows.slice(0, query.limit);
  const next: WaitingPlace | null = told.length === rows.length ? horizon : (told.at(-1)?.place ?? horizon);
  return { items: told.map(({ item }) => item), next, counts: sumOf(parts.map(({ counts }) => counts)) };
}

function sumOf(parts: readonly (WaitingCounts | null)[]): WaitingCounts | null {
  const given = parts.filter((part) => part !== null);
  if (given.length === 0) return null;
  const sum: WaitingCounts = { waitsFor: {}, due: 0, isAll: given.every(({ isAll }) => isAll) };
  for (const { waitsFor, due } of given) {
    sum.due += due;
    for (const [name, count] of Object.entries(waitsFor)) {
      const key = name as keyof typeof waitsFor;
      sum.waitsFor[key] = (sum.waitsFor[key] ?? 0) + count;
    }
  }
  return sum;
}
