import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { clientTypes, type Documented, hashOf } from "../../tools/api/client.ts";
import { apiDocument } from "../../tools/api/document.ts";
import { schemaOf } from "../../tools/api/schemas.ts";
import { SHARED } from "../../tools/api/shared.ts";
import { ROUTES } from "../../workers/console/routes/index.ts";

const ROOT = join(import.meta.dirname, "../..");
const file = readFileSync(join(ROOT, "docs/openapi.json"), "utf8");
const stored = JSON.parse(file) as Documented;
const made = JSON.parse(JSON.stringify(await apiDocument())) as Documented;
type Json = Record<string, unknown>;

const operations = Object.entries(made.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
);
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** Every object below, with where it is. */
function nodesIn(value: unknown, at = ""): { at: string; node: Json }[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => nodesIn(one, `${at}/${index}`));
  if (!isJson(value)) return [];
  return [{ at, node: value }, ...Object.entries(value).flatMap(([name, one]) => nodesIn(one, `${at}/${name}`))];
}

function lookUp(ref: string): unknown {
  const names = ref.replace(/^#\//, "").split("/");
  return names.reduce<unknown>((value, name) => (isJson(value) ? value[name.replaceAll("~1", "/")] : undefined), made);
}

describe("docs/openapi.json", () => {
  it("is what the routes of the console make: npm run client", () => {
    expect(stored).toEqual(made);
  });

  it("has every route of the table, with its role, its path's names, its query's, its body and a key for each act", () => {
    const documented = ROUTES.map(({ method, path, role, query, body }) => {
      const pattern = path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}");
      const operation = (made.paths[pattern]?.[method.toLowerCase()] ?? {}) as Json;
      const parameters = ((operation.parameters ?? []) as Json[]).map((one) =>
        one.$ref ? lookUp(String(one.$ref)) : one,
      ) as Json[];
      const names = (place: string) => parameters.filter((one) => one.in === place).map(({ name }) => name);
      const entries = query === undefined ? [] : Object.keys((query as unknown as { entries: object }).entries);
      expect([
        `${method} ${path}`,
        operation["x-role"],
        names("path"),
        names("query"),
        operation.requestBody !== undefined,
      ]).toEqual([
        `${method} ${path}`,
        role,
        Array.from(path.matchAll(/:(\w+)/g), ([, name]) => name),
        entries,
        body !== undefined,
      ]);
      expect(names("header")).toEqual(method === "POST" ? ["Idempotency-Key"] : []);
      return `${method} ${pattern}`;
    });
    expect(operations.map(({ name }) => name).sort()).toEqual(documented.sort());
  });

  it("names the refusals of each route, as problem documents", () => {
    for (const { name, operation } of operations) {
      const refusals = Object.entries(operation.responses as Record<string, Json>).filter(
        ([status]) => status !== "200",
      );
      expect(
        refusals.map(([status]) => status),
        name,
      ).toEqual(expect.arrayContaining(["400", "401", "403", "503"]));
      for (const [, { $ref }] of refusals)
        expect(lookUp(String($ref))).toMatchObject({
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        });
    }
  });

  const inputs = operations.flatMap(({ name, operation }) => {
    const parameters = ((operation.parameters ?? []) as Json[]).filter(({ $ref }) => $ref === undefined);
    const body = operation.requestBody?.content["application/json"]?.schema;
    return [
      ...parameters.map((one) => ({
        at: `${name} ${String(one.name)}`,
        schema: { ...(one.schema as Json), description: one.description } as Json,
      })),
      ...nodesIn(body, `${name} body`)
        .filter(({ at }) => /\/(?:properties\/[^/]+|items|anyOf\/\d+)$/.test(at))
        .map(({ at, node }) => ({ at, schema: node })),
    ];
  });

  it("describes no parameter and no field of a body as nothing, also where it is read, masked or checked by code", () => {
    const says = ["enum", "const", "anyOf", "oneOf", "$ref", "type", "properties"];
    const nothing = inputs.filter(({ schema }) => !says.some((word) => schema[word] !== undefined));
    expect(nothing.map(({ at }) => at)).toEqual([]);
    // A text of which nothing is known.
    const bare = inputs.filter(
      ({ schema }) => schema.type === "string" && Object.values(schema).filter((one) => one !== undefined).length === 1,
    );
    expect(bare.map(({ at }) => at).filter((at) => !at.endsWith("/items"))).toEqual([]);
    expect(inputs.length).toBeGreaterThan(40);
  });

  it("describes what is asked before it is read: an amount is an integer, a time an ISO text or a number", () => {
    const body = made.paths["/api/dead-letters/edit"]?.post?.requestBody?.content["application/json"]?.schema ?? {};
    const { event: sent } = body.properties as { event: { properties: Record<string, Json> } };
    expect(sent.properties.amountMinor).toMatchObject({ type: "integer", minimum: 0 });
    expect(sent.properties.occurredAt).toMatchObject({
      anyOf: [{ type: "integer" }, { type: "string", format: "date-time" }],
    });
    expect(sent.properties.currency).toMatchObject({ type: "string", description: "three letters like USD" });
    expect(sent.properties.defects).toMatchObject({ type: "array", items: { type: "string" } });
  });
});

/** OpenAPI 3.1, the part that we write: https://spec.openapis.org/oas/v3.1.1.html. A name that it does not have is refused. */
const words = v.optional(v.string());
const ref = v.strictObject({ $ref: v.pipe(v.string(), v.startsWith("#/components/")) });
const KEYWORDS = [
  "$ref",
  "type",
  "enum",
  "const",
  "anyOf",
  "oneOf",
  "allOf",
  "not",
  "properties",
  "required",
  "additionalProperties",
  "propertyNames",
  "items",
  "prefixItems",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minProperties",
  "maxProperties",
  "uniqueItems",
  "default",
  "description",
  "title",
  "examples",
];
const TYPES = ["string", "number", "integer", "boolean", "null", "array", "object"];
const schema: v.GenericSchema = v.pipe(
  v.record(v.picklist(KEYWORDS), v.unknown()),
  v.check(({ type }) => [type ?? "string"].flat().every((one) => TYPES.includes(String(one))), "a type of JSON Schema"),
  v.check(
    ({ required = [], properties }) =>
      Array.isArray(required) && required.every((one) => isJson(properties) && one in properties),
    "required names a property",
  ),
  v.check(({ pattern = "" }) => new RegExp(String(pattern), "u") !== null, "a regular expression"),
);
const content = v.record(v.pipe(v.string(), v.regex(/^[a-z]+\/[a-z.+-]+$/)), v.strictObject({ schema }));
const response = v.strictObject({ description: v.string(), content: v.optional(content) });
const parameter = v.strictObject({
  in: v.picklist(["path", "query", "header"]),
  name: v.pipe(v.string(), v.minLength(1)),
  required: v.optional(v.boolean()),
  description: words,
  schema,
});
const operation = v.strictObject({
  operationId: v.string(),
  summary: v.pipe(v.string(), v.minLength(5)),
  "x-role": v.picklist(["viewer", "reviewer", "approver", "operator", "admin"]),
  parameters: v.optional(v.array(v.union([ref, parameter]))),
  requestBody: v.optional(v.strictObject({ required: v.boolean(), content })),
  responses: v.record(v.pipe(v.string(), v.regex(/^[1-5]\d\d$/)), v.union([ref, response])),
});
const document = v.strictObject({
  openapi: v.pipe(v.string(), v.regex(/^3\.1\.\d+$/)),
  info: v.strictObject({ title: v.string(), version: v.string(), description: words }),
  servers: v.array(v.strictObject({ url: v.string() })),
  security: v.array(v.record(v.string(), v.array(v.string()))),
  tags: v.optional(v.array(v.unknown())),
  paths: v.record(v.pipe(v.string(), v.startsWith("/")), v.record(v.picklist(["get", "post"]), operation)),
  components: v.strictObject({
    schemas: v.record(v.string(), schema),
    parameters: v.record(v.string(), parameter),
    responses: v.record(v.string(), response),
    securitySchemes: v.record(v.string(), v.looseObject({ type: v.picklist(["http", "apiKey"]) })),
  }),
});

describe("the document is valid OpenAPI 3.1:", () => {
  it("it has the objects and fields of the specification, and no others", () => {
    const parsed = v.safeParse(document, made);
    expect(parsed.issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`) ?? []).toEqual([]);
    const schemas = nodesIn(made).filter(({ at }) =>
      /\/(?:schema|items|schemas\/[^/]+|properties\/[^/]+|(?:any|one|all)Of\/\d+)$/.test(at),
    );
    // This route's path ends as the place of a schema does.
    const wrong = schemas.filter(({ at, node }) => at !== "/paths//api/policy/schema" && !v.is(schema, node));
    expect(wrong.map(({ at }) => at)).toEqual([]);
  });

  it("each reference leads to something, each operation has a name of its own, and each name of a path is a parameter", () => {
    const refs = nodesIn(made).flatMap(({ node }) => (typeof node.$ref === "string" ? [node.$ref] : []));
    expect(refs.filter((one) => lookUp(one) === undefined)).toEqual([]);
    const ids = operations.map(({ operation: { operationId } }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation: one } of operations) {
      const named = ((one.parameters ?? []) as Json[])
        .filter((parameter) => parameter.in === "path")
        .map(({ name }) => `{${String(name)}}`);
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(named);
    }
    const known = Object.keys((made.components as Json).securitySchemes as Json);
    expect((made as unknown as { security: Json[] }).security.flatMap(Object.keys).sort()).toEqual(known.sort());
  });
});

describe("what several routes ask or answer", () => {
  const schemas = (made.components.schemas ?? {}) as Record<string, Json>;
  const named = (value: unknown): string[] =>
    nodesIn(value).flatMap(({ node }) => (typeof node.$ref === "string" ? [node.$ref] : []));

  it("is in the document once, and under a name: no object of more than two fields stands there twice", () => {
    const objects = nodesIn(made).filter(
      ({ node }) => node.type === "object" && Object.keys((node.properties ?? {}) as Json).length > 2,
    );
    const places = Map.groupBy(objects, ({ node }) => JSON.stringify(node));
    const twice = [...places.values()].filter((same) => same.length > 1).map((same) => same.map(({ at }) => at));
    // To mend one: export its schema from workers/console/routes/answers.ts, and npm run client.
    expect(twice).toEqual([]);
    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining(["PolicyDocument", "Disposition", "CaseRow", "Problem"]),
    );
  });

  it("is used, every component of it", () => {
    const used = new Set(named(made));
    const { securitySchemes: _, ...components } = made.components as Record<string, Json>;
    const all = Object.entries(components).flatMap(([kind, of]) =>
      Object.keys(of).map((name) => `#/components/${kind}/${name}`),
    );
    expect(all.filter((one) => !used.has(one))).toEqual([]);
  });

  it("is the same when it is asked as when it is answered, where a body names it", () => {
    const asked = operations.flatMap(({ operation: { requestBody } }) => named(requestBody));
    const names = Object.keys(SHARED);
    const below = (refs: string[]): string[] => {
      const direct = refs.map((one) => one.replace("#/components/schemas/", ""));
      return direct.flatMap((name) => [name, ...below(named(schemas[name]))]);
    };
    const inBodies = names.filter((name) => below(asked).includes(name));
    for (const name of inBodies) {
      const schema = SHARED[name] ?? v.never();
      expect(schemaOf(schema, "input", {}), name).toEqual(schemaOf(schema, "output", {}));
    }
    expect(inBodies).toContain("PolicyDocument");
  });
});

describe("the command line's client", () => {
  it("has one type for each component, and no route says its fields again", () => {
    const types = clientTypes(file);
    for (const name of Object.keys(made.components.schemas ?? {}))
      expect(types.split(`export type ${name} = `).length, name).toBe(2);
    expect(types.split("document: PolicyDocument;").length).toBe(4);
    expect(types.split("grantLifeMs: number;").length).toBe(2);
  });

  const generated = readFileSync(join(ROOT, "cli/api/generated.d.ts"), "utf8");

  it("carries the hash of the document that it was made from, and is what is made from it: npm run client", () => {
    expect(generated).toContain(`// sha256 of the document: ${hashOf(file)}\n`);
    expect(generated).toBe(clientTypes(file));
  });

  it("has the type of every schema that the document may have", () => {
    const one = (schemaOfIt: Json): string => {
      const text = JSON.stringify({ paths: {}, components: { schemas: { X: schemaOfIt } } });
      return /export type X = ([^;]*);/.exec(clientTypes(text))?.[1] ?? "";
    };
    expect(one({ enum: ["a", 1] })).toBe('"a" | 1');
    expect(one({ type: ["string", "null"] })).toBe("string | null");
    expect(one({ type: "array", items: { anyOf: [{ type: "string" }, { type: "null" }] } })).toBe("(string | null)[]");
    expect(one({ type: "array", prefixItems: [{ type: "integer" }, { const: "b" }] })).toBe('[number, "b"]');
    expect(one({ type: "object", additionalProperties: { type: "number" } })).toBe("{ [name in string]?: number }");
    expect(one({ $ref: "#/components/schemas/CaseRow" })).toBe("CaseRow");
    expect(one({})).toBe("unknown");
    expect(() => one({ type: "file" })).toThrow("no type is written");
  });

  it("is what commands ask the console with: none names a path, which nobody checks", () => {
    const files = ["cli", "bench", "test/chaos"].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
    );
    const byPath =
      /\b(?:callConsole|readConsole|pagesOf|collect)(?:<[^(]*>)?\(\s*[^,]+,\s*(?:withQuery\(\s*)?["`]\/api/;
    const unchecked = files.filter(
      (name) => name.endsWith(".ts") && byPath.test(readFileSync(join(ROOT, name), "utf8")),
    );
    // To mend one: npm run client, and then callConsole(target, "GET /api/…/{id}", { path: { id }, query, body }).
    expect(unchecked).toEqual([]);
  });
});
