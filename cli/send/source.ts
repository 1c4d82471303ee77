import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../errors.ts";
import { quoted } from "../shell.ts";
import { readChunks } from "./chunks.ts";
import { HEAD_BYTES, type Kind, kindOf } from "./kind.ts";
import type { Chunk, Limits, Position } from "./piece.ts";
import { readValues } from "./values.ts";

/** Something to send: a file, or what comes in on standard input or through a pipe. */
export type Source = {
  name: string;
  kind: "lines" | "array" | "objects";
  /** Bytes; null for what comes in, which can be read once. */
  size: number | null;
  chunks(start: Position): AsyncGenerator<Chunk>;
};

/** The limits of one request. `lineBytes`: the largest event that ingest accepts. */
const LIMITS: Limits = { lines: 1_000, bytes: 1_048_576, lineBytes: 1_048_576 };

/** Opens what is to be sent and looks at its beginning. Throws a UserError that says what to do with what cannot be sent. */
export async function openSource(file: string): Promise<Source> {
  if (file === "-") return await incoming(process.stdin, "standard input", "FILE");
  const descriptor = opened(file);
  const stat = fstatSync(descriptor);
  if (stat.isDirectory()) {
    closeSync(descriptor);
    throw new UserError(
      `${file} is a folder. Name a file, or send several: cat ${quoted(file)}/*.ndjson | npx countersign send -`,
    );
  }
  if (!stat.isFile()) return await incoming(createReadStream(file, { fd: descriptor }), file, "FILE");
  const head = headOf(descriptor, stat.size);
  closeSync(descriptor);
  const kind = sendable(kindOf(head, stat.size <= head.byteLength, quoted(file)), file);
  return {
    name: file,
    kind,
    size: stat.size,
    chunks: (start) => chunksOf(createReadStream(file, { start: start.offset }), start, kind),
  };
}

function chunksOf(stream: AsyncIterable<Uint8Array>, start: Position, kind: Source["kind"]): AsyncGenerator<Chunk> {
  return kind === "lines" ? readChunks(stream, start, LIMITS) : readValues(stream, start, LIMITS, kind);
}

function opened(file: string): number {
  try {
    return openSync(file, "r");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new UserError(`there is no file ${file} (seen from ${process.cwd()})`);
    if (code === "EACCES" || code === "EPERM")
      throw new UserError(`${file} may not be read by you: ls -l ${quoted(file)} shows who may`);
    throw new UserError(`${file} cannot be opened: ${String(code)}`);
  }
}

function headOf(descriptor: number, size: number): Buffer {
  const head = Buffer.alloc(Math.min(size, HEAD_BYTES));
  let length = 0;
  for (let read = -1; read !== 0 && length < head.length; length += read) {
    read = readSync(descriptor, head, length, head.length - length, length);
  }
  return head.subarray(0, length);
}

/** Reads until it is clear what comes in. What was read for that is read again from memory. */
async function incoming(stream: AsyncIterable<Uint8Array>, name: string, shellName: string): Promise<Source> {
  const parts = stream[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  let found: Kind | null = null;
  for (let isWhole = false; found === null; ) {
    const next = await parts.next();
    isWhole = next.done === true;
    if (!isWhole) seen.push(next.value);
    found = kindOf(Buffer.concat(seen), isWhole, shellName);
  }
  const kind = sendable(found, name);
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* seen.splice(0);
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value;
  }
  return { name, kind, size: null, chunks: (start) => chunksOf(whole(), start, kind) };
}

function sendable(kind: Kind | null, name: string): Source["kind"] {
  if (kind === null || kind.kind === "empty") {
    throw new UserError(`${name} is empty: there is nothing to send. An export that failed often leaves such a file.`);
  }
  if (kind.kind !== "refused") return kind.kind;
  throw new UserError(`${name} is ${kind.what}. Nothing was sent.`, kind.advice);
}
