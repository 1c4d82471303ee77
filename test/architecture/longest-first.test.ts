import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LONGEST } from "../helpers/longest-first.ts";

it("each file that is to begin first is there", () => {
  const gone = LONGEST.filter((file) => !existsSync(join(import.meta.dirname, "../..", file)));
  expect(gone).toEqual([]);
});
