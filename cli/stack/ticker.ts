import type { Starter } from "./starter.ts";

/** Workers whose cron triggers people wait for. Deployed, Cloudflare fires them; a local stack has no clock of its own. */
export const TICKED: readonly string[] = ["countersign-escalate", "countersign-console"];
const EVERY_MS = 60_000;

/**
 * Fires the cron triggers of the local stack once a minute. A run that fails is only told: the next one does what it left.
 * Answers what stops it, and waits for the run that is under way.
 */
export function startTicker(
  starter: Pick<Starter, "scheduled">,
  tell: (why: string) => void,
  everyMs = EVERY_MS,
): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    running = tick(starter)
      .catch((error: unknown) => tell(`the cases were not looked at: ${String(error)}`))
      .finally(() => {
        isRunning = false;
      });
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** One run of each, as a cron trigger does it. */
export async function tick(starter: Pick<Starter, "scheduled">): Promise<void> {
  for (const name of TICKED) {
    const { outcome } = await starter.scheduled(name, "* * * * *");
    if (outcome !== "ok") throw new Error(`${name}: ${outcome}`);
  }
}
