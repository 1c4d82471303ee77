import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { complaintOf } from "../shared/core/bindings.ts";
import { UserError } from "./errors.ts";
import { repositoryRoot } from "./workers.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const STATE = ".countersign";

/** An empty variable counts as not set: `INGEST_KEY= npm start` must not admit everyone. */
export function given(env: Environment, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === "" ? null : value;
}

/**
 * The directory with a stack's state and keys. Clients find a running stack there. By default it is that of the clone, from
 * any of its folders, or the nearest one above `from` within the clone. A relative STATE_DIR begins at `from`.
 */
export function stateDirOf(env: Environment, from = process.cwd()): string {
  const named = given(env, "STATE_DIR");
  if (named === null) return nearestState(from, resolve(repositoryRoot));
  const folder = resolve(from, named);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== false) return folder;
  throw new UserError(`STATE_DIR is ${folder}, which is a file: name a folder`);
}

function nearestState(from: string, root: string): string {
  for (let folder = resolve(from); folder.startsWith(`${root}${sep}`); folder = dirname(folder)) {
    if (existsSync(join(folder, STATE))) return join(folder, STATE);
  }
  return join(root, STATE);
}

export function portOf(env: Environment, name: string, preset: number): number {
  const text = given(env, name);
  if (text === null) return preset;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new UserError(`${name} must be a port from 0 to 65535, not "${text}"`);
  return port;
}

export function numberOf(env: Environment, name: string, preset: number): number {
  const text = given(env, name);
  if (text === null) return preset;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new UserError(`${name} must be a number that is not negative, not "${text}"`);
  return value;
}

/** A number for a Worker's variable. What the Worker would refuse is refused before anything is started. */
export function variableOf(env: Environment, name: string, preset: number): string {
  const value = String(numberOf(env, name, preset));
  const [complaint] = complaintOf(name, value);
  if (complaint !== undefined) throw new UserError(complaint);
  return value;
}
