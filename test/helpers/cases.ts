import { readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../fixtures/cases");

/** Inputs that once failed, one JSON object a line, with what is right. */
export const readCases = <Row>(name: string): Row[] =>
  readFileSync(join(FOLDER, `${name}.ndjson`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
