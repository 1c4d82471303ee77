import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundleWorker } from "../../cli/stack/bundle.ts";
import { readWorkerPlans } from "../../cli/stack/workers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder with each Worker's bundle, `<name>.mjs`. */
    bundles: string;
  }
}

/** Bundles every Worker once for all stacks of a run: a start would otherwise spend most of its time on it. */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-test-bundles-"));
  await Promise.all(
    readWorkerPlans().map(async ({ name, main }) =>
      writeFileSync(join(folder, `${name}.mjs`), await bundleWorker(main)),
    ),
  );
  provide("bundles", folder);
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
