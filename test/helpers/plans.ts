import { join } from "node:path";
import { inject } from "vitest";
import { readWorkerPlans, type WorkerPlan } from "../../cli/stack/workers.ts";

type Settings = { maxRetries?: number; maxBatchTimeout?: number };

/**
 * How long a queue waits for more messages, in seconds: deployed it is up to 5, at each hop. What comes at once still
 * comes in one batch. `npm start`, the demo and the chaos run keep what is deployed.
 */
const BATCH_WAIT_S = 0.2;

/** The Workers as they are deployed, bundled already, and but for what a test would otherwise only wait for. */
export function plansWith(change: (queue: string) => Settings = () => ({})): WorkerPlan[] {
  const folder = inject("bundles");
  return readWorkerPlans().map((read) => {
    const plan = { ...read, main: join(folder, `${read.name}.mjs`) };
    const { queueConsumers } = plan.options;
    if (queueConsumers === undefined || Array.isArray(queueConsumers)) return plan;
    const changed = Object.entries(queueConsumers).map(([queue, settings]) => [
      queue,
      { ...settings, maxBatchTimeout: Math.min(settings.maxBatchTimeout ?? 1, BATCH_WAIT_S), ...change(queue) },
    ]);
    return { ...plan, options: { ...plan.options, queueConsumers: Object.fromEntries(changed) } };
  });
}
