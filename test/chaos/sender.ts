import { type parcelsOf, stripeSignature } from "../../cli/demo/deliver.ts";
import { storedIdOf } from "../../cli/demo/walk.ts";
import { pause } from "../../cli/http.ts";
import type { Receipt } from "../../shared/contracts/http.ts";
import type { StreamItem } from "../../simulators/day/index.ts";
import type { Keeper } from "./keeper.ts";
import { type Files, parcelsWith } from "./long-files.ts";
import type { Doors } from "./victims.ts";

export type Sent = {
  /** Stored ids of what was answered 202: these must come to an end. */
  answered: Set<string>;
  /** What was no garbage, and was refused for good. */
  wronglyRefused: { label: string; error: string }[];
  /** Deliveries that had to be repeated, since nobody answered. */
  repeated: number;
  /** Lines that were answered as another content of a known id. */
  conflicts: number;
  deliveries: Deliveries;
};

/** In milliseconds of this process: when an item was sent first, and when it was answered 2xx, and as what; null: never. */
export type Deliveries = Map<StreamItem, { begunAt: number; takenAt: number | null; event: string | null }>;

export type SenderOptions = {
  /** Where the stack is now; null while it is dead. */
  doors(): Doors | null;
  /** How far into the stream the sender may go, in items. */
  limit(): number;
  onSent(items: number): void;
  keeper: Keeper;
  /** What is sent as a part of a long file. */
  files: Files;
  signal: AbortSignal;
};

type Parcel = ReturnType<typeof parcelsOf>[number];

const AT_ONCE = 8;
const WAIT_MS = 40;
const ANSWER_MS = 10_000;
const ANSWER_A_LINE_MS = 20;
/** A long file may go further than the limit: it must meet a kill too. */
const LONG_LINES = 25;

/** Sends everything, in its order, some things at once; what is not answered is sent again until it is. */
export async function sendAll(stream: StreamItem[], options: SenderOptions): Promise<Sent> {
  const sent: Sent = { answered: new Set(), wronglyRefused: [], repeated: 0, conflicts: 0, deliveries: new Map() };
  const waiting = parcelsWith(options.files, stream);
  let begun = 0;
  let done = 0;
  const work = async () => {
    for (;;) {
      if (waiting.length === 0 || options.signal.aborted) return;
      const place = nextPlace(waiting, options.keeper);
      const next = waiting[place];
      const waits = next === undefined || begun + Math.min(next.items.length, LONG_LINES) > options.limit();
      if (next === undefined || (waits && !options.keeper.isUrgent(next.items))) {
        await pause(WAIT_MS, options.signal);
        continue;
      }
      waiting.splice(place, 1);
      begun += next.items.length;
      for (const item of next.items)
        sent.deliveries.set(item, { begunAt: performance.now(), takenAt: null, event: null });
      await untilAnswered(next, sent, options);
      options.keeper.note(next.items, (item) => sent.deliveries.get(item)?.event ?? null);
      done += next.items.length;
      options.onSent(done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return sent;
}

/** What was kept back and is released goes first; -1 when all that is left is kept back. */
function nextPlace(waiting: readonly Parcel[], keeper: Keeper): number {
  const released = waiting.findIndex(({ items }) => keeper.isUrgent(items));
  return released === -1 ? waiting.findIndex(({ items }) => !keeper.keeps(items)) : released;
}

async function untilAnswered(parcel: Parcel, sent: Sent, { doors, signal }: SenderOptions): Promise<void> {
  let left: Parcel | null = parcel;
  while (left !== null && !signal.aborted) {
    const at = doors();
    const receipt: Taken | null = at === null ? null : await sendOnce(left, at);
    if (receipt === null) {
      if (at !== null) sent.repeated += 1;
      await pause(WAIT_MS, signal);
    } else left = book(left, receipt, sent);
  }
}

type Taken = Receipt & { id?: string };

/** Null: nobody answered, or what answered wants it again. */
async function sendOnce({ path, items }: Parcel, { ingestUrl, keys }: Doors): Promise<Taken | null> {
  const body = items.map((item) => item.body).join("\n");
  const signature = { "stripe-signature": stripeSignature(body, keys.STRIPE_WEBHOOK_SECRET) };
  const bearer = { authorization: `Bearer ${keys.INGEST_KEY}` };
  const type = path === "/v1/events" ? "application/x-ndjson" : "application/json";
  try {
    const response = await fetch(`${ingestUrl}${path}`, {
      method: "POST",
      headers: { "content-type": type, ...(path === "/webhooks/stripe" ? signature : bearer) },
      body,
      signal: AbortSignal.timeout(ANSWER_MS + items.length * ANSWER_A_LINE_MS),
    });
    const text = await response.text();
    if (response.status === 202) return JSON.parse(text) as Taken;
    // 408: what did not come in time is sent again, as its answer says.
    if (response.status < 500 && ![408, 429].includes(response.status)) {
      throw new Refused(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
    }
    return null;
  } catch (error) {
    if (!(error instanceof Refused)) return null;
    const lines = items.map((_, index) => ({ line: index + 1, error: error.message }));
    return { accepted: 0, duplicates: 0, conflicts: 0, rejected: { count: items.length, lines } };
  }
}

class Refused extends Error {}

/** Notes what was taken; answers what is to be sent again. */
function book({ path, items }: Parcel, { id, rejected, conflicts }: Taken, sent: Sent): Parcel | null {
  const rejections = new Map(rejected.lines.map((one) => [one.line, one]));
  sent.conflicts += conflicts;
  const again: StreamItem[] = [];
  for (const [index, item] of items.entries()) {
    const rejection = rejections.get(index + 1);
    if (rejection?.retryable === true) again.push(item);
    else if (rejection === undefined) {
      const stored = id ?? storedIdOf(item);
      const delivery = sent.deliveries.get(item);
      if (delivery !== undefined) Object.assign(delivery, { takenAt: performance.now(), event: stored ?? null });
      if (stored !== undefined) sent.answered.add(stored);
    } else if (!item.isGarbage) sent.wronglyRefused.push({ label: item.label, error: rejection.error });
  }
  return again.length === 0 ? null : { path, items: again };
}
