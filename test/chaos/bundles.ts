import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleWorker } from "../../cli/stack/bundle.ts";
import { guardSignals } from "../../cli/stack/runtime.ts";
import { readWorkerPlans, type WorkerPlan } from "../../cli/stack/workers.ts";

/**
 * Bundles every Worker behind an entry that wraps it (inside/worker.ts), once for all starts of a run. The Workers' own
 * files and their production bundles know nothing of it.
 */
export async function makeChaosPlans(directory: string): Promise<WorkerPlan[]> {
  mkdirSync(directory, { recursive: true });
  // Reading the configs leaves hooks behind that end this process at a signal, before anything else can be stopped.
  const keepSignals = guardSignals();
  const plans = readWorkerPlans();
  keepSignals();
  return await Promise.all(plans.map((plan) => wrapPlan(plan, directory)));
}

async function wrapPlan(plan: WorkerPlan, directory: string): Promise<WorkerPlan> {
  const entry = join(directory, `${plan.name}.entry.ts`);
  const main = join(directory, `${plan.name}.mjs`);
  writeFileSync(entry, entryOf(plan));
  writeFileSync(main, await bundleWorker(entry));
  return { ...plan, main };
}

export function entryOf({ name, main, options }: Pick<WorkerPlan, "name" | "main" | "options">): string {
  const wrapper = JSON.stringify(join(import.meta.dirname, "inside/worker.ts"));
  return [
    `import { env } from "cloudflare:workers";`,
    `import { createChaos } from ${wrapper};`,
    `import * as worker from ${JSON.stringify(main)};`,
    `const chaos = createChaos(${JSON.stringify(name)}, env.CHAOS);`,
    `export default chaos.handler(worker.default);`,
    ...ownClasses(options).map((className) => `export const ${className} = chaos.object(worker.${className});`),
    "",
  ].join("\n");
}

/** The classes that this Worker itself exports, not those of another script that it is bound to. */
function ownClasses({ durableObjects }: WorkerPlan["options"]): string[] {
  const bound = Object.values(durableObjects ?? {});
  return [
    ...new Set(
      bound.flatMap((one) =>
        typeof one === "string" ? [one] : "scriptName" in one && one.scriptName !== undefined ? [] : [one.className],
      ),
    ),
  ];
}
