import { pause } from "../../cli/http.ts";
import type { QueueName } from "../../shared/contracts/queues.ts";
import type { Counter } from "./counter.ts";
import type { Crew } from "./crew/index.ts";
import { type Moment, TOLD_AS } from "./inside/between.ts";
import type { ClockPlan } from "./inside/settings.ts";
import type { Kill } from "./plan.ts";
import type { Restorer } from "./restorer.ts";
import type { KeyRing } from "./rotation.ts";
import type { Runtime } from "./runtime.ts";

export const SKEW_MAX_MS = 240_000;
const JUMPING: ClockPlan = { kind: "jumping", maxSkewMs: SKEW_MAX_MS, everyMs: 8_000 };
/** As far ahead as clocks ever were: whatever was put off by another clock is due. */
const AHEAD: ClockPlan = { kind: "running_ahead", baseMs: SKEW_MAX_MS, fromMs: 0, everyMs: 1, jumpMs: 0, jumpsMax: 0 };
const STEADY: ClockPlan = { ...JUMPING, maxSkewMs: 0 };

/** For something to be half-done; and for somebody who is to do it to have come so far. */
const BETWEEN_WAIT_MS: Record<Moment, number> = { fact: 5_000, yes: 8_000, approval: 12_000, shards: 12_000 };
const READY_WAIT_MS = 15_000;

export type Restarted = { runtime: Runtime; ring: KeyRing };
export type Killing = {
  disturbs: boolean;
  crew: Pick<Crew, "isReady" | "isOver" | "provoke">;
  counter: Counter;
  signal: AbortSignal;
};

const clockOf = ({ disturbs }: Pick<Killing, "disturbs">): ClockPlan => (disturbs ? JUMPING : STEADY);
export const start = (
  { runtime }: Pick<Restarted, "runtime">,
  options: Pick<Killing, "disturbs">,
  away: QueueName | null = null,
) => runtime.start(clockOf(options), options.disturbs, away);

/** A kill that is to fall behind somebody's yes waits a while, until somebody is about to say it, and can. */
export function createPatience(crew: Killing["crew"], restorer: Pick<Restorer, "isAway">) {
  const dueAt = new Map<Kill, number>();
  return {
    waits(kill: Kill): boolean {
      const { between } = kill;
      if (between === null || between === "fact") return false;
      if (crew.isReady(between) && !restorer.isAway()) return false;
      const since = dueAt.get(kill) ?? Date.now();
      dueAt.set(kill, since);
      return Date.now() - since < READY_WAIT_MS && !crew.isOver();
    },
  };
}

/** The keys turn while nobody is up. */
export async function killAndStart(kill: Kill, world: Restarted, options: Killing, restorer: Restorer): Promise<void> {
  const { runtime, ring } = world;
  const { disturbs, counter, crew, signal } = options;
  const { boot, afterMs, away, losesRecords } = kill;
  if (losesRecords) await restorer.remember();
  const { between: moment } = kill;
  const wasReady = moment === "fact" || (moment !== null && crew.isReady(moment));
  const provoke = () => moment !== null && crew.provoke(moment);
  const isBetween = moment !== null && (await runtime.untilBetween(moment, BETWEEN_WAIT_MS[moment], signal, provoke));
  if (isBetween) counter.count(`killed_${TOLD_AS[moment]}`);
  else await pause(afterMs, signal);
  if (moment !== null && !isBetween) counter.count(`missed_${TOLD_AS[moment]}${wasReady ? "" : "_nobody_there"}`);
  await runtime.kill(isBetween || losesRecords ? "both" : kill.who);
  counter.count(ring.turn());
  if (losesRecords) {
    runtime.loseRecords();
    restorer.begin();
    counter.count("records_lost");
  }
  if (away !== null) counter.count(`consumer_away_${away}`);
  if (boot !== null && (await runtime.killBooting(clockOf(options), disturbs, boot)))
    counter.count("killed_while_booting");
  await start(world, options, away);
}

/**
 * Much of a short stream is put off by clocks that jump back, and would be executed in the calm alone. Started once more with
 * clocks that are ahead of all, it is executed while calls still fail, and early enough for the bank to fail some of it.
 */
export async function lastGust(
  { runtime }: Pick<Restarted, "runtime">,
  { disturbs }: Pick<Killing, "disturbs">,
): Promise<void> {
  await runtime.stop();
  await runtime.start(AHEAD, disturbs);
}
