import type { AnyResource } from "../stripe/resources.ts";
import { API_VERSION, type Incident, type Scene, type Script, type StreamItem } from "./day.ts";
import { garbage } from "./garbage.ts";
import {
  declineThatStripeRetries,
  failedOneOff,
  fraudWarning,
  hardDecline,
  heldAuthorisation,
  invoice1042,
  openedDispute,
  paidRenewal,
  quiet,
  softDecline,
} from "./incidents.ts";
import { createRandom, type Random } from "./random.ts";
import { plainRequest } from "./requests.ts";
import { type PlannedChange, sold, subscription1042, subscriptionRequests } from "./subscriptions.ts";

export type { Script, StreamItem } from "./day.ts";
export { SEED_REQUEST } from "./incidents.ts";
export { NOTED_AS, type PlannedChange } from "./subscriptions.ts";

export type DayOptions = {
  /** How many items the stream has, copies and garbage included, and requests to change subscriptions not. */
  events: number;
  seed: number;
  /** When the day begins, in milliseconds since 1970. */
  startAt: number;
  /** The API version that webhooks are written in; by default the one that the SDK pins. */
  webhookVersion?: string;
  /** Adds requests to change subscriptions, one to every 25 items, after and beside all that the day has without them. */
  subscriptions?: boolean;
};

export type Day = {
  /** The provider's objects at the beginning of the stream. */
  objects: AnyResource[];
  scripts: Script[];
  stream: StreamItem[];
  story: { kind: string; name: string; events: number }[];
  /** What is asked to change in subscriptions, in the order of the stream; empty unless that was asked for. */
  changes: PlannedChange[];
};

const SUBSCRIPTION_SHARE = 0.04;
const COPY_SHARE = 0.12;
const GARBAGE_SHARE = 0.02;
const DAY_SECONDS = 86_400;
/** How late a report may come: enough to mix the reports of one fact with other events. */
const DELAY_SECONDS = 2 * 3600;
/** The share of Stripe's events that come as lines of an export instead of webhooks. */
const EXPORT_SHARE = 0.2;

/** One believable day at a subscription business. Pure: the same options make the same day. */
export function generateDay(options: DayOptions): Day {
  const day = paymentsOfDay(options);
  if (options.subscriptions !== true) return { ...day, changes: [] };
  const incidents = subscriptionIncidents(options);
  return {
    objects: [
      ...day.objects,
      ...(incidents.length === 0 ? [] : sold(Math.floor(options.startAt / 1000))),
      ...incidents.flatMap(({ objects }) => objects),
    ],
    scripts: day.scripts,
    stream: [...day.stream, ...incidents.flatMap(({ items }) => items)],
    story: [...day.story, ...incidents.map(({ kind, name, items }) => ({ kind, name, events: items.length }))],
    changes: incidents.flatMap(({ changes }) => changes),
  };
}

/** Their own chance, so that everything else of the day is what it is without them. */
function subscriptionIncidents({ events, seed, startAt, webhookVersion = API_VERSION }: DayOptions) {
  const scenes = sceneMaker(createRandom(seed + 40_000), Math.floor(startAt / 1000), webhookVersion);
  return subscriptionRequests(scenes, Math.ceil(events * SUBSCRIPTION_SHARE));
}

function paymentsOfDay({ events, seed, startAt, webhookVersion = API_VERSION }: DayOptions): Omit<Day, "changes"> {
  const random = createRandom(seed);
  const scenes = sceneMaker(random, Math.floor(startAt / 1000), webhookVersion);
  const garbageCount = events < 20 ? 0 : Math.max(1, Math.round(events * GARBAGE_SHARE));
  const copies = events < 10 ? 0 : Math.ceil(events * COPY_SHARE);
  const incidents = makeIncidents(scenes, events - garbageCount - copies);
  const reports = incidents.flatMap(({ incident, atSeconds }) =>
    incident.items.map((item) => ({
      item: exported(item, random),
      dueSeconds: atSeconds + random.int(0, DELAY_SECONDS),
    })),
  );
  const repeated = pickCopies(random, reports, copies);
  const noise = Array.from({ length: garbageCount }, (_, turn) => {
    const scene = scenes();
    return { item: garbage(scene, turn), dueSeconds: scene.atSeconds };
  });
  const stream = [...reports, ...repeated, ...noise]
    .sort((a, b) => a.dueSeconds - b.dueSeconds)
    .map(({ item }) => item);
  return {
    objects: incidents.flatMap(({ incident }) => incident.objects),
    scripts: incidents.flatMap(({ incident }) => incident.scripts),
    stream,
    story: incidents.map(({ incident: { kind, name, items } }) => ({ kind, name, events: items.length })),
  };
}

/** The objects of the README's examples alone, for a stack that is only started. */
export function sampleObjects(startAt: number): AnyResource[] {
  const startSeconds = Math.floor(startAt / 1000);
  const scenes = sceneMaker(createRandom(1042), startSeconds, API_VERSION);
  return [...invoice1042(scenes()).objects, ...sold(startSeconds), ...subscription1042(scenes())];
}

function sceneMaker(random: Random, startSeconds: number, version: string): () => Scene {
  let invoices = 2000;
  return () => ({
    random,
    atSeconds: startSeconds + random.int(0, DAY_SECONDS - DELAY_SECONDS),
    version,
    nextInvoiceNumber: () => `INV-${++invoices}`,
  });
}

type Timed = { incident: Incident; atSeconds: number };

/** How often each thing happens among a hundred. */
const MIXTURE: [weight: number, make: (scene: Scene, turn: number) => Incident][] = [
  [34, paidRenewal],
  [12, quiet],
  [14, softDecline],
  [5, declineThatStripeRetries],
  [6, hardDecline],
  [6, failedOneOff],
  [3, openedDispute],
  [2, fraudWarning],
  [6, heldAuthorisation],
  [12, plainRequest],
];

/** As many complete incidents as fit into `budget` events, then single events. */
function makeIncidents(scenes: () => Scene, budget: number): Timed[] {
  const made: Timed[] = [];
  let left = budget;
  const add = (make: (scene: Scene) => Incident) => {
    const scene = scenes();
    const incident = make(scene);
    if (incident.items.length > left) return;
    made.push({ incident, atSeconds: scene.atSeconds });
    left -= incident.items.length;
  };
  if (budget >= 15) add(invoice1042);
  let requests = 0;
  while (left > 4) {
    const make = drawIncident(scenes().random);
    add((scene) => make(scene, make === plainRequest ? requests++ : 0));
  }
  while (left > 0) add(quiet);
  return made;
}

function drawIncident(random: Random): (scene: Scene, turn: number) => Incident {
  let draw = random.int(
    1,
    MIXTURE.reduce((sum, [weight]) => sum + weight, 0),
  );
  for (const [weight, make] of MIXTURE) {
    draw -= weight;
    if (draw <= 0) return make;
  }
  return paidRenewal;
}

/** A line of an export is the same event as the webhook's. */
function exported(item: StreamItem, random: Random): StreamItem {
  return item.door === "stripe" && random.chance(EXPORT_SHARE) ? { ...item, door: "events" } : item;
}

type Due = { item: StreamItem; dueSeconds: number };

/** The same bytes again, later; some through the other endpoint. */
function pickCopies(random: Random, reports: Due[], count: number): Due[] {
  const shuffled = random.shuffle(reports);
  return Array.from({ length: reports.length === 0 ? 0 : count }, (_, i) => {
    const { item, dueSeconds } = shuffled[i % shuffled.length] as Due;
    const copy = exported({ ...item, isCopy: true }, random);
    return { item: copy, dueSeconds: dueSeconds + random.int(1, DELAY_SECONDS) };
  });
}
