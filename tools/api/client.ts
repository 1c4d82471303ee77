/**
 * The types of the command line's client, from the OpenAPI document alone. Generators that use TypeScript's own API need a
 * version that this project has left (docs/decisions/0051); of JSON Schema the document has a small part, and types are all
 * that is wanted.
 */
import { createHash } from "node:crypto";

type Json = { readonly [name: string]: unknown };
type Operation = Json & {
  summary?: string;
  parameters?: readonly Json[];
  requestBody?: { content: Record<string, { schema: Json }> };
  responses: Record<string, { content?: Record<string, { schema: Json }> }>;
};
export type Documented = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas?: Record<string, Json>; parameters?: Record<string, Json> };
};

/** sha256 of the file from which the types are made, in hexadecimal digits. */
export const hashOf = (document: string): string => createHash("sha256").update(document).digest("hex");

export function clientTypes(file: string): string {
  const document = JSON.parse(file) as Documented;
  const { schemas = {} } = document.components;
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => routeOf(method.toUpperCase(), path, operation, document)),
  );
  return [
    "// Written by `npm run client` from docs/openapi.json. A test compares the two.",
    `// sha256 of the document: ${hashOf(file)}`,
    "",
    ...Object.entries(schemas).map(([name, schema]) => `export type ${name} = ${typeOf(schema, "")};\n`),
    "/** What each route is asked, and what it answers: `answer` is JSON, `text` is not. */",
    "export type Api = {",
    ...routes,
    "};",
    "",
  ].join("\n");
}

function routeOf(method: string, path: string, operation: Operation, document: Documented): string {
  const parameters = (operation.parameters ?? []).map((one) => resolved(one, document));
  const inPath = parameters.filter((one) => one.in === "path");
  const inQuery = parameters.filter((one) => one.in === "query");
  const takesKey = parameters.some((one) => one.in === "header" && one.name === "Idempotency-Key");
  const body = operation.requestBody?.content["application/json"]?.schema;
  const isNeeded = inQuery.some((one) => one.required === true);
  const asked = [
    ...(inPath.length === 0
      ? []
      : [`path: { ${inPath.map(({ name }) => `${nameOf(String(name))}: string`).join("; ")} }`]),
    ...(inQuery.length === 0 ? [] : [`query${isNeeded ? "" : "?"}: { ${inQuery.map(queryOf).join("; ")} }`]),
    ...(body === undefined ? [] : [`body: ${typeOf(body, "      ")}`]),
    ...(takesKey ? ["key?: string | undefined"] : []),
  ];
  const [media, answer] = Object.entries(operation.responses["200"]?.content ?? {})[0] ?? ["", { schema: {} }];
  const answers =
    media === "application/json" ? `answer: ${typeOf(answer.schema, "    ")}` : `text: ${JSON.stringify(media)}`;
  return [
    `  /** ${inComment(operation.summary ?? "")} For the role ${String(operation["x-role"])}. */`,
    `  "${method} ${path}": {`,
    `    asked: {${asked.map((one) => `\n      ${one};`).join("")}${asked.length === 0 ? "" : "\n    "}};`,
    `    ${answers};`,
    "  };",
  ].join("\n");
}

function resolved(parameter: Json, { components }: Documented): Json {
  if (typeof parameter.$ref !== "string") return parameter;
  const found = components.parameters?.[lastOf(parameter.$ref)];
  if (found === undefined) throw new Error(`the document has no ${parameter.$ref}`);
  return found;
}

/** In an address everything is a text. A number is written as one. */
function queryOf({ name, required, schema }: Json): string {
  const { enum: choices } = schema as Json;
  const type = Array.isArray(choices) ? choices.map((one) => JSON.stringify(one)).join(" | ") : "string | number";
  return `${nameOf(String(name))}${required === true ? "" : "?"}: ${type}${required === true ? "" : " | undefined"}`;
}

const lastOf = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1);
const nameOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const inComment = (text: string): string => text.replaceAll("*/", "* /").replaceAll(/\s+/g, " ");

function typeOf(schema: Json, indent: string): string {
  if (typeof schema.$ref === "string") return lastOf(schema.$ref);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return choices.map((one) => grouped(typeOf(one as Json, indent))).join(" | ");
  if (Array.isArray(schema.allOf)) return schema.allOf.map((one) => grouped(typeOf(one as Json, indent))).join(" & ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type }, indent)).join(" | ");
  switch (schema.type) {
    case "string":
      return "string";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array":
      return listType(schema, indent);
    case "object":
      return objectType(schema, indent);
    case undefined:
      return "unknown";
    default:
      throw new Error(`no type is written for a schema of ${JSON.stringify(schema.type)}`);
  }
}

/** A union or an object beside others. */
const grouped = (type: string): string => (/[|&]/.test(type) && !type.startsWith("{") ? `(${type})` : type);

function listType({ items, prefixItems }: Json, indent: string): string {
  if (Array.isArray(prefixItems)) return `[${prefixItems.map((one) => typeOf(one as Json, indent)).join(", ")}]`;
  const item = typeof items === "object" && items !== null ? typeOf(items as Json, indent) : "unknown";
  return /[|&]/.test(item) && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
}

function objectType(
  { properties = {}, required = [], additionalProperties, propertyNames }: Json,
  indent: string,
): string {
  const inner = `${indent}  `;
  const fields = Object.entries(properties as Record<string, Json>).map(([name, schema]) => {
    const isNeeded = (required as readonly string[]).includes(name);
    const said = typeof schema.description === "string" ? `${inner}/** ${inComment(schema.description)} */\n` : "";
    return `${said}${inner}${nameOf(name)}${isNeeded ? "" : "?"}: ${typeOf(schema, inner)}${isNeeded ? "" : " | undefined"};`;
  });
  const others = typeof additionalProperties === "object" && additionalProperties !== null;
  if (fields.length === 0) {
    const keys = propertyNames === undefined ? "string" : typeOf(propertyNames as Json, inner);
    return `{ [name in ${keys}]?: ${others ? typeOf(additionalProperties as Json, inner) : "unknown"} }`;
  }
  return `{\n${fields.join("\n")}\n${indent}}`;
}
