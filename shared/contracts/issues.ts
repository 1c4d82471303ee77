import type * as v from "valibot";
import { nearestOf } from "../core/nearest.ts";
import { looksLikeSeconds } from "../core/time.ts";
import { isCommonName, meantBy } from "./near-names.ts";

/** How many issues one answer names; it counts the others. */
const MOST = 5;
/** In how many names that we do not know a missing field is looked for. */
const LOOKED_AT = 50;
const UNNAMED = "a field whose name we do not know";

type Issue = v.BaseIssue<unknown>;
/** What is read of a schema of valibot: https://valibot.dev/guides/internal-architecture/ */
type Node = {
  type: string;
  entries?: Readonly<Record<string, Node>>;
  item?: Node;
  wrapped?: Node;
  pipe?: readonly Node[];
  options?: readonly unknown[];
  description?: string;
  requirement?: unknown;
};
type Key = string | number;

/**
 * What is wrong, in words for the sender: "amount: use amountMinor, an integer in minor units, …; mode: live or test". What
 * was sent is never repeated: it may be private, and so may the name of a field that we do not know.
 */
export function explainIssues(issues: readonly Issue[], schema: v.GenericSchema): string {
  const root = schema as unknown as Node;
  const all = [...unknownFields(issues, root), ...wrongValues(issues, root), ...missingFields(issues, root)];
  const said = [...new Set(all.slice(0, MOST).map((say) => say()))];
  const rest = all.length - MOST;
  return [...said, ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
}

/** A body may have a hundred thousand wrong fields: words are made for those that are said. */
type Say = () => string;

const isUnknown = ({ kind, expected, path }: Issue): boolean =>
  kind === "schema" && expected === "never" && path !== undefined;
const isMissing = ({ kind, expected, input, path }: Issue): boolean =>
  kind === "schema" && input === undefined && expected?.startsWith('"') === true && path !== undefined;

/** An object with fields that we do not know, or without some that we need. */
type Place = { at: Key[]; names: string[]; input: Readonly<Record<string, unknown>> };

function placesOf(issues: readonly Issue[]): Place[] {
  const places = new Map<string, Place>();
  for (const { path = [] } of issues) {
    const last = path.at(-1);
    if (last === undefined) continue;
    const at = path.slice(0, -1).map(({ key }) => key as Key);
    const name = at.join(".");
    const place = places.get(name) ?? { at, names: [], input: last.input as Place["input"] };
    places.set(name, place);
    place.names.push(String(last.key));
  }
  return [...places.values()];
}

/** The schema stops at the first one that it does not know, so the others are looked up. */
function unknownFields(issues: readonly Issue[], root: Node): Say[] {
  return placesOf(issues.filter(isUnknown)).flatMap(({ at, input }) => {
    if (Array.isArray(input)) return [() => `${shown(at)}: a JSON object, not a list`];
    const entries = bare(nodeAt(root, at))?.entries ?? {};
    return Object.keys(input)
      .filter((name) => !Object.hasOwn(entries, name))
      .map((name) => () => `${shown([...at, name])}: ${whatToUse(name, input, entries)}`);
  });
}

function whatToUse(name: string, input: Place["input"], entries: Readonly<Record<string, Node>>): string {
  const fields = Object.keys(entries);
  const meant = meantBy(name, fields);
  const node = meant === null ? undefined : entries[meant];
  if (meant === null || node === undefined) {
    const holder = fields.find((field) => Object.hasOwn(bare(entries[field])?.entries ?? {}, name));
    if (holder !== undefined) return `it belongs into ${holder}`;
    return fields.length > 12
      ? "there is no such field; leave it out"
      : `there is no such field, only ${list(fields, "and")}`;
  }
  if (Object.hasOwn(input, meant)) return `leave it out, since ${meant} is there`;
  const seconds = meant.endsWith("At") && looksLikeSeconds(input[name]) ? "; this looks like seconds: times 1,000" : "";
  return `use ${meant}, ${whatItIs(node)}${seconds}`;
}

/** All at once, without those that stand there under another name. */
function missingFields(issues: readonly Issue[], root: Node): Say[] {
  return placesOf(issues.filter(isMissing)).flatMap(({ at, names, input }) => {
    if (Array.isArray(input)) return [() => `${shown(at)}: a JSON object, not a list`];
    const entries = bare(nodeAt(root, at))?.entries ?? {};
    const others = Object.keys(input)
      .filter((name) => !Object.hasOwn(entries, name))
      .slice(0, LOOKED_AT);
    const renamed = others.map((name) => meantBy(name, Object.keys(entries)));
    const missing = names.filter((name) => !renamed.includes(name));
    if (missing.length === 0) return [];
    const needed = missing.map((name) => `${name} (${whatItIs(nodeAt(root, [...at, name]))})`);
    return [() => `${at.length === 0 ? "" : `${shown(at)}: `}missing: ${needed.join(", ")}`];
  });
}

function wrongValues(issues: readonly Issue[], root: Node): Say[] {
  const seen = new Set<string>();
  const isFirst = ({ path }: Issue): boolean => {
    const place = (path ?? []).map(({ key }) => String(key)).join("\n");
    return !seen.has(place) && seen.add(place) !== undefined;
  };
  return issues
    .filter((issue) => !isUnknown(issue) && !isMissing(issue) && isFirst(issue))
    .map((issue) => () => {
      const at = (issue.path ?? []).map(({ key }) => key as Key);
      return `${shown(at)}: ${inWords(issue, nodeAt(root, at))}`;
    });
}

/** Words of ours stand. The library's own quote what was sent. */
function inWords(issue: Issue, node: Node | undefined): string {
  const { kind, type, requirement, input, message } = issue;
  if (!message.startsWith("Invalid ")) return message;
  const most = Number(requirement).toLocaleString("en");
  if (type === "min_length" && requirement === 1)
    return Array.isArray(input) ? "name at least one" : "must not be empty";
  if (type === "max_length") return `at most ${most} ${Array.isArray(input) ? "entries" : "characters"}`;
  const near = type === "picklist" && typeof input === "string" ? nearestOf(input, optionsOf(node)) : null;
  // Among several one must hear which; a word of a list of ours is nobody's.
  const isAmongOthers = type === "picklist" && typeof issue.path?.at(-1)?.key === "number";
  const given = isAmongOthers && isWord(input) ? `${input} is not ` : "";
  if (near !== null) return `${given}${whatItIs(node)}; you may mean ${near}`;
  if (given !== "") return `${given}${whatItIs(node)}`;
  return `${whatItIs(node)}${kind === "schema" && type !== "picklist" ? notA(input) : ""}`;
}

const isWord = (input: unknown): input is string =>
  typeof input === "string" && /^[a-z]+(?:_[a-z]+)*$/i.test(input) && input.length <= 30;

/** ", not a text": what came in place of another type. */
export function notA(value: unknown): string {
  if (value === null) return ", not null";
  if (Array.isArray(value)) return ", not a list";
  const WORDS: Readonly<Record<string, string>> = {
    string: "a text",
    number: "a number",
    boolean: "true or false",
    object: "an object",
    undefined: "left out",
  };
  return `, not ${WORDS[typeof value] ?? "that"}`;
}

/** What a field must be: as its schema describes it, else by its type. */
function whatItIs(node: Node | undefined): string {
  if (node === undefined) return "another value";
  const described = node.pipe?.findLast(({ type }) => type === "description")?.description;
  if (described !== undefined) return described;
  const inner = bare(node);
  if (inner !== node) return whatItIs(inner);
  const BY_TYPE: Readonly<Record<string, string>> = {
    string: "a text",
    boolean: "true or false",
    array: "a list",
    strict_object: `a JSON object with at least ${list(neededOf(node), "and")}`,
  };
  if (node.type === "number") return numberOf(node);
  if (node.type !== "picklist") return BY_TYPE[node.type] ?? "another value";
  const options = optionsOf(node);
  return `${options.length > 2 ? "one of " : ""}${list(options, "or")}`;
}

/** "a whole number above 0": as its checks want it. */
function numberOf({ pipe = [] }: Node): string {
  const bound = (type: string): number | null => {
    const requirement = pipe.find((one) => one.type === type)?.requirement;
    return typeof requirement === "number" ? requirement : null;
  };
  const isWhole = pipe.some(({ type }) => type === "safe_integer" || type === "integer");
  const [least, most] = [bound("min_value"), bound("max_value")];
  const from = least === null ? "" : least === 0 ? ", not negative" : least === 1 ? " above 0" : ` from ${least}`;
  return `a ${isWhole ? "whole " : ""}number${from}${most === null ? "" : `, at most ${most.toLocaleString("en")}`}`;
}

const neededOf = (node: Node): string[] =>
  Object.entries(node.entries ?? {}).flatMap(([name, { type }]) => (type === "optional" ? [] : [name]));

const optionsOf = (node: Node | undefined): string[] => (bare(node)?.options ?? []).map(String);

/** What an optional one wraps, and the list of `listOf`, whose length is checked before it. */
function bare(node: Node | undefined): Node | undefined {
  if (node?.wrapped !== undefined) return bare(node.wrapped);
  if (node?.type !== "custom") return node;
  const [first, ...later] = node.pipe ?? [];
  return later.find(({ type }) => type === "array") ?? (first?.pipe === undefined ? node : bare(first));
}

/** The schema of a place. What a sender named leads nowhere unless the schema has it. */
function nodeAt(root: Node, at: readonly Key[]): Node | undefined {
  let node: Node | undefined = root;
  for (const key of at) {
    const here: Node | undefined = bare(node);
    node =
      typeof key === "number" ? here?.item : Object.hasOwn(here?.entries ?? {}, key) ? here?.entries?.[key] : undefined;
  }
  return node;
}

/** "id", "id and type", "id, type and mode" */
function list(names: readonly string[], word: "and" | "or"): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;
}

const shown = (at: readonly Key[]): string => (at.length === 0 ? "body" : at.every(isPlain) ? at.join(".") : UNNAMED);

/** A name that hides nothing: no number that may be somebody's, no key of a provider, nothing long. */
const isPlain = (key: Key): boolean =>
  typeof key === "number" ||
  isCommonName(key) ||
  (/^[A-Za-z_\d]{1,40}$/.test(key) && !/\d{3}|^(?:sk|rk|pk|whsec)_/.test(key));
