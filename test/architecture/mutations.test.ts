import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MUTATIONS } from "../mutations/list.ts";
import { mutate, PROMISES } from "../mutations/mutation.ts";
import { pageOf } from "../mutations/page.ts";

const ROOT = join(import.meta.dirname, "../..");
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** That each is caught is what `npm run mutations` shows; here, that it can still be made. */
describe("the mutations", () => {
  it("each find their place exactly once, and change something there", () => {
    const problems = MUTATIONS.flatMap((mutation) => {
      if (!existsSync(join(ROOT, mutation.file))) return [`${mutation.name}: there is no file ${mutation.file}`];
      const source = textOf(mutation.file);
      const mutated = mutate(source, mutation);
      if (!mutated.ok) return [mutated.error];
      return mutated.value === source ? [`${mutation.name} changes nothing`] : [];
    });
    expect(problems).toEqual([]);
  });

  it("each name tests that exist", () => {
    const missing = MUTATIONS.flatMap(({ tests }) => tests).filter((test) => !existsSync(join(ROOT, test)));
    expect(missing).toEqual([]);
  });

  it("have names of their own", () => {
    const names = MUTATIONS.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("break every promise", () => {
    const broken = new Set(MUTATIONS.map(({ promise }) => promise));
    expect(Object.keys(PROMISES).filter((promise) => !broken.has(promise as keyof typeof PROMISES))).toEqual([]);
  });
});

describe("docs/mutations.md", () => {
  it("says what the list says: npm run mutations -- --write", () => {
    expect(textOf("docs/mutations.md")).toBe(pageOf(MUTATIONS));
  });
});
