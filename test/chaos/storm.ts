import { storedIdOf } from "../../cli/demo/walk.ts";
import { UserError } from "../../cli/errors.ts";
import { pause } from "../../cli/http.ts";
import type { EnvelopeUse } from "../../shared/contracts/gate.ts";
import type { StreamItem } from "../../simulators/day/index.ts";
import { settledIn, totalsNow } from "./ask.ts";
import { type BankFailure, createBank, type PlannedFailure } from "./bank.ts";
import type { Conflict } from "./conflicts.ts";
import type { Counter } from "./counter.ts";
import type { Crew } from "./crew/index.ts";
import { createDashboard, type HandRefund, type TimedRefund } from "./dashboard.ts";
import { carryOutHolds, type PlannedHold, type ToldHold } from "./holds.ts";
import { createKeeper } from "./keeper.ts";
import { createPatience, killAndStart, lastGust, type Restarted, start } from "./kills.ts";
import { type Files, filesIn } from "./long-files.ts";
import type { Outside } from "./outside.ts";
import { createPeople, keptBack } from "./people.ts";
import { type Kill, type Outage, planKills, planOutages } from "./plan.ts";
import { createInsider, type Planted } from "./planted.ts";
import { createRestorer, type KnownRecords } from "./restorer.ts";
import type { Runtime } from "./runtime.ts";
import { type Sent, sendAll } from "./sender.ts";
import type { DoneDeed, Tale } from "./tales/index.ts";
import { type PlantTale, waitingForPlants } from "./tales/planted.ts";

export type StormOptions = {
  stream: StreamItem[];
  seed: number;
  kills: number;
  disturbs: boolean;
  /** What people do meanwhile. */
  holds: PlannedHold[];
  refunds: TimedRefund[];
  /** What the bank does to refunds of ours. */
  bankFailures: PlannedFailure[];
  conflicts: Conflict[];
  tales: Tale[];
  plants: PlantTale[];
  /** Who decides about cases. */
  crew: Pick<Crew, "at" | "isIdle" | "isReady" | "isOver" | "provoke" | "release">;
  /** What happened beside disturbed calls. */
  counter: Counter;
  signal: AbortSignal;
  say(line: string): void;
  onProgress(sent: number, settled: number, kills: number): void;
};

export type Stormed = {
  sent: Sent;
  kills: number;
  holds: ToldHold[];
  handRefunds: HandRefund[];
  bankFailures: BankFailure[];
  /** What people did beside refunds. */
  deeds: DoneDeed[];
  planted: Planted[];
  /** The fullest envelopes as the gate told them last: later its hours have passed. */
  envelopes: EnvelopeUse[];
  /** What was in the database before it was lost: all of it must be there again. */
  lostRecords: KnownRecords;
};

const LOOK_MS = 50;
/** When what is left cannot settle before the clock goes on, a kill need not wait for it any longer. */
const STALL_MS = 4_000;
const TAIL_MS = 1_500;
/** Of the last gust: some rings take longer than others, and in a long stream something moves for minutes. */
const LAST_TAIL_MS = 4_000;
const LAST_MAX_MS = 45_000;
const SILENCE_MS = 60_000;
type World = Restarted & { outside: Outside };

/**
 * Sends the stream while the runtime and the stand-ins die and come back, keys turn and people act. Ends when all is sent,
 * everything was done, and little moves.
 */
export async function storm(world: World, options: StormOptions): Promise<Stormed> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  try {
    return await blow(world, { ...options, signal }, () => stopping.abort());
  } finally {
    stopping.abort();
  }
}

/** `stop`: something beside it has failed. */
async function blow(world: World, options: StormOptions, stop: () => void): Promise<Stormed> {
  const { runtime, outside } = world;
  const { stream, seed, counter, signal } = options;
  const { doors } = runtime;
  const expected = expectedIn(stream);
  const kills = planKills(seed, options.kills, expected);
  const outages = planOutages(seed, options.kills, stream.length);
  await start(world, options);
  const watch = createWatch(runtime);
  const collecting = everySoOften(() => outside.collectRequests());
  const dashboard = createDashboard(options.refunds, outside);
  const bank = createBank(options.bankFailures, outside);
  const keeper = createKeeper(
    [...options.holds.flatMap(({ asks }) => asks), ...keptBack(options.tales), ...waitingForPlants(options.plants)],
    options.conflicts.map(({ items }) => items),
  );
  const atPlant = (nth: number) => stream.length * (0.1 + (0.6 * nth) / options.plants.length);
  const insider = createInsider(options.plants, donorsIn(options), atPlant, { doors, keeper });
  const people = createPeople(options.tales, placesIn(stream), outside, keeper);
  const restorer = createRestorer({ doors, signal });
  let killed = 0;
  let lastUntilMs = Number.POSITIVE_INFINITY;
  const isLast = () => Number.isFinite(lastUntilMs);
  const patience = createPatience(options.crew, restorer);
  let sentCount = 0;
  const sent = () => sentCount;
  const onSent = (count: number) => {
    sentCount = count;
  };
  const limit = () => limitOf(kills[killed], expected, stream.length);
  const sending = beside(sendAll(stream, { doors, limit, onSent, keeper, files: filesOf(options), signal }), stop);
  const holding = beside(carryOutHolds(options.holds, { doors, sent, keeper, dashboard, signal }), stop);
  while (!signal.aborted) {
    await watch.look();
    options.onProgress(sentCount, watch.settled(), killed);
    options.crew.at(sentCount);
    await dashboard.look(sentCount);
    await bank.look(Date.now());
    await people.look(sentCount, Date.now());
    await insider.look(sentCount, Date.now());
    await collecting.look();
    await restorer.look();
    await makeOutages(outages, sentCount, world, counter);
    const kill = kills[killed];
    if (kill === undefined) options.crew.release();
    const isIdle =
      bank.isIdle() && people.isIdle() && insider.isIdle() && options.crew.isIdle() && outages.length === 0;
    const isOver = sending.isOver() && holding.isOver() && isIdle;
    const isTimeUp = Date.now() > lastUntilMs;
    if (kill === undefined && isOver && (isTimeUp || watch.isStill(isLast() ? LAST_TAIL_MS : TAIL_MS))) {
      if (isLast() || !(bank.isWaiting() || insider.isWaiting())) break;
      await lastGust(world, options);
      lastUntilMs = Date.now() + LAST_MAX_MS;
      watch.begin();
    }
    const isDue = kill !== undefined && (watch.settled() >= kill.atSettled || watch.isStill(STALL_MS));
    if (isDue && !patience.waits(kill)) {
      killed += 1;
      const stalled = watch.settled() < kill.atSettled ? ", where nothing moved" : "";
      options.say(`kill ${killed} of ${kills.length} (${kill.who}) at ${watch.settled()} settled${stalled}`);
      await killAndStart(kill, world, options, restorer);
      watch.begin();
    }
    await pause(LOOK_MS, signal);
  }
  const [done, holds] = await Promise.all([sending.result, holding.result]);
  await restorer.finish();
  counter.count("refund_by_hand_refused", dashboard.refused());
  counter.count("deed_refused", people.refused());
  const { refunds, others } = people.done();
  const handRefunds = [...dashboard.made(), ...refunds];
  counter.count("plant_missed", insider.missed());
  const by = { handRefunds, bankFailures: bank.made(), deeds: others, planted: insider.planted() };
  const stormed = {
    sent: done,
    kills: killed,
    holds,
    ...by,
    envelopes: watch.envelopes(),
    lostRecords: restorer.known(),
  };
  tally(stormed, counter);
  return stormed;
}

function tally({ sent, handRefunds, bankFailures, holds, deeds, planted }: Stormed, counter: Counter): void {
  for (const { how } of planted) counter.count(`planted_${how}`);
  for (const { what } of deeds) counter.count(`deed_${what}`);
  counter.count("event_conflicting", sent.conflicts);
  counter.count("refund_by_hand", handRefunds.length);
  counter.count("refund_failed_later", bankFailures.length);
  for (const { scope } of holds) counter.count(`hold_${scope.split(":")[0]}`);
}

async function makeOutages(outages: Outage[], sent: number, { outside }: World, counter: Counter): Promise<void> {
  for (let next = outages[0]; next !== undefined && sent >= next.atItem; next = outages[0]) {
    outages.shift();
    await outside.restart(next.who);
    counter.count(`killed_${next.who}`);
  }
}

/** Requests whose refund is made, unless something stops it: their grants can be copied. */
const donorsIn = ({ tales, plants }: StormOptions): StreamItem[] =>
  [...tales, ...plants].filter(({ isHonest, move }) => isHonest && move === "refund").flatMap(({ items }) => items);

/** What people keep back, or what has an order, is in no file: the whole file would wait for it. */
function filesOf({ seed, stream, holds, conflicts, tales, plants }: StormOptions): Files {
  const alone = [
    ...holds.flatMap(({ asks }) => asks),
    ...conflicts.flatMap(({ items }) => items),
    ...[...tales, ...plants].flatMap(({ items }) => items),
  ];
  return filesIn(seed, stream, new Set(alone));
}

/** Where each tale begins in the stream. */
function placesIn(stream: readonly StreamItem[]): (tale: Tale) => number {
  const places = new Map(stream.map((item, at) => [item, at]));
  return ({ items }) => Math.min(...items.map((item) => places.get(item) ?? 0));
}

const COLLECT_MS = 2_000;

function everySoOften(act: () => Promise<void>) {
  let lastMs = 0;
  return {
    async look(): Promise<void> {
      if (Date.now() - lastMs < COLLECT_MS) return;
      lastMs = Date.now();
      await act();
    },
  };
}

/** Something that goes on beside the storm. An exception of it ends the storm, and is met where its result is awaited. */
function beside<T>(result: Promise<T>, stop: () => void): { result: Promise<T>; isOver(): boolean } {
  let over = false;
  const end = () => {
    over = true;
  };
  result.then(end, stop);
  return { result, isOver: () => over };
}

/** How much has settled, since when nothing has moved, and whether anybody answers at all. */
function createWatch(runtime: Runtime) {
  let settled = 0;
  let movedAt = Date.now();
  let heardAt = Date.now();
  let envelopes: EnvelopeUse[] = [];
  return {
    async look(): Promise<void> {
      const doors = runtime.doors();
      const totals = doors === null ? null : await totalsNow(doors);
      if (totals === null) return requireHeard(heardAt);
      heardAt = Date.now();
      envelopes = totals.envelopes;
      if (settledIn(totals) === settled) return;
      settled = settledIn(totals);
      movedAt = Date.now();
    },
    begin(): void {
      movedAt = heardAt = Date.now();
    },
    settled: () => settled,
    envelopes: () => envelopes,
    isStill: (forMs: number) => Date.now() - movedAt > forMs,
  };
}

/** A stack that ends by itself would be waited for without end. */
function requireHeard(heardAt: number): void {
  if (Date.now() - heardAt > SILENCE_MS)
    throw new UserError("the stack has not answered for a minute; DEBUG=1 shows its log");
}

/** How many different events the stream has: copies are recognised, garbage is refused. */
function expectedIn(stream: readonly StreamItem[]): number {
  return new Set(stream.filter(({ isGarbage }) => !isGarbage).map((item) => storedIdOf(item) ?? item.body)).size;
}

/** The sender is a little ahead of the next kill, so that every kill meets a stream that goes on. */
function limitOf(kill: Kill | undefined, expected: number, items: number): number {
  if (kill === undefined) return Number.POSITIVE_INFINITY;
  const ahead = Math.max(60, expected * 0.08);
  return Math.ceil(((kill.atSettled + ahead) / expected) * items);
}
