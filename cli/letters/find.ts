/** What a bulk act would take: read before it, for its preview and its progress. */
import type { DeadLetterRow, LetterGroup, LetterTotal } from "../../shared/contracts/records.ts";
import { callConsole, type Target } from "../client.ts";
import { pagesOf } from "../pages.ts";
import type { Filters } from "./filters.ts";

type State = DeadLetterRow["state"];
/** The most ids that the console accepts in one request. */
export const AT_ONCE = 100;
const EXAMPLES = 3;
/** Of a group the console groups some thousand letters a request, so it ends. */
const GROUPING_MAX = 1_000;

export type Groups = { items: LetterGroup[]; next: string | null; total: LetterTotal };

/** The first groups of a filter, once each letter of before has its group. */
export async function groupsOf(target: Target, filters: Filters, state: State, limit: number): Promise<Groups> {
  for (let round = 0; ; round++) {
    const { ungrouped, ...groups } = await callConsole(target, "GET /api/dead-letters/groups", {
      query: { ...filters, state, limit },
    });
    if (ungrouped === 0 || round === GROUPING_MAX) return groups;
  }
}

export type Preview = LetterTotal & { groups: LetterGroup[]; examples: DeadLetterRow[] };

/** How many letters, of what, since when, and three of them. */
export async function previewOf(target: Target, filters: Filters, states: readonly State[]): Promise<Preview> {
  const found: Preview = { count: 0, first: null, last: null, groups: [], examples: [] };
  for (const state of states) {
    const { items, total } = await groupsOf(target, filters, state, 10);
    const { items: examples } = await callConsole(target, "GET /api/dead-letters", {
      query: { ...filters, state, limit: EXAMPLES },
    });
    found.groups.push(...items);
    found.examples.push(...examples);
    add(found, total);
  }
  return { ...found, examples: found.examples.slice(0, EXAMPLES) };
}

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);
const later = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);

/** The same for letters that are named. */
export async function previewOfIds(target: Target, ids: readonly string[]): Promise<Preview> {
  const letters: DeadLetterRow[] = [];
  for (const id of ids) letters.push(await callConsole(target, "GET /api/dead-letters/{id}", { path: { id } }));
  const times = letters.map(({ lastAt }) => lastAt);
  return {
    count: letters.length,
    first: times.length === 0 ? null : Math.min(...times),
    last: times.length === 0 ? null : Math.max(...times),
    groups: [],
    examples: letters.slice(0, EXAMPLES),
  };
}

/** How many letters a filter finds, and from when to when. */
export async function totalOf(target: Target, filters: Filters, states: readonly State[]): Promise<LetterTotal> {
  const found: LetterTotal = { count: 0, first: null, last: null };
  for (const state of states) {
    const query = { ...filters, state, limit: 0 };
    add(found, (await callConsole(target, "GET /api/dead-letters/groups", { query })).total);
  }
  return found;
}

function add(found: LetterTotal, { count, first, last }: LetterTotal): void {
  found.count += count;
  found.first = earlier(found.first, first);
  found.last = later(found.last, last);
}

export function* inBatches(ids: readonly string[]): Generator<string[]> {
  for (let first = 0; first < ids.length; first += AT_ONCE) yield ids.slice(first, first + AT_ONCE);
}

/** A page is read before its letters change, and new dead letters come before the first page. */
export async function* lettersOf(target: Target, filters: Filters, states: readonly State[]): AsyncGenerator<string[]> {
  for (const state of states) {
    for await (const { items } of pagesOf(target, "GET /api/dead-letters", { ...filters, state }, AT_ONCE)) {
      if (items.length > 0) yield items.map(({ id }) => id);
    }
  }
}
