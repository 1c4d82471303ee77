import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/helpers/longest-first.ts";

/**
 * unit, corpus, architecture: plain Node, in parallel. system and e2e: the whole stack on the real runtime, two files at a
 * time: their tests mostly wait for queues, and more stacks on a small machine would only measure each other.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{unit,architecture}/**/*.test.ts"],
          testTimeout: 60_000,
          // Half of their time went into importing the same modules again for each file. So a file shares its process with
          // others, and leaves nothing behind: what vitest has put in the place of something goes before the next test.
          isolate: false,
          restoreMocks: true,
          unstubEnvs: true,
          unstubGlobals: true,
        },
      },
      { test: { name: "corpus", include: ["test/corpus/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "system",
          include: ["test/{system,e2e}/**/*.test.ts"],
          globalSetup: ["test/helpers/bundles.ts"],
          // More than the bounds of what is waited for inside come to, so that one of these says what did not come.
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
          // Their tests mostly wait for queues.
          maxConcurrency: 12,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
