import { parcelsOf } from "../../cli/demo/deliver.ts";
import { line, type StreamItem } from "../../simulators/day/day.ts";
import { createRandom, type Random } from "../../simulators/day/random.ts";
import { unit } from "./dice.ts";

/**
 * Long files: lines that ask for nothing, as most of an export does, and among them half of the lines that are sent anyhow.
 * One file needs many writes to every shard, and is sent again as a whole when its answer is lost.
 */
const FILES = ["one", "two"] as const;
/** Of the whole stream. */
const LINES_SHARE = 0.1;
const FROM_ITEMS = 400;
const MEMBER_SHARE = 0.5;
/** Exports repeat lines. */
const COPIED_EVERY = 6;
const FILLER = "a line of a long file";

/** By its item, the file of which a line is a part. */
export type Files = ReadonlyMap<StreamItem, string>;
type Parcel = ReturnType<typeof parcelsOf>[number];

export function linesOfFiles(seed: number, startAt: number, events: number): StreamItem[] {
  if (events < FROM_ITEMS) return [];
  const random = createRandom(seed + 11);
  const lines: StreamItem[] = [];
  while (lines.length < Math.floor(events * LINES_SHARE)) {
    const before = lines.at(-1);
    const isCopy = before !== undefined && lines.length % COPIED_EVERY === 0;
    lines.push(isCopy ? { ...before, isCopy } : line(FILLER, lineOf(random, startAt + lines.length * 1_000)));
  }
  return lines;
}

const lineOf = (random: Random, atMs: number): string =>
  JSON.stringify({
    id: random.id("row", 14),
    type: "payment.noted",
    occurredAt: new Date(atMs).toISOString(),
    mode: "test",
    payment: random.id("pi", 14),
  });

/** `alone`: what has an order or is kept back; no file has it. */
export function filesIn(seed: number, stream: readonly StreamItem[], alone: ReadonlySet<StreamItem>): Files {
  if (!stream.some(({ label }) => label === FILLER)) return new Map();
  return new Map(
    stream.flatMap((item, nth) => {
      const isMember =
        item.label === FILLER ||
        (item.door === "events" && !alone.has(item) && unit(seed, "in a file", nth) < MEMBER_SHARE);
      return isMember ? [[item, FILES[nth % FILES.length] ?? FILES[0]] as const] : [];
    }),
  );
}

/** As `parcelsOf`, with each file at the place of its first line. */
export function parcelsWith(files: Files, stream: readonly StreamItem[]): Parcel[] {
  const members = Map.groupBy(files.keys(), (item) => files.get(item) ?? "");
  const parcels = parcelsOf(stream.filter((item) => !files.has(item)));
  for (const items of members.values()) {
    const place = Math.floor((stream.indexOf(items[0] as StreamItem) / stream.length) * parcels.length);
    parcels.splice(place, 0, { path: "/v1/events", items });
  }
  return parcels;
}
