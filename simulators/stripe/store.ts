/**
 * Every object by id, by type and by the fields that Stripe's lists filter on. Objects are changed in place, then `put`.
 * Each object lives in exactly one account; `of` is the store as that account sees it.
 */

import type { Journal } from "./journal.ts";
import { type AnyResource, createdOf, INDEXED, idOf, type ResourceName, type Resources } from "./resources.ts";

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
  /** The account's objects only, and new ones are its own; null is the platform itself. */
  of(account: string | null): Store;
  /** Null for an object of the platform. */
  accountOf(object: { id: string }): string | null;
}

/** The objects of all accounts; a new one is the platform's. */
export interface WholeStore extends Store {
  everything(): Iterable<AnyResource>;
  countsByType(): Record<string, number>;
  clear(): void;
}

interface Entry {
  object: AnyResource;
  account: string | null;
  /** Breaks ties between objects of the same second, as the order of creation does at Stripe. */
  sequence: number;
  keys: string[];
}

/** Undefined: the objects of all accounts. */
type Scope = string | null | undefined;

export function createStore(journal: () => Journal): WholeStore {
  const entriesById = new Map<string, Entry>();
  const idsByType = new Map<ResourceName, Set<string>>();
  const idsByKey = new Map<string, Set<string>>();
  const sortedByScope = new Map<Scope, Map<ResourceName, AnyResource[]>>();
  const viewsByAccount = new Map<string | null, Store>();
  let sequence = 0;

  function put(object: AnyResource, scope: Scope): void {
    const known = entriesById.get(object.id);
    const account = known?.account ?? scope ?? null;
    if (known !== undefined && scope !== undefined && scope !== known.account) {
      throw new Error(`${object.id} is an object of ${known.account ?? "the platform"}, not of ${scope ?? "it"}.`);
    }
    journal().append({ kind: "put", object, ...(account === null ? {} : { account }) });
    const keys = indexKeys(object);
    if (known === undefined) {
      entriesById.set(object.id, { object, account, sequence: sequence++, keys });
      setIn(idsByType, object.object, object.id);
      forgetSorted(object, account);
      for (const key of keys) setIn(idsByKey, key, object.id);
      return;
    }
    for (const key of known.keys) if (!keys.includes(key)) idsByKey.get(key)?.delete(object.id);
    for (const key of keys) if (!known.keys.includes(key)) setIn(idsByKey, key, object.id);
    if (known.object !== object) forgetSorted(object, account);
    known.object = object;
    known.keys = keys;
  }

  function forgetSorted(object: AnyResource, account: string | null): void {
    sortedByScope.get(undefined)?.delete(object.object);
    sortedByScope.get(account)?.delete(object.object);
  }

  function seen(id: string | null | undefined, scope: Scope): Entry | undefined {
    const entry = id === null || id === undefined ? undefined : entriesById.get(id);
    return scope === undefined || entry?.account === scope ? entry : undefined;
  }

  function sorted(ids: Iterable<string>, scope: Scope): AnyResource[] {
    const entries: Entry[] = [];
    for (const id of ids) {
      const entry = seen(id, scope);
      if (entry !== undefined) entries.push(entry);
    }
    entries.sort((a, b) => createdOf(b.object) - createdOf(a.object) || b.sequence - a.sequence);
    return entries.map((entry) => entry.object);
  }

  function all(name: ResourceName, scope: Scope): AnyResource[] {
    let byType = sortedByScope.get(scope);
    if (byType === undefined) {
      byType = new Map();
      sortedByScope.set(scope, byType);
    }
    let objects = byType.get(name);
    if (objects === undefined) {
      objects = sorted(idsByType.get(name) ?? [], scope);
      byType.set(name, objects);
    }
    return objects;
  }

  function livemodeOf(object: AnyResource): boolean {
    if ("livemode" in object) return object.livemode;
    const base = entriesById.get(baseOf(object) ?? "")?.object;
    return base === undefined ? false : livemodeOf(base);
  }

  function view(scope: Scope): Store {
    return {
      put: (object) => put(object as AnyResource, scope),
      get: (name, id) => {
        const object = seen(id, scope)?.object;
        return object?.object === name ? (object as Resources[typeof name]) : undefined;
      },
      find: (id) => seen(id, scope)?.object,
      all: (name) => all(name, scope) as Resources[typeof name][],
      where: (name, field, value) =>
        sorted(idsByKey.get(keyOf(name, field, value)) ?? [], scope) as Resources[typeof name][],
      isIndexed: (name, field) => INDEXED[name] !== undefined && Object.hasOwn(INDEXED[name], field),
      livemodeOf,
      of: (account) => {
        const known = viewsByAccount.get(account) ?? view(account);
        viewsByAccount.set(account, known);
        return known;
      },
      accountOf: ({ id }) => entriesById.get(id)?.account ?? null,
    };
  }

  return {
    ...view(undefined),
    *everything() {
      for (const entry of entriesById.values()) yield entry.object;
    },
    countsByType: () => Object.fromEntries([...idsByType].map(([name, ids]) => [name, ids.size])),
    clear: () => {
      for (const map of [entriesById, idsByType, idsByKey, sortedByScope]) map.clear();
    },
  };
}

/** What has no mode field has the mode of the object that it belongs to. */
function baseOf(object: Exclude<AnyResource, { livemode: boolean }>): string | null {
  switch (object.object) {
    case "refund":
      return idOf(object.charge);
    case "balance_transaction":
      return idOf(object.source);
    case "transfer_reversal":
      return idOf(object.transfer);
    case "fee_refund":
      return idOf(object.fee);
    default:
      return null;
  }
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
