/** Decodes `application/x-www-form-urlencoded` with Stripe's brackets: `expand[0]=x`, `expand[]=x`, `metadata[key]=v`. */

import { invalidRequest } from "./errors.ts";

export type FormValue = string | FormObject | FormValue[];
export interface FormObject {
  [key: string]: FormValue;
}

const DEPTH_MAX = 10;

export function decodeForm(text: string): FormObject {
  const root: FormObject = Object.create(null);
  if (text === "") return root;
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? "" : decode(pair.slice(equals + 1));
    assign(root, pathOf(name), value);
  }
  return withArrays(root) as FormObject;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw invalidRequest("Invalid request: the body is not valid application/x-www-form-urlencoded.");
  }
}

function pathOf(name: string): string[] {
  const open = name.indexOf("[");
  if (open <= 0) return [name];
  const path = [name.slice(0, open)];
  for (const match of name.slice(open).matchAll(/\[([^\]]*)\]/g)) path.push(match[1] ?? "");
  if (path.length > DEPTH_MAX) throw invalidRequest(`Invalid request: '${path[0]}' is nested too deeply.`);
  return path;
}

function assign(root: FormObject, path: string[], value: string): void {
  let here = root;
  for (const [depth, step] of path.entries()) {
    const key = step === "" ? String(Object.keys(here).length) : step;
    if (depth === path.length - 1) {
      here[key] = value;
      return;
    }
    const next = here[key];
    if (typeof next === "object" && !Array.isArray(next)) {
      here = next;
    } else {
      const made: FormObject = Object.create(null);
      here[key] = made;
      here = made;
    }
  }
}

/** An object whose keys are exactly 0, 1, 2 … was an array. */
function withArrays(value: FormValue): FormValue {
  if (typeof value === "string" || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  for (const key of keys) value[key] = withArrays(value[key] as FormValue);
  const isArray = keys.length > 0 && keys.every((key, position) => key === String(position));
  return isArray ? keys.map((key) => value[key] as FormValue) : value;
}
