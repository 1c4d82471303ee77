import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Public data that the project does not ship: see its README. Tests over it skip themselves where it is absent. */
export const CORPUS_DIR = process.env.CORPUS_DIR ?? join(import.meta.dirname, "../../../shared/data");

const said = new Set<string>();

/** True, and said once a test file, when a file of the corpus is not there. */
export function missingFromCorpus(file: string): boolean {
  const missing = !existsSync(join(CORPUS_DIR, file));
  if (missing && !said.has(file))
    console.log(`skipped: ${join(CORPUS_DIR, file)} is absent; set CORPUS_DIR to where the corpus is`);
  said.add(file);
  return missing;
}

export function readCorpus(file: string): string {
  return readFileSync(join(CORPUS_DIR, file), "utf8");
}

export function readCorpusLines(file: string): string[] {
  return readCorpus(file)
    .split("\n")
    .filter((line) => line !== "");
}
