import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_DOCUMENT } from "../../shared/policy/document.ts";
import { policyPage, policySchema, policySchemaText } from "../../tools/policy-page.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const sources = ["shared", "workers"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts")),
);

describe("docs/policy.md and docs/policy.schema.json", () => {
  it("are what the schema and the default document say: node tools/policy-page.ts writes them", () => {
    expect(read("docs/policy.md")).toBe(policyPage());
    expect(read("docs/policy.schema.json")).toBe(policySchemaText());
  });

  it("say of every field what it means", () => {
    type Node = { description?: string; properties?: Record<string, Node> };
    const silent = ({ description, properties }: Node, path: string): string[] =>
      properties === undefined
        ? description === undefined
          ? [path]
          : []
        : Object.entries(properties).flatMap(([name, inner]) => silent(inner, `${path}.${name}`));
    expect(silent(policySchema(), "")).toEqual([]);
  });
});

describe("the default document", () => {
  it("is read where a deployment begins, and by nobody who decides or sends: it is no fallback", () => {
    const readers = sources.filter(
      (file) => file !== "shared/policy/document.ts" && read(file).includes("DEFAULT_DOCUMENT"),
    );
    expect(readers.toSorted()).toEqual([
      // It shows it to people.
      "workers/console/routes/policy.ts",
      // The first publication, where there is none.
      "workers/ledger/gate-object.ts",
      // A shard's handling, before it was told of a publication.
      "workers/ledger/shard-object.ts",
    ]);
  });

  it("is written as a person edits it: every section, in the order of the page", () => {
    expect(Object.keys(DEFAULT_DOCUMENT)).toEqual(Object.keys(policySchema().properties ?? {}));
  });
});
