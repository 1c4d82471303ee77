import type { Hold, LiftAnswer } from "../../shared/contracts/gate.ts";
import { actUntilDone, holdsIn } from "./ask.ts";
import type { Doors } from "./victims.ts";

/**
 * The person whom an alarm calls: looks at what our own rules have put on hold, and lifts it. What was planted is a case by
 * then, or becomes one; what is honest of the same payment goes on.
 */
export function createWatchman() {
  const seen = new Map<string, Hold>();
  let lookedMs = 0;
  return {
    async look(doors: Doors, nowMs: number, signal: AbortSignal): Promise<void> {
      if (nowMs - lookedMs < LOOK_MS) return;
      lookedMs = nowMs;
      for (const hold of await holdsIn(doors)) {
        if (hold.by !== "rule") continue;
        seen.set(`${hold.scope} ${hold.at}`, hold);
        const body = { scope: hold.scope, reason: "chaos: a person has looked" };
        await actUntilDone<LiftAnswer>("/api/holds/lift", body, { doors: () => doors, signal });
      }
    },
    seen: (): Hold[] => [...seen.values()],
  };
}
export type Watchman = ReturnType<typeof createWatchman>;

const LOOK_MS = 3_000;
