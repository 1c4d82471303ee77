/** What the controls under `/_sim` have in common: a JSON body in, a change that no API request made, JSON out. */

import type { AnyResource, ResourceName, Resources } from "../resources.ts";
import { type Context, type World, worldOf } from "../world.ts";

export type Body = Record<string, unknown>;
/** `id` is the one in the path, or empty. What it throws becomes a 400. */
export type Control = (world: World, body: Body, id: string) => unknown;

/** A change without an API request, so its events name none. */
export function byItself(world: World, object: AnyResource): Context {
  const account = world.store.accountOf(object);
  return {
    world: worldOf(world, account),
    livemode: world.store.livemodeOf(object),
    requestId: null,
    idempotencyKey: null,
  };
}

export function known<Name extends ResourceName>(world: World, name: Name, id: unknown): Resources[Name] {
  const object = typeof id === "string" ? world.store.get(name, id) : undefined;
  if (object === undefined) throw new Error(`There is no ${name} ${String(id)}.`);
  return object;
}

export function numberIn(body: Body, name: string): number {
  const value = body[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new Error(`${name} must be an integer.`);
  return value;
}

/** An amount of money, or undefined where none is given. */
export function amountIn(body: Body, name: string, minimum = 1): number | undefined {
  if (body[name] === undefined) return undefined;
  const amount = numberIn(body, name);
  if (amount < minimum) throw new Error(`${name} must be at least ${minimum}.`);
  return amount;
}

export function wordIn<Word extends string>(body: Body, name: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === body[name]);
  if (word === undefined) throw new Error(`${name} must be one of ${words.join(", ")}.`);
  return word;
}

export function textIn(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value !== undefined && (typeof value !== "string" || value === "")) throw new Error(`${name} must be a text.`);
  return value;
}

export function flagIn(body: Body, name: string): boolean | undefined {
  const value = body[name];
  if (value !== undefined && typeof value !== "boolean") throw new Error(`${name} must be true or false.`);
  return value;
}

export function metadataIn(body: Body): Record<string, string> | undefined {
  const { metadata } = body;
  if (metadata === undefined) return undefined;
  const isFlat =
    typeof metadata === "object" &&
    metadata !== null &&
    Object.values(metadata).every((value) => typeof value === "string");
  if (!isFlat) throw new Error("metadata must be an object of strings.");
  return metadata as Record<string, string>;
}

/** A field that the control does not know is a mistake of the test, not something to leave out. */
export function requireOnly(body: Body, ...names: string[]): void {
  const other = Object.keys(body).find((name) => !names.includes(name));
  if (other !== undefined) throw new Error(`The control knows no '${other}'; it knows ${names.join(", ")}.`);
}
