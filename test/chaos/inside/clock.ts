import { unit } from "../dice.ts";
import type { ChaosSettings } from "./settings.ts";

/** How far the clock of this Worker is from real time, at this moment of real time. Pure. */
export function skewMs({ seed, boot, bootAtMs, clock }: ChaosSettings, worker: string, realMs: number): number {
  switch (clock.kind) {
    case "jumping": {
      const turn = Math.floor((realMs - bootAtMs) / clock.everyMs);
      const drawn = 2 * unit(seed, "clock", worker, boot, turn) - 1;
      // Cubed: mostly seconds, sometimes minutes.
      return Math.round(drawn ** 3 * clock.maxSkewMs);
    }
    case "running_ahead":
      return clock.baseMs + jumpsBy(clock, realMs) * clock.jumpMs;
  }
}

export function jumpsBy(
  { fromMs, everyMs, jumpsMax }: { fromMs: number; everyMs: number; jumpsMax: number },
  realMs: number,
): number {
  return Math.min(jumpsMax, Math.max(0, Math.ceil((realMs - fromMs) / everyMs)));
}
