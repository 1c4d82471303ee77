import type { EnvelopeUse } from "../../shared/contracts/gate.ts";
import type { StreamItem } from "../../simulators/day/index.ts";
import { storedIdOf } from "../demo/walk.ts";
import { UserError } from "../errors.ts";
import { pause } from "../http.ts";
import { settledIn, totalsNow } from "./ask.ts";
import type { ClockPlan } from "./inside/settings.ts";
import { type Kill, planKills } from "./plan.ts";
import type { Runtime } from "./runtime.ts";
import { type Sent, sendAll } from "./sender.ts";

export const SKEW_MAX_MS = 240_000;
const JUMPING: ClockPlan = { kind: "jumping", maxSkewMs: SKEW_MAX_MS, everyMs: 8_000 };
const STEADY: ClockPlan = { ...JUMPING, maxSkewMs: 0 };

export type StormOptions = {
  stream: StreamItem[];
  seed: number;
  kills: number;
  disturbs: boolean;
  signal: AbortSignal;
  say(line: string): void;
  onProgress(sent: number, settled: number, kills: number): void;
};

export type Stormed = {
  sent: Sent;
  kills: number;
  /** The fullest envelopes as the gate told them last: later its hours have passed. */
  envelopes: EnvelopeUse[];
};

const LOOK_MS = 50;
/** When what is left cannot settle before the clock goes on, a kill need not wait for it any longer. */
const STALL_MS = 4_000;
const TAIL_MS = 1_500;
const SILENCE_MS = 60_000;

/** Sends the stream while the runtime dies and comes back. Ends when all is sent, every kill was made, and little moves. */
export async function storm(runtime: Runtime, options: StormOptions): Promise<Stormed> {
  const { stream, signal } = options;
  const expected = expectedIn(stream);
  const kills = planKills(options.seed, options.kills, expected);
  const start = () => runtime.start(options.disturbs ? JUMPING : STEADY, options.disturbs);
  await start();
  const watch = createWatch(runtime);
  let killed = 0;
  let sentCount = 0;
  let isSent = false;
  const sending = sendAll(stream, {
    doors: runtime.doors,
    limit: () => limitOf(kills[killed], expected, stream.length),
    onSent: (count) => {
      sentCount = count;
    },
    signal,
  }).finally(() => {
    isSent = true;
  });
  // An exception of it is met below, at the end.
  sending.catch(() => undefined);
  while (!signal.aborted) {
    await watch.look();
    options.onProgress(sentCount, watch.settled(), killed);
    const kill = kills[killed];
    if (kill === undefined && isSent && watch.isStill(TAIL_MS)) break;
    if (kill !== undefined && (watch.settled() >= kill.atSettled || watch.isStill(STALL_MS))) {
      await pause(kill.afterMs, signal);
      await runtime.kill(kill.who);
      killed += 1;
      const stalled = watch.settled() < kill.atSettled ? ", where nothing moved" : "";
      options.say(`kill ${killed} of ${kills.length} (${kill.who}) at ${watch.settled()} settled${stalled}`);
      await start();
      watch.begin();
    }
    await pause(LOOK_MS, signal);
  }
  return { sent: await sending, kills: killed, envelopes: watch.envelopes() };
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
