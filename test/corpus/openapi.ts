/** Checks one HTTP request against Stripe's OpenAPI document, as strictly as the document can be read. */

export type Schema = {
  $ref?: string;
  type?: string;
  enum?: string[];
  maxLength?: number;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  "x-expansionResources"?: { oneOf: Schema[] };
  "x-expandableFields"?: string[];
};
export type Operation = {
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
};
export type Spec = {
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

export type SentRequest = { method: string; path: string; query: string; body: string };

/** A path or a field that is younger than the document: described by hand, against the SDK's types, with its source. */
export type Newer = {
  changelog: string;
  /** Operations that the document does not have, by path and method. */
  paths?: Record<string, Record<string, Operation>>;
  /** Expandable fields that a schema of the document did not have, and the schema that each leads to. */
  expandable?: Record<string, Record<string, Schema>>;
};

type Form = { [name: string]: string | Form };

/** All that is wrong with the request; empty when the document allows it. */
export function problemsOf(spec: Spec, newer: readonly Newer[], request: SentRequest): string[] {
  const operation = operationOf(spec, newer, request);
  if (operation === null) return [`${request.method} ${request.path} is no operation of Stripe's`];
  const query = decode(request.query);
  const body = decode(request.body);
  const problems = [
    ...objectProblems(spec, querySchema(operation), query, "query"),
    ...objectProblems(spec, bodySchema(operation), body, "body"),
  ];
  const expand = Object.values({ ...asForm(query.expand), ...asForm(body.expand) });
  const answer = operation.responses["200"]?.content?.["application/json"]?.schema ?? {};
  for (const path of expand) problems.push(...expandProblems(spec, newer, answer, String(path)));
  return problems.map((problem) => `${request.method} ${request.path}: ${problem}`);
}

function operationOf(spec: Spec, newer: readonly Newer[], { method, path }: SentRequest): Operation | null {
  const tables = [spec.paths, ...newer.map(({ paths }) => paths ?? {})];
  // An exact path before one with variables: /v1/invoices/search is not the invoice called "search".
  const candidates = tables.flatMap((table) => Object.entries(table)).filter(([template]) => matches(template, path));
  const [best] = candidates.toSorted(([a], [b]) => variables(a) - variables(b));
  return best?.[1][method.toLowerCase()] ?? null;
}

function matches(template: string, path: string): boolean {
  const [wanted, actual] = [template.split("/"), path.split("/")];
  return wanted.length === actual.length && wanted.every((step, i) => step.startsWith("{") || step === actual[i]);
}
const variables = (template: string): number => template.split("{").length;

function querySchema({ parameters = [] }: Operation): Schema {
  const ofQuery = parameters.filter((parameter) => parameter.in === "query");
  return {
    properties: Object.fromEntries(ofQuery.map(({ name, schema }) => [name, schema])),
    additionalProperties: false,
    required: ofQuery.filter(({ required }) => required === true).map(({ name }) => name),
  };
}

function bodySchema({ requestBody }: Operation): Schema {
  return requestBody?.content["application/x-www-form-urlencoded"]?.schema ?? { additionalProperties: false };
}

function problemsOfValue(spec: Spec, schema: Schema, value: string | Form, name: string): string[] {
  if (schema.anyOf !== undefined) {
    const each = schema.anyOf.map((one) => problemsOfValue(spec, one, value, name));
    return each.some((problems) => problems.length === 0) ? [] : (each[0] ?? [`${name} fits nothing`]);
  }
  if (schema.type === "array") return arrayProblems(spec, schema, value, name);
  if (schema.type === "object" || schema.properties !== undefined) {
    return typeof value === "string" ? [`${name} must be an object`] : objectProblems(spec, schema, value, name);
  }
  if (typeof value !== "string") return [`${name} must be a single value`];
  return scalarProblems(schema, value, name);
}

function scalarProblems(schema: Schema, value: string, name: string): string[] {
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${name} must be one of ${schema.enum}`];
  if (schema.type === "integer" && !/^-?\d+$/.test(value)) return [`${name} must be an integer, not ${value}`];
  if (schema.type === "boolean" && !/^(true|false)$/.test(value)) return [`${name} must be a boolean, not ${value}`];
  if (schema.maxLength !== undefined && value.length > schema.maxLength) return [`${name} is too long`];
  return [];
}

function arrayProblems(spec: Spec, schema: Schema, value: string | Form, name: string): string[] {
  if (typeof value === "string") return [`${name} must be an array`];
  return Object.entries(value).flatMap(([index, item]) => {
    if (!/^\d*$/.test(index)) return [`${name}[${index}] is no index`];
    return problemsOfValue(spec, schema.items ?? {}, item, `${name}[${index}]`);
  });
}

function objectProblems(spec: Spec, schema: Schema, value: Form, name: string): string[] {
  const missing = (schema.required ?? [])
    .filter((field) => !(field in value))
    .map((field) => `${name}.${field} is missing`);
  const wrong = Object.entries(value).flatMap(([field, inner]) => {
    const known = schema.properties?.[field] ?? (schema.additionalProperties || undefined);
    if (known === undefined) return [`${name}.${field} is not a parameter of this operation`];
    return known === true ? [] : problemsOfValue(spec, known, inner, `${name}.${field}`);
  });
  return [...missing, ...wrong];
}

/** Walks `latest_charge`, `data.payments` … over the schemas of the answer. */
function expandProblems(spec: Spec, newer: readonly Newer[], answer: Schema, path: string): string[] {
  let schemas = [answer];
  for (const step of path.split(".")) {
    schemas = schemas.flatMap((schema) => stepInto(spec, newer, schema, step));
    if (schemas.length === 0) return [`expand ${path}: ${step} cannot be expanded`];
  }
  return path.split(".").length > 4 ? [`expand ${path}: deeper than four levels`] : [];
}

function stepInto(spec: Spec, newer: readonly Newer[], schema: Schema, step: string): Schema[] {
  return resolved(spec, schema).flatMap(({ name, schema: found }) => {
    const added = newer.flatMap(({ expandable }) => expandable?.[name]?.[step] ?? []);
    const field = found.properties?.[step];
    const isList = step === "data" && field?.type === "array";
    if (field === undefined || !(isList || found["x-expandableFields"]?.includes(step))) return added;
    return [...added, field["x-expansionResources"] ?? field.items ?? field].flatMap((next) =>
      "oneOf" in next ? next.oneOf : [next],
    );
  });
}

function resolved(spec: Spec, schema: Schema): { name: string; schema: Schema }[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return resolved(spec, spec.components.schemas[name] ?? {}).map((found) => ({ ...found, name }));
  }
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((one) => resolved(spec, one));
  return [{ name: "", schema }];
}

/** `a[b][0]=c` is `{a: {b: {0: c}}}`. */
export function decode(encoded: string): Form {
  const form: Form = {};
  for (const [name, value] of new URLSearchParams(encoded)) {
    const steps = name.replaceAll("]", "").split("[");
    let inner = form;
    for (const step of steps.slice(0, -1)) {
      const next = asForm(inner[step]);
      inner[step] = next;
      inner = next;
    }
    inner[steps.at(-1) ?? ""] = value;
  }
  return form;
}

const asForm = (value: string | Form | undefined): Form => (typeof value === "object" ? value : {});
