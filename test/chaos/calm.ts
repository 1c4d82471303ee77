import { pause } from "../../cli/http.ts";
import { lettersIn, redriveAll, totalsNow, waitingIn } from "./ask.ts";
import { jumpsBy } from "./inside/clock.ts";
import type { ClockPlan } from "./inside/settings.ts";
import { SKEW_MAX_MS } from "./kills.ts";
import type { Outside } from "./outside.ts";
import type { Runtime } from "./runtime.ts";
import type { Doors } from "./victims.ts";
import type { Watchman } from "./watchman.ts";

const MINUTE_MS = 60_000;
const JUMP_MS = 30 * MINUTE_MS;
const EVERY_MS = 1_000;
/** Far more than it takes where the machine has nothing else to do: the bound ends a run that would never become quiet. */
const JUMPS_MAX = 600;
const HOLD_MS = 2_000;
const LOOK_MS = 250;
const REDRIVES = 3;

type RunningAhead = ClockPlan & { kind: "running_ahead" };

export type CalmOptions = {
  signal: AbortSignal;
  onLook(waiting: number, ahead: string): void;
  say(line: string): void;
  /** Called once when all is quiet; what it has sent is waited for. */
  ask(doors: Doors): Promise<void>;
  /**
   * Called once at the end, when all is quiet again. `lose`: the database that people work with is gone, and the stack is up
   * again. `now`: of the Workers' clocks, which go on.
   */
  empty(doors: Doors, lose: () => Promise<Doors>, now: () => number): Promise<void>;
  watchman: Watchman;
};

/**
 * Nothing fails any more and the clocks go on, half an hour every second, the provider's with them: leases end,
 * stored errors age, what was put off comes due. Ends when all is quiet, the dead letters were redriven and the last
 * questions asked, or the time for it ran out. Answers whether it became quiet.
 */
export async function calm(runtime: Runtime, outside: Outside, options: CalmOptions): Promise<boolean> {
  const clock = {
    kind: "running_ahead",
    baseMs: SKEW_MAX_MS,
    fromMs: Date.now() + HOLD_MS,
    everyMs: EVERY_MS,
    jumpMs: JUMP_MS,
    jumpsMax: JUMPS_MAX,
  } as const satisfies ClockPlan;
  // Begun before the Workers are up: their clocks go on while they start.
  const timer = setInterval(
    () => void outside.aheadBy(aheadOf(clock, Date.now() + EARLY_MS)).catch(() => undefined),
    TICK_MS,
  );
  try {
    const doors = await runtime.start(clock, false);
    if (!(await untilAllIsQuiet(doors, clock, outside, options)) || options.signal.aborted) return false;
    const lose = async (): Promise<Doors> => {
      await runtime.stop();
      runtime.loseRecords();
      return await runtime.start(clock, false);
    };
    await options.empty(doors, lose, () => Date.now() + aheadOf(clock, Date.now()));
    const again = runtime.doors();
    return again !== null && (await untilQuiet(again, clock, clock.fromMs + JUMPS_MAX * EVERY_MS, outside, options));
  } finally {
    clearInterval(timer);
  }
}

/** The provider's clock goes with ours, a little early: nobody's provider is half an hour behind. */
const TICK_MS = 25;
const EARLY_MS = 150;

const aheadOf = (clock: RunningAhead, atMs: number): number => clock.baseMs + jumpsBy(clock, atMs) * clock.jumpMs;

async function untilAllIsQuiet(
  doors: Doors,
  clock: RunningAhead,
  outside: Outside,
  options: CalmOptions,
): Promise<boolean> {
  const untilMs = clock.fromMs + JUMPS_MAX * EVERY_MS;
  let isQuiet = await untilQuiet(doors, clock, untilMs, outside, options);
  for (let round = 0; round < REDRIVES && isQuiet && !options.signal.aborted; round++) {
    const letters = (await lettersIn(doors)).filter(({ state, rowKind }) => state === "dead" && rowKind !== "message");
    if (letters.length === 0) break;
    options.say(`${letters.length} dead letters redriven`);
    await outside.acceptKey();
    await redriveAll(
      doors,
      letters.map(({ id }) => id),
    );
    isQuiet = await untilQuiet(doors, clock, untilMs, outside, options);
  }
  if (!isQuiet || options.signal.aborted) return isQuiet;
  await options.ask(doors);
  return await untilQuiet(doors, clock, untilMs, outside, options);
}

/** Nothing waits and no event of the provider is on its way, at two looks. */
async function untilQuiet(
  doors: Doors,
  clock: RunningAhead,
  untilMs: number,
  outside: Outside,
  { signal, onLook, watchman }: CalmOptions,
): Promise<boolean> {
  let before: string | null = null;
  while (!signal.aborted && Date.now() < untilMs) {
    const aheadMs = aheadOf(clock, Date.now());
    await outside.aheadBy(aheadMs);
    await outside.collectRequests();
    await watchman.look(doors, Date.now(), signal);
    const totals = await totalsNow(doors);
    const pending = await outside.pendingWebhooks();
    if (totals !== null) {
      const waiting = waitingIn(totals) + pending;
      onLook(waiting, `${(aheadMs / 3_600_000).toFixed(1)} h ahead`);
      const seen = waiting === 0 ? String(totals.accepted) : null;
      if (seen !== null && seen === before) return true;
      before = seen;
    }
    await pause(LOOK_MS, signal);
  }
  return false;
}
