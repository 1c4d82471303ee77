import { closeSync, createWriteStream, fstatSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DAY_MS } from "../../shared/core/time.ts";
import { generateDay } from "../../simulators/day/index.ts";
import { UserError } from "../errors.ts";
import { noteLine, printJson } from "../print.ts";
import { linesOfDay, type SampleLines } from "../sample-lines.ts";

export type SampleOptions = { events: number; seed: number; out: string; force?: true; json?: true };

/** Writes a day as NDJSON that `send` takes as it is. The same seed on the same day is the same file. */
export async function sample({ events, seed, out, force, json }: SampleOptions): Promise<void> {
  if (out === "-" && json === true)
    throw new UserError("--json and --out - both write to standard output; name a file");
  const startAt = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
  const written = linesOfDay(generateDay({ events, seed, startAt, subscriptions: true }), { seed, startAt });
  const target = out === "-" ? process.stdout : createWriteStream(out, { fd: openedForWriting(out, force === true) });
  await pipeline(Readable.from(withNewlines(written.lines)), target, { end: out !== "-" });
  for (const line of hints(written, { out, seed })) noteLine(line);
  if (json === true) {
    const { lines, requests, copies, garbage } = written;
    printJson({ file: out, events: lines.length, requests, copies, leftOut: garbage });
  }
}

function* withNewlines(lines: readonly string[]): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

function openedForWriting(out: string, isForced: boolean): number {
  try {
    const descriptor = openSync(out, isForced ? "w" : "wx");
    if (!fstatSync(descriptor).isDirectory()) return descriptor;
    closeSync(descriptor);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(out).isDirectory()) throw isFolder(out);
    if (code === "EEXIST")
      throw new UserError(`${out} is there already: --force writes over it, --out names another file`);
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new UserError(`${out} cannot be written: there is no folder ${dirname(out)}`);
    if (code === "EACCES" || code === "EPERM" || code === "EROFS")
      throw new UserError(`${out} cannot be written by you: --out names a file elsewhere`);
    if (code !== "EISDIR") throw new UserError(`${out} cannot be written: ${String(code)}`);
  }
  throw isFolder(out);
}

const isFolder = (out: string): UserError => new UserError(`${out} is a folder: --out names a file`);

/** What to do with it, and what of a day a file cannot hold. */
function hints(
  { lines, requests, copies, garbage }: SampleLines,
  { out, seed }: { out: string; seed: number },
): string[] {
  const file = out === "-" ? "standard output" : out;
  const next = out === "-" ? "-" : out;
  return [
    `${lines.length} events in ${file}.`,
    `${requests} are requests in words; ${copies} are copies, which count as duplicates.`,
    `  look at it   npx countersign send ${next} --dry-run`,
    `  send it      npx countersign send ${next}`,
    "What of a day is not in a file:",
    "  signatures: its events come with a key, not as webhooks",
    "  the payments themselves: the demo puts them into the stand-in of Stripe; here",
    "  nobody finds them, so what would move money goes to a person",
    ...(garbage === 0
      ? []
      : [`  ${garbage} lines that are no events, which the demo sends to show that they are refused`]),
    `The same seed has the same ids every day; on another day take another, such as`,
    `--seed ${seed + 1}, or its events are conflicts.`,
  ];
}
