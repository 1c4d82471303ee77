/** From the schemas that validate to JSON Schema, as OpenAPI 3.1 has it. */
import { type ConversionConfig, type JsonSchema, toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import * as v from "valibot";

export type Schema = v.GenericSchema;
type Side = "input" | "output";

/** What is sent is described before it is read (`input`), what is answered after. */
const configOf = (typeMode: Side, definitions: Record<string, Schema> = {}): ConversionConfig => ({
  target: "draft-2020-12",
  typeMode,
  definitions,
  // What JSON Schema cannot say is left out. A test looks for what nothing is said of.
  errorMode: "ignore",
  overrideSchema: ({ valibotSchema }) => (valibotSchema.type === "custom" ? ofCode(valibotSchema) : undefined),
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
});

export function schemaOf(schema: Schema, side: Side, shared: Record<string, Schema>): JsonSchema {
  const { $schema: _draft, $defs: _shared, ...json } = toJsonSchema(schema, configOf(side, shared));
  return withWords(schema, json, new Set(Object.values(shared)));
}

/** The schemas that several answers share, by name. */
export function sharedSchemas(shared: Record<string, Schema>): Record<string, JsonSchema> {
  const converted = toJsonSchemaDefs(shared, configOf("output"));
  return Object.fromEntries(
    Object.entries(converted).map(([name, json]) => [name, withWords(shared[name], json, new Set())]),
  );
}

/** A list whose length is checked before its items; any other schema of code says what it takes by `metadata` in its pipe. */
const ofCode = (schema: unknown): JsonSchema =>
  (schema as { check?: unknown }).check === Array.isArray ? { type: "array" } : {};

type Shape = {
  type: string;
  pipe?: readonly Schema[];
  entries?: Record<string, Schema>;
  item?: Schema;
  wrapped?: Schema;
  options?: readonly unknown[];
};

/** The conversion of what is sent stops before the first step that reads it, and a description behind that step is lost. */
function withWords(schema: Schema | undefined, json: JsonSchema, named: ReadonlySet<Schema>): JsonSchema {
  if (schema === undefined || named.has(schema) || json.$ref !== undefined) return json;
  const { type, entries, item: own, wrapped, options, pipe = [] } = schema as unknown as Shape;
  const item = own ?? pipe.map((step) => (step as unknown as Shape).item).find((one) => one !== undefined);
  const description = json.description ?? v.getDescription(schema);
  const said: JsonSchema = description === undefined ? json : { ...json, description };
  if (wrapped !== undefined) {
    const isNullable = type.startsWith("null");
    if (!isNullable) return withWords(wrapped, said, named);
    const [first, ...others] = said.anyOf ?? [];
    return isSchema(first) ? { ...said, anyOf: [withWords(wrapped, first, named), ...others] } : said;
  }
  if (entries !== undefined && said.properties !== undefined) {
    const properties = Object.entries(said.properties).map(([name, one]) => [
      name,
      isSchema(one) ? withWords(entries[name], one, named) : one,
    ]);
    return { ...said, properties: Object.fromEntries(properties) };
  }
  if (item !== undefined && said.type === "array") {
    const items = isSchema(said.items) ? said.items : schemaOf(item, "input", {});
    return { ...said, items: withWords(item, items, named) };
  }
  const choices = said.anyOf ?? said.oneOf;
  if (options === undefined || choices === undefined) return said;
  const worded = choices.map((one, index) =>
    isSchema(one) ? withWords(options[index] as Schema | undefined, one, named) : one,
  );
  return said.anyOf === undefined ? { ...said, oneOf: worded } : { ...said, anyOf: worded };
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
