import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take longest, almost longest first: beside one that works stands one that waits. Where nothing has been
 * measured yet, as on a fresh clone, vitest goes by the size of a file, and one long test in a short file would run alone at
 * the end. Who is not named here keeps vitest's order.
 */
export const LONGEST: readonly string[] = [
  "test/system/deploy.test.ts",
  "test/system/subscriptions.test.ts",
  "test/system/kill.test.ts",
  "test/system/chaos.test.ts",
  "test/system/stalled.test.ts",
  "test/system/interrupts.test.ts",
  "test/system/records.test.ts",
  "test/system/approvals.test.ts",
  "test/system/fuzz-queues.test.ts",
  "test/system/bulk.test.ts",
  "test/system/claude-faults.test.ts",
  "test/system/readme.test.ts",
  "test/system/start.test.ts",
  "test/corpus/injection.test.ts",
  "test/unit/cli/json.test.ts",
  "test/unit/ledger/model.test.ts",
  "test/unit/ingest/bulk.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // The projects one after the other, as they are.
    const projects = [...new Set(sorted.map(({ project }) => project))];
    return sorted.toSorted(
      (a, b) => projects.indexOf(a.project) - projects.indexOf(b.project) || this.#rankOf(a) - this.#rankOf(b),
    );
  }

  #rankOf({ moduleId }: TestSpecification): number {
    const place = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
    return place === -1 ? LONGEST.length : place;
  }
}
