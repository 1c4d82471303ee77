import { isSchema, type JsonSchema, resolveRef } from "./json-schema.ts";

// Values for a schema that `checkSchema` has accepted: whether a value fits, and the minimal or most extreme one that does.

/** The path of the first part that does not fit, or undefined. */
export function misfit(value: unknown, schema: unknown, root: JsonSchema, path = "$"): string | undefined {
  if (!isSchema(schema)) return path;
  if (typeof schema.$ref === "string") return misfit(value, resolveRef(root, schema.$ref), root, path);
  if (Array.isArray(schema.enum)) return schema.enum.includes(value) ? undefined : path;
  if (schema.const !== undefined) return schema.const === value ? undefined : path;
  if (Array.isArray(schema.anyOf)) {
    return schema.anyOf.some((member) => misfit(value, member, root, path) === undefined) ? undefined : path;
  }
  if (Array.isArray(schema.allOf)) {
    return schema.allOf.map((member) => misfit(value, member, root, path)).find((found) => found !== undefined);
  }
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.some((type) => typedMisfit(value, type, schema, root, path) === undefined) ? undefined : path;
}

function typedMisfit(value: unknown, type: unknown, schema: JsonSchema, root: JsonSchema, path: string) {
  switch (type) {
    case "object":
      return objectMisfit(value, schema, root, path);
    case "array":
      if (!Array.isArray(value) || value.length < Number(schema.minItems ?? 0)) return path;
      return value.map((item, i) => misfit(item, schema.items, root, `${path}[${i}]`)).find((f) => f !== undefined);
    case "integer":
      return Number.isInteger(value) ? undefined : path;
    case "number":
      return Number.isFinite(value) ? undefined : path;
    case "null":
      return value === null ? undefined : path;
    default:
      return typeof value === type ? undefined : path;
  }
}

function objectMisfit(value: unknown, schema: JsonSchema, root: JsonSchema, path: string): string | undefined {
  if (!isSchema(value)) return path;
  const properties = propertiesOf(schema);
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const missing = required.find((name) => !Object.hasOwn(value, String(name)));
  if (missing !== undefined) return `${path}.${String(missing)}`;
  for (const [name, member] of Object.entries(value)) {
    const found = Object.hasOwn(properties, name)
      ? misfit(member, properties[name], root, `${path}.${name}`)
      : `${path}.${name}`;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Which value is chosen where the schema allows several. */
export type Taste = { pickEnum(values: readonly unknown[]): unknown; string: string; integer: number; nulls: boolean };

/** The first enum value, null where allowed, "stand-in" for strings: enough for a future agent without rules. */
export const minimal: Taste = { pickEnum: (values) => values[0], string: "stand-in", integer: 0, nulls: true };

const stringByFormat: Record<string, string> = {
  "date-time": "2026-01-01T00:00:00Z",
  time: "00:00:00Z",
  date: "2026-01-01",
  duration: "PT0S",
  email: "stand-in@example.com",
  hostname: "example.com",
  uri: "https://example.com/",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uuid: "00000000-0000-4000-8000-000000000000",
};

/** One valid value of the schema, in the order of its properties, with the given choices. */
export function instanceOf(schema: unknown, root: JsonSchema, taste: Taste): unknown {
  if (!isSchema(schema)) return null;
  if (typeof schema.$ref === "string") return instanceOf(resolveRef(root, schema.$ref), root, taste);
  if (Array.isArray(schema.enum)) return taste.pickEnum(schema.enum);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.anyOf)) return instanceOf(pickMember(schema.anyOf, taste), root, taste);
  if (Array.isArray(schema.allOf)) {
    const parts = schema.allOf.map((member) => instanceOf(member, root, taste));
    return parts.every(isSchema) ? Object.assign({}, ...parts) : parts[0];
  }
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  const type = pickMember(
    types.map((name) => ({ type: name })),
    taste,
  )?.type;
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(propertiesOf(schema)).map(([name, member]) => [name, instanceOf(member, root, taste)]),
      );
    case "array":
      return Number(schema.minItems ?? 0) > 0 ? [instanceOf(schema.items, root, taste)] : [];
    case "string":
      return typeof schema.format === "string" ? (stringByFormat[schema.format] ?? taste.string) : taste.string;
    case "integer":
    case "number":
      return taste.integer;
    case "boolean":
      return !taste.nulls;
    default:
      return null;
  }
}

function pickMember(members: readonly unknown[], taste: Taste): JsonSchema | undefined {
  const schemas = members.filter(isSchema);
  return schemas.find((member) => (member.type === "null") === taste.nulls) ?? schemas[0];
}

export function propertiesOf(schema: JsonSchema): JsonSchema {
  return isSchema(schema.properties) ? schema.properties : {};
}
