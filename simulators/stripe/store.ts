/** Every object by id, by type and by the fields that Stripe's lists filter on. Objects are changed in place, then `put`. */

import type { Journal } from "./journal.ts";
import { type AnyResource, INDEXED, idOf, type ResourceName, type Resources } from "./resources.ts";

export interface Store {
  put<Name extends ResourceName>(object: Resources[Name]): void;
  get<Name extends ResourceName>(name: Name, id: string | null | undefined): Resources[Name] | undefined;
  /** Any object, whatever its type; what `expand` needs. */
  find(id: string): AnyResource | undefined;
  /** Newest first, as Stripe lists. */
  all<Name extends ResourceName>(name: Name): Resources[Name][];
  /** Newest first; `field` is one of the type's indexed fields. */
  where<Name extends ResourceName>(name: Name, field: string, value: string): Resources[Name][];
  isIndexed(name: ResourceName, field: string): boolean;
  livemodeOf(object: AnyResource): boolean;
  everything(): Iterable<AnyResource>;
  countsByType(): Record<string, number>;
  clear(): void;
}

interface Entry {
  object: AnyResource;
  /** Breaks ties between objects of the same second, as the order of creation does at Stripe. */
  sequence: number;
  keys: string[];
}

export function createStore(journal: () => Journal): Store {
  const entriesById = new Map<string, Entry>();
  const idsByType = new Map<ResourceName, Set<string>>();
  const idsByKey = new Map<string, Set<string>>();
  const sortedByType = new Map<ResourceName, AnyResource[]>();
  let sequence = 0;

  function put(object: AnyResource): void {
    journal().append({ kind: "put", object });
    const known = entriesById.get(object.id);
    const keys = indexKeys(object);
    if (known === undefined) {
      entriesById.set(object.id, { object, sequence: sequence++, keys });
      setIn(idsByType, object.object, object.id);
      sortedByType.delete(object.object);
      for (const key of keys) setIn(idsByKey, key, object.id);
      return;
    }
    for (const key of known.keys) if (!keys.includes(key)) idsByKey.get(key)?.delete(object.id);
    for (const key of keys) if (!known.keys.includes(key)) setIn(idsByKey, key, object.id);
    if (known.object !== object) sortedByType.delete(object.object);
    known.object = object;
    known.keys = keys;
  }

  function sorted(ids: Iterable<string>): AnyResource[] {
    const entries: Entry[] = [];
    for (const id of ids) {
      const entry = entriesById.get(id);
      if (entry !== undefined) entries.push(entry);
    }
    entries.sort((a, b) => b.object.created - a.object.created || b.sequence - a.sequence);
    return entries.map((entry) => entry.object);
  }

  function livemodeOf(object: AnyResource): boolean {
    if ("livemode" in object) return object.livemode;
    // Refunds and balance transactions have no mode field; they have the mode of the object that they belong to.
    const base = object.object === "refund" ? idOf(object.charge) : idOf(object.source);
    const found = base === null ? undefined : entriesById.get(base)?.object;
    return found === undefined ? false : livemodeOf(found);
  }

  return {
    put: (object) => put(object as AnyResource),
    get: (name, id) => {
      const object = id === null || id === undefined ? undefined : entriesById.get(id)?.object;
      return object?.object === name ? (object as Resources[typeof name]) : undefined;
    },
    find: (id) => entriesById.get(id)?.object,
    all: (name) => {
      let objects = sortedByType.get(name);
      if (objects === undefined) {
        objects = sorted(idsByType.get(name) ?? []);
        sortedByType.set(name, objects);
      }
      return objects as Resources[typeof name][];
    },
    where: (name, field, value) => sorted(idsByKey.get(keyOf(name, field, value)) ?? []) as Resources[typeof name][],
    isIndexed: (name, field) => INDEXED[name] !== undefined && Object.hasOwn(INDEXED[name], field),
    livemodeOf,
    *everything() {
      for (const entry of entriesById.values()) yield entry.object;
    },
    countsByType: () => Object.fromEntries([...idsByType].map(([name, ids]) => [name, ids.size])),
    clear: () => {
      for (const map of [entriesById, idsByType, idsByKey, sortedByType]) map.clear();
    },
  };
}

function indexKeys(object: AnyResource): string[] {
  const indexes = INDEXED[object.object] as Record<string, (object: AnyResource) => string | null> | undefined;
  if (indexes === undefined) return [];
  const keys: string[] = [];
  for (const field in indexes) {
    const value = indexes[field]?.(object);
    if (value !== null && value !== undefined) keys.push(keyOf(object.object, field, value));
  }
  return keys;
}

function keyOf(name: ResourceName, field: string, value: string): string {
  return `${name} ${field} ${value}`;
}

function setIn<Key>(map: Map<Key, Set<string>>, key: Key, id: string): void {
  const ids = map.get(key);
  if (ids === undefined) map.set(key, new Set([id]));
  else ids.add(id);
}
