/**
 * Strict parameters. Each endpoint has a rule for every parameter that the SDK's own type names (`keyof P`), so a new
 * SDK version that adds one does not compile until someone has decided what the stand-in does with it.
 */

import { invalidRequest, notModelled } from "./errors.ts";
import type { FormObject, FormValue } from "./form.ts";

export type Rule =
  | { kind: "text"; emptyable: boolean; lengthMax: number }
  | { kind: "integer"; minimum: number; emptyable: boolean }
  | { kind: "boolean" }
  | { kind: "oneOf"; values: readonly string[] }
  | { kind: "metadata" }
  | { kind: "list"; of: Rule }
  | { kind: "shape"; fields: Record<string, Rule>; required: readonly string[]; emptyable: boolean }
  | { kind: "range" }
  | { kind: "anyOf"; rules: readonly Rule[] }
  | { kind: "unmodelled" };

export interface Spec<P> {
  fields: Record<keyof P, Rule>;
  required?: readonly (keyof P & string)[];
}

export const text = (options: { emptyable?: boolean; lengthMax?: number } = {}): Rule => ({
  kind: "text",
  emptyable: options.emptyable ?? false,
  lengthMax: options.lengthMax ?? 5000,
});
export const integer = (options: { minimum?: number; emptyable?: boolean } = {}): Rule => ({
  kind: "integer",
  minimum: options.minimum ?? Number.MIN_SAFE_INTEGER,
  emptyable: options.emptyable ?? false,
});
export const flag: Rule = { kind: "boolean" };
export const oneOf = (...values: string[]): Rule => ({ kind: "oneOf", values });
export const anyOf = (...rules: Rule[]): Rule => ({ kind: "anyOf", rules });
export const metadata: Rule = { kind: "metadata" };
export const listOf = (of: Rule): Rule => ({ kind: "list", of });
export const expand: Rule = listOf(text());
/** `created=123` or `created[gte]=123`. */
export const range: Rule = { kind: "range" };
export const shape = (
  fields: Record<string, Rule>,
  options: { required?: readonly string[]; emptyable?: boolean } = {},
): Rule => ({ kind: "shape", fields, required: options.required ?? [], emptyable: options.emptyable ?? false });
export const paging = {
  limit: integer({ minimum: 1 }),
  starting_after: text(),
  ending_before: text(),
};
export const searching = { query: text(), limit: integer({ minimum: 1 }), page: text(), expand };

type Words<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Text;

/**
 * Parameters that Stripe knows and the stand-in does not: refused by name, never silently ignored. Each argument is a
 * line of names with a space between them.
 */
export function unmodelled<const Line extends string>(...lines: Line[]): Record<Words<Line>, Rule> {
  const names = lines.flatMap((line) => line.split(" "));
  return Object.fromEntries(names.map((name) => [name, { kind: "unmodelled" }])) as Record<Words<Line>, Rule>;
}

/** Returns the parameters with their types, or throws Stripe's 400. The cast is what the rules have just checked. */
export function checkParams<P>(spec: Spec<P>, form: FormObject): P {
  const shapeRule: Rule = {
    kind: "shape",
    fields: spec.fields as Record<string, Rule>,
    required: spec.required ?? [],
    emptyable: false,
  };
  return check(shapeRule, form, "") as P;
}

function check(rule: Rule, value: FormValue, name: string): unknown {
  switch (rule.kind) {
    case "text":
      return checkText(rule, value, name);
    case "integer":
      return checkInteger(rule, value, name);
    case "boolean":
      if (value === "true" || value === "false") return value === "true";
      throw invalidRequest(`Invalid boolean: ${shown(value)}`, { param: name });
    case "oneOf":
      return checkOneOf(rule.values, value, name);
    case "metadata":
      return checkMetadata(value, name);
    case "list":
      if (value === "") return [];
      if (!Array.isArray(value)) throw invalidRequest("Invalid array", { param: name });
      return value.map((item, position) => check(rule.of, item, `${name}[${position}]`));
    case "shape":
      return checkShape(rule, value, name);
    case "range":
      return typeof value === "string"
        ? checkInteger({ minimum: 0, emptyable: false }, value, name)
        : checkShape(RANGE, value, name);
    case "anyOf":
      return checkAnyOf(rule.rules, value, name);
    case "unmodelled":
      throw notModelled(`the parameter '${name}' here`, name);
  }
}

const RANGE: Extract<Rule, { kind: "shape" }> = {
  kind: "shape",
  fields: { gt: integer(), gte: integer(), lt: integer(), lte: integer() },
  required: [],
  emptyable: false,
};

function checkText(rule: { emptyable: boolean; lengthMax: number }, value: FormValue, name: string): string {
  if (typeof value !== "string") throw invalidRequest(`Invalid string: ${shown(value)}`, { param: name });
  if (value === "" && !rule.emptyable) throw emptyParameter(name);
  if (value.length > rule.lengthMax) {
    throw invalidRequest(
      `Invalid string: ${value.slice(0, 4)}...${value.slice(-4)}; must be at most ${rule.lengthMax} characters`,
      { param: name },
    );
  }
  return value;
}

function checkInteger(rule: { minimum: number; emptyable: boolean }, value: FormValue, name: string): number | "" {
  if (value === "" && rule.emptyable) return "";
  if (value === "") throw emptyParameter(name);
  if (typeof value !== "string" || !/^-?\d{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) {
    throw invalidRequest(`Invalid integer: ${shown(value)}`, { code: "parameter_invalid_integer", param: name });
  }
  const number = Number(value);
  if (number < rule.minimum) {
    throw invalidRequest(`This value must be greater than or equal to ${rule.minimum}.`, {
      code: "parameter_invalid_integer",
      param: name,
    });
  }
  return number;
}

function checkOneOf(values: readonly string[], value: FormValue, name: string): string {
  if (value === "") throw emptyParameter(name);
  if (typeof value === "string" && values.includes(value)) return value;
  const listed = values.length > 1 ? `one of ${values.slice(0, -1).join(", ")}, or ${values.at(-1)}` : values[0];
  throw invalidRequest(`Invalid ${name}: must be ${listed}`, { param: name });
}

/** Limits: https://docs.stripe.com/api/metadata. An empty string unsets everything, an empty value unsets its key. */
function checkMetadata(value: FormValue, name: string): Record<string, string> | "" {
  if (value === "") return "";
  if (typeof value === "string") throw invalidRequest("Invalid object", { param: name });
  const entries = Object.entries(value);
  if (entries.length > 50) throw invalidRequest("Metadata can have up to 50 keys.", { param: name });
  for (const [key, item] of entries) {
    if (typeof item !== "string") throw invalidRequest(`Invalid string: ${shown(item)}`, { param: `${name}[${key}]` });
    if (key.length > 40) {
      throw invalidRequest(
        `Metadata keys can have up to 40 characters, but you passed in a key that is ${key.length} characters. Invalid key: ${key}`,
        { param: name },
      );
    }
    if (item.length > 500) {
      throw invalidRequest(
        `Metadata values can have up to 500 characters, but you passed in a value that is ${item.length} characters. Invalid value: ${item}`,
        { param: name },
      );
    }
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function checkShape(rule: Extract<Rule, { kind: "shape" }>, value: FormValue, name: string): unknown {
  if (value === "" && rule.emptyable) return "";
  if (typeof value === "string" || Array.isArray(value)) throw invalidRequest("Invalid object", { param: name });
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const path = name === "" ? key : `${name}[${key}]`;
    const field = Object.hasOwn(rule.fields, key) ? rule.fields[key] : undefined;
    if (field === undefined) {
      throw invalidRequest(`Received unknown parameter: ${path}`, { code: "parameter_unknown", param: path });
    }
    result[key] = check(field, item, path);
  }
  for (const key of rule.required) {
    if (result[key] !== undefined) continue;
    const path = name === "" ? key : `${name}[${key}]`;
    throw invalidRequest(`Missing required param: ${path}.`, { code: "parameter_missing", param: path });
  }
  return result;
}

function checkAnyOf(rules: readonly Rule[], value: FormValue, name: string): unknown {
  let last: unknown;
  for (const rule of rules) {
    try {
      return check(rule, value, name);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

function emptyParameter(name: string): Error {
  return invalidRequest(
    `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
    { code: "parameter_invalid_empty", param: name },
  );
}

function shown(value: FormValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
