import { pause } from "../../../cli/http.ts";
import type { Moment } from "../inside/between.ts";

const LOOK_MS = 20;

/** People who click when a kill is to fall behind their click: each provocation lets one of them go on, and a release all. */
export function createHeld(signal: AbortSignal) {
  const permits = new Map<Moment, number>();
  const waiting = new Map<Moment, number>();
  let isReleased = false;
  const note = (moment: Moment, by: number): void => void waiting.set(moment, (waiting.get(moment) ?? 0) + by);
  const take = (moment: Moment): boolean => {
    const left = permits.get(moment) ?? 0;
    if (left > 0) permits.set(moment, left - 1);
    return left > 0;
  };
  return {
    async until(moment: Moment): Promise<void> {
      note(moment, 1);
      while (!isReleased && !take(moment) && !signal.aborted) await pause(LOOK_MS, signal);
      note(moment, -1);
    },
    /** Somebody only waits for the kill. */
    isReady: (moment: Moment): boolean => (waiting.get(moment) ?? 0) > 0,
    provoke: (moment: Moment): void => void permits.set(moment, (permits.get(moment) ?? 0) + 1),
    release(): void {
      isReleased = true;
    },
  };
}
export type Held = ReturnType<typeof createHeld>;
