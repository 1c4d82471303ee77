import { readWorkerPlans, type WorkerPlan } from "../../cli/stack/workers.ts";

type Settings = { maxRetries?: number; maxBatchTimeout?: number };

/** The Workers as they are deployed, but for what a test would otherwise only wait for. */
export function plansWith(change: (queue: string) => Settings): WorkerPlan[] {
  return readWorkerPlans().map((plan) => {
    const { queueConsumers } = plan.options;
    if (queueConsumers === undefined || Array.isArray(queueConsumers)) return plan;
    const changed = Object.entries(queueConsumers).map(([queue, settings]) => [
      queue,
      { ...settings, ...change(queue) },
    ]);
    return { ...plan, options: { ...plan.options, queueConsumers: Object.fromEntries(changed) } };
  });
}
