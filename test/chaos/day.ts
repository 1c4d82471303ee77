import { API_VERSION, type Incident, type StreamItem } from "../../simulators/day/day.ts";
import { type Day, generateDay } from "../../simulators/day/index.ts";
import { createRandom } from "../../simulators/day/random.ts";
import { plainRequest, WORDING_KINDS } from "../../simulators/day/requests.ts";
import { askedIn } from "./asked.ts";
import { type Conflict, conflictPairs, secondsLater } from "./conflicts.ts";
import { greedyCustomer } from "./greedy.ts";
import { linesOfFiles } from "./long-files.ts";
import { type Asked, type Tale, type Told, tellTales } from "./tales/index.ts";

const DAY_MS = 86_400_000;
/**
 * How much of the stream is about partial refunds. Of a whole refund the provider itself refuses the second; of a part it
 * does not, so these show whether we do.
 */
const PARTIAL_SHARE = 0.1;
const GREEDY_SHARE = 0.1;
/** Events that arrive with two contents: so many, and in a stream that is long enough at least two. */
const CONFLICT_SHARE = 0.004;
const CONFLICTS_FROM = 100;
/** One of each kind needs some room. */
const TALES_FROM = 150;

/** A day has so many requests to change subscriptions to each of its items, beside them (simulators/day/index.ts). */
const ITEMS_WITH_CHANGES = 1.04;

/** `asked`: what is asked of the payments of day and tales. */
export type ChaosDay = Day & Told & { conflicts: Conflict[]; asked: Asked[] };

/** A believable day of about `events` items, all of it in another order than it happened. */
export function chaosDay({ events, seed, hostile }: { events: number; seed: number; hostile: boolean }): ChaosDay {
  const startAt = Date.now() - DAY_MS;
  const partials = partialRefunds(seed, startAt, Math.floor((events * PARTIAL_SHARE) / 2));
  const greedy = hostile ? greedyCustomer(seed, startAt, Math.floor(events * GREEDY_SHARE)) : NOBODY;
  const pairs = hostile || events < CONFLICTS_FROM ? [] : conflictPairs(seed, startAt, conflictCount(events));
  const { tales, plants } =
    hostile || events < TALES_FROM ? { tales: [], plants: [] } : tellTales(seed, startAt, events);
  const extra = [
    ...partials.flatMap(({ items }) => items),
    ...pairs.flatMap(({ conflict }) => conflict.items),
    ...[...tales, ...plants].flatMap(({ items }) => items),
    ...copiesOf(tales),
  ];
  const lines = hostile ? [] : linesOfFiles(seed, startAt, events);
  const left = events - extra.length - lines.length - greedy.stream.length;
  const day = generateDay({ events: Math.floor(left / ITEMS_WITH_CHANGES), seed, startAt, subscriptions: true });
  const objects = [
    ...day.objects,
    ...[...partials, ...pairs, ...tales, ...plants].flatMap((one) => one.objects),
    ...greedy.objects,
  ];
  const story = [...day.story, ...partials.map(({ kind, name, items }) => ({ kind, name, events: items.length }))];
  return {
    objects,
    scripts: [...day.scripts, ...tales.flatMap(({ scripts }) => scripts)],
    changes: day.changes,
    stream: secondsLater(
      createRandom(seed).shuffle(filled([...day.stream, ...extra, ...lines, ...greedy.stream], events)),
      pairs,
    ),
    conflicts: pairs.map(({ conflict }) => conflict),
    story,
    tales,
    plants,
    asked: hostile ? [] : [...askedIn({ objects, story }), ...tales, ...plants],
  };
}

/** Requests beside the day come in whole numbers: what is missing is filled with copies of what comes first. */
const filled = (stream: readonly StreamItem[], events: number): StreamItem[] => [
  ...stream,
  ...stream.slice(0, Math.max(0, events - stream.length)).map((item) => ({ ...item, isCopy: true })),
];

/** Some of what the tales ask comes twice, where nothing is to come first. */
function copiesOf(tales: readonly Tale[]): StreamItem[] {
  const free = tales.filter(({ deeds }) => deeds.every(({ when }) => typeof when === "object"));
  return free.flatMap(({ items }, nth) =>
    nth % COPIED_EVERY === 0 ? items.map((item) => ({ ...item, isCopy: true })) : [],
  );
}

const COPIED_EVERY = 5;

const conflictCount = (events: number): number => Math.max(2, Math.round(events * CONFLICT_SHARE));

const NOBODY: Pick<Day, "objects" | "stream"> = { objects: [], stream: [] };

function partialRefunds(seed: number, startAt: number, count: number): Incident[] {
  let invoices = 80_000;
  const scene = {
    random: createRandom(seed + 2),
    atSeconds: Math.floor(startAt / 1000),
    version: API_VERSION,
    nextInvoiceNumber: () => `INV-${++invoices}`,
  };
  const turn = WORDING_KINDS.indexOf("partial refund");
  return Array.from({ length: count }, () => plainRequest(scene, turn));
}
