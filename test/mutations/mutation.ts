import { err, ok, type Result } from "../../shared/core/result.ts";

/** What is broken on purpose: the promises, as docs/architecture.md and the README make them, and what they stand on. */
export const PROMISES = {
  lost: "Nothing accepted is lost",
  twice: "Nothing is executed twice",
  policy: "Nothing exceeds policy",
  meant: "Money moves only as it was meant",
  explained: "Everything is explained",
  text: "Text is never an instruction",
  money: "Money is an integer",
  order: "Events come in any order, twice and late",
  heard: "What people must act on reaches them",
  grants: "Executors act only on a grant",
  decided: "People decide once, and about what they saw",
  deployed: "A deployment can be repeated, and opens nothing before its time",
  envelopes: "Money at risk has an envelope",
  holds: "What is on hold waits",
  doors: "Doors, and bad input",
  people: "Every act has a person, who may do it",
  keys: "Secrets have a form, and a rotation breaks nothing",
  local: "On one machine nothing is left behind, and no key goes astray",
  pump: "The pump and dead letters",
  growth: "Nothing grows without bound, and texts go after their time",
  terminal: "What a terminal shows is so, and what a program reads is one line",
} as const;
export type PromiseName = keyof typeof PROMISES;

/** One break in one file. `tests`: the files of which one must then have a failing test. */
export type Mutation = {
  promise: PromiseName;
  name: string;
  /** One sentence: what the system does then. */
  breaks: string;
  file: string;
  /** Occurs exactly once in the file. Short, so that it survives a rewrite of what stands around it. */
  find: string;
  replace: string;
  tests: readonly [string, ...string[]];
};

/** A mutation as it stands in the list of its promise. */
export type Listed = Omit<Mutation, "promise">;

/** The source with the mutation in it; or why the list is no longer about this source. */
export function mutate(source: string, { name, file, find, replace }: Mutation): Result<string, string> {
  const [before = "", after, ...more] = source.split(find);
  if (after === undefined) return err(`${name}: ${file} no longer contains: ${find}`);
  if (more.length > 0) return err(`${name}: ${file} contains ${more.length + 1} times: ${find}`);
  return ok(`${before}${replace}${after}`);
}
