import type { EnvelopeUse } from "../../shared/contracts/gate.ts";
import type { StreamItem } from "../../simulators/day/index.ts";
import { storedIdOf } from "../demo/walk.ts";
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
const STALL_MS = 6_000;

/** Sends the stream while the runtime dies and comes back. Ends when all is sent, every kill was made, and little moves. */
export async function storm(runtime: Runtime, options: StormOptions): Promise<Stormed> {
  const { stream, signal } = options;
  const expected = expectedIn(stream);
  const kills = planKills(options.seed, options.kills, expected);
  const state = { sent: 0, settled: 0, movedAt: Date.now(), killed: 0, envelopes: [] as EnvelopeUse[] };
  const look = async () => {
    const doors = runtime.doors();
    const totals = doors === null ? null : await totalsNow(doors);
    if (totals === null) return;
    state.envelopes = totals.envelopes;
    if (settledIn(totals) === state.settled) return;
    state.settled = settledIn(totals);
    state.movedAt = Date.now();
  };
  const stalled = (forMs: number) => Date.now() - state.movedAt > forMs;
  const start = () => runtime.start(options.disturbs ? JUMPING : STEADY, options.disturbs);
  await start();
  const sending = sendAll(stream, {
    doors: runtime.doors,
    limit: () => limitOf(kills[state.killed], expected, stream.length),
    onSent: (count) => {
      state.sent = count;
    },
    signal,
  });
  let isSent = false;
  const sentAll = () => {
    isSent = true;
  };
  void sending.then(sentAll, sentAll);
  while (!signal.aborted) {
    await look();
    options.onProgress(state.sent, state.settled, state.killed);
    const kill = kills[state.killed];
    if (kill === undefined && isSent && stalled(2_000)) break;
    if (kill !== undefined && (state.settled >= kill.atSettled || stalled(STALL_MS))) {
      if (state.settled < kill.atSettled) options.say(`nothing moves at ${state.settled} settled: killed there`);
      await pause(kill.afterMs, signal);
      await runtime.kill(kill.who);
      state.killed += 1;
      options.say(`kill ${state.killed} of ${kills.length} (${kill.who}) at ${state.settled} settled`);
      await start();
      state.movedAt = Date.now();
    }
    await pause(LOOK_MS, signal);
  }
  return { sent: await sending, kills: state.killed, envelopes: state.envelopes };
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
