import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { UserError } from "./errors.ts";

/**
 * Files with keys, or with what keys protect: their owner alone reads them, and a symlink in their place is refused, since
 * somebody else may have put it there.
 */
const OTHERS = 0o077;

/**
 * Makes the folder, or closes an existing one to everybody else. The folder itself may be a symlink to a folder of this
 * user: people keep their state on another disk.
 */
export function privateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = statSync(path);
  refuseOthers(path, found);
  if ((found.mode & OTHERS) !== 0) chmodSync(path, 0o700);
}

/** Null when there is no such file. One that others may read is closed to them. Throws a UserError for what is not ours. */
export function readPrivate(path: string): string | null {
  const file = openPrivate(path, constants.O_RDONLY);
  if (file === null) return null;
  try {
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/** Puts the whole text in the place of the file, or leaves it as it was. */
export function writePrivate(path: string, text: string): void {
  refuseStrange(path, lstatSync(path, { throwIfNoEntry: false }));
  const next = `${path}.${process.pid}.new`;
  rmSync(next, { force: true });
  const file = openSync(next, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
  syncFolder(dirname(path));
}

/** A descriptor at which lines are added. The file is made where it is missing. */
export function openForAppend(path: string): number {
  const file = openPrivate(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
  if (file === null) throw new UserError(`${path} cannot be made`);
  return file;
}

/** A descriptor for reading; null when there is no such file. */
export const openForReading = (path: string): number | null => openPrivate(path, constants.O_RDONLY);

function openPrivate(path: string, flags: number): number | null {
  let file: number;
  try {
    // Without O_NONBLOCK a pipe in place of the file would make us wait for ever.
    file = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    if (code === "ELOOP") throw new UserError(`${path} is a symlink: refused. Remove it, then try again.`);
    if (code === "EACCES") throw new UserError(`${path} cannot be opened: this user has no right to.`);
    throw error;
  }
  try {
    const found = fstatSync(file);
    refuseStrange(path, found);
    if ((found.mode & OTHERS) !== 0) fchmodSync(file, 0o600);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function refuseStrange(path: string, found: Stats | undefined): void {
  if (found === undefined) return;
  if (found.isSymbolicLink()) throw new UserError(`${path} is a symlink: refused. Remove it, then try again.`);
  if (!found.isFile()) throw new UserError(`${path} is not a file: refused. Remove it, then try again.`);
  refuseOthers(path, found);
}

function refuseOthers(path: string, { uid }: Stats): void {
  if (process.getuid === undefined || uid === process.getuid()) return;
  throw new UserError(`${path} belongs to another user: refused. Set STATE_DIR to a folder of your own.`);
}

/** So that a rename is on disk as well. Some systems cannot do this to a folder. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, constants.O_RDONLY);
    fsyncSync(folder);
    closeSync(folder);
  } catch {
    // The file itself is on disk.
  }
}
