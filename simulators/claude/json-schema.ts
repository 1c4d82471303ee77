import { invalidRequest, type Result } from "./errors.ts";

// The subset of JSON Schema that structured outputs accept:
// https://platform.claude.com/docs/en/build-with-claude/structured-outputs ("JSON Schema limitations"), and
// `lib/transform-json-schema` of the SDK, which moves everything else into descriptions before it sends a schema.
// The error sentences are the API's own as seen in public reports, e.g. github.com/agentjido/req_llm/issues/302.

export type JsonSchema = { readonly [keyword: string]: unknown };

const schemaPath = "output_config.format.schema";
const anywhere = ["$defs", "definitions", "title", "description", "default", "$schema"];
const keywordsByType = new Map<string, readonly string[]>(
  Object.entries({
    object: ["properties", "required", "additionalProperties"],
    array: ["items", "minItems"],
    string: ["format"],
    integer: [],
    number: [],
    boolean: [],
    null: [],
  }),
);
const stringFormats = new Set([
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
]);
// Complexity limits of the same page: all optional properties, and all properties with a union, of one request.
const maxOptionalProperties = 24;
const maxUnions = 16;

type Walk = { root: JsonSchema; optional: number; unions: number; refs: readonly string[] };

/** Answers a 400 that names the first keyword which structured outputs do not support. */
export function checkSchema(schema: JsonSchema): Result<JsonSchema> {
  const walk: Walk = { root: schema, optional: 0, unions: 0, refs: [] };
  const problem = schemaProblem(schema, walk);
  if (problem !== undefined) return invalidRequest(`${schemaPath}: ${problem}`);
  if (walk.optional > maxOptionalProperties) {
    return invalidRequest(
      `${schemaPath}: Schemas contains too many optional parameters (${walk.optional}), limit is ${maxOptionalProperties}`,
    );
  }
  if (walk.unions > maxUnions) {
    return invalidRequest(
      `${schemaPath}: Schemas contains too many parameters with union types (${walk.unions}), limit is ${maxUnions}`,
    );
  }
  return { ok: true, value: schema };
}

function schemaProblem(schema: unknown, walk: Walk): string | undefined {
  if (!isSchema(schema)) return "Every schema must be an object";
  if (schema.$ref !== undefined) return refProblem(schema, walk);
  for (const keyword of ["anyOf", "allOf"]) {
    if (schema[keyword] !== undefined) return combinationProblem(keyword, schema, walk);
  }
  if (schema.enum !== undefined) return enumProblem(schema);
  if (schema.const !== undefined) {
    return isPrimitive(schema.const) ? unknownKeyword(schema, ["const", "type"]) : "'const' must be a primitive";
  }
  if (Array.isArray(schema.type)) {
    walk.unions += 1;
    for (const type of schema.type) {
      const problem = typedProblem({ ...schema, type }, walk);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  return typedProblem(schema, walk);
}

function typedProblem(schema: JsonSchema, walk: Walk): string | undefined {
  const type = schema.type;
  if (typeof type !== "string") {
    const keyword = Object.keys(schema).find((key) => !anywhere.includes(key));
    if (keyword !== undefined) return `Schema type '${keyword}' is not supported`;
    return "Schema must have a 'type', 'enum', 'const', 'anyOf', 'allOf' or '$ref'";
  }
  const keywords = keywordsByType.get(type);
  if (keywords === undefined) return `Schema type '${type}' is not supported`;
  const unsupported = Object.keys(schema).filter((key) => ![...anywhere, "type", ...keywords].includes(key));
  if (unsupported.length === 1) return `For '${type}' type, property '${unsupported[0]}' is not supported`;
  if (unsupported.length > 1) return `For '${type}' type, properties ${unsupported.join(", ")} are not supported`;
  if (type === "object") return objectProblem(schema, walk);
  if (type === "array") return arrayProblem(schema, walk);
  if (type === "string" && schema.format !== undefined && !stringFormats.has(String(schema.format))) {
    return `String format '${String(schema.format)}' is not supported`;
  }
  return undefined;
}

function objectProblem(schema: JsonSchema, walk: Walk): string | undefined {
  if (schema.additionalProperties !== false) {
    return "For 'object' type, 'additionalProperties' must be explicitly set to false";
  }
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const missing = required.find((name) => typeof name !== "string" || !Object.hasOwn(properties, name));
  if (missing !== undefined) return `For 'object' type, required property '${String(missing)}' is not in 'properties'`;
  for (const [name, property] of Object.entries(properties)) {
    if (!required.includes(name)) walk.optional += 1;
    const problem = schemaProblem(property, walk);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function arrayProblem(schema: JsonSchema, walk: Walk): string | undefined {
  if (schema.minItems !== undefined && schema.minItems !== 0 && schema.minItems !== 1) {
    return "For 'array' type, 'minItems' values other than 0 or 1 are not supported";
  }
  return schema.items === undefined ? "For 'array' type, 'items' is required" : schemaProblem(schema.items, walk);
}

function combinationProblem(keyword: string, schema: JsonSchema, walk: Walk): string | undefined {
  const members = schema[keyword];
  if (!Array.isArray(members) || members.length === 0) return `'${keyword}' must be a non-empty array`;
  const beside = unknownKeyword(schema, [keyword, "type"]);
  if (beside !== undefined) return beside;
  if (keyword === "anyOf") walk.unions += 1;
  for (const member of members) {
    if (keyword === "allOf" && isSchema(member) && member.$ref !== undefined) {
      return "'allOf' with '$ref' is not supported";
    }
    const problem = schemaProblem(member, walk);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function enumProblem(schema: JsonSchema): string | undefined {
  if (!Array.isArray(schema.enum) || schema.enum.length === 0) return "'enum' must be a non-empty array";
  if (!schema.enum.every(isPrimitive)) return "'enum' values must be strings, numbers, booleans or null";
  return unknownKeyword(schema, ["enum", "type"]);
}

function refProblem(schema: JsonSchema, walk: Walk): string | undefined {
  const ref = String(schema.$ref);
  if (!ref.startsWith("#/")) return `External '$ref' is not supported: '${ref}'`;
  if (walk.refs.includes(ref)) return "Recursive schemas are not supported";
  const target = resolveRef(walk.root, ref);
  if (target === undefined) return `'$ref' points nowhere: '${ref}'`;
  const refs = walk.refs;
  walk.refs = [...refs, ref];
  const problem = schemaProblem(target, walk);
  walk.refs = refs;
  return problem;
}

function unknownKeyword(schema: JsonSchema, known: readonly string[]): string | undefined {
  const unknown = Object.keys(schema).find((key) => !anywhere.includes(key) && !known.includes(key));
  return unknown === undefined ? undefined : `Keyword '${unknown}' is not supported beside '${known[0]}'`;
}

export function resolveRef(root: JsonSchema, ref: string): JsonSchema | undefined {
  let node: unknown = root;
  for (const part of ref.slice(2).split("/")) {
    node = isSchema(node) ? node[part.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  }
  return isSchema(node) ? node : undefined;
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPrimitive(value: unknown): boolean {
  return value === null || typeof value !== "object";
}
