import { ingestTarget } from "../client.ts";
import { UserError } from "../errors.ts";
import { noteLine, printJson } from "../print.ts";
import { createProgress } from "../progress.ts";
import { createBadLines, type Rejected } from "../send/bad-lines.ts";
import { typeOf } from "../send/check.ts";
import { dryRun } from "../send/dry-run.ts";
import type { Chunk } from "../send/piece.ts";
import { postChunk, type Sent } from "../send/post.ts";
import { type Bookmark, bookmarkOf, type Progressed } from "../send/resume.ts";
import { openSource, type Source } from "../send/source.ts";
import { countTypes, idleTypes, type TypeCounts } from "../send/types.ts";
import { type Environment, stateDirOf } from "../settings.ts";
import { quoted } from "../shell.ts";
import { stopOnSignal } from "../stop-on-signal.ts";

export type SendOptions = { restart?: true; json?: true; dryRun?: true; lane: "live" | "batch" };

const NO_BOOKMARK: Bookmark = {
  read: () => ({ offset: 0, line: 1, accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 }),
  write: () => undefined,
  remove: () => undefined,
};

export async function send(file: string, env: Environment, options: SendOptions): Promise<void> {
  const source = await openSource(file);
  const stopping = stopOnSignal();
  if (options.dryRun === true) {
    const isGood = await dryRun(source, { json: options.json === true, stopping });
    process.exitCode = stopping.aborted ? 130 : isGood ? 0 : 1;
    return;
  }
  const target = ingestTarget(env);
  const bookmark = source.size === null ? NO_BOOKMARK : bookmarkOf(file, stateDirOf(env), target.url);
  if (options.restart === true) bookmark.remove();
  const begun = bookmark.read();
  if (begun.line > 1 || begun.offset > 0)
    noteLine(`continuing at line ${begun.line} (--restart begins at the first line)`);
  const begunAt = performance.now();
  const progress = createProgress("sending");
  const say = (text: string): void => {
    progress.end();
    noteLine(text);
  };
  const badLines = createBadLines(say);
  const types = countTypes();
  const reached = await sendFrom(begun).finally(() => progress.end());
  badLines.end();
  const isComplete = !stopping.aborted && reached.isWhole;
  // What is mended is another file.
  if (!stopping.aborted) bookmark.remove();
  report(reached, types, { file, source, begun, isStopped: stopping.aborted });
  if (options.json === true) {
    printJson(
      resultOf(reached, { begun, source, isComplete, bad: badLines.listed(), durationMs: performance.now() - begunAt }),
    );
  }
  process.exitCode = exitCodeOf(reached, stopping.aborted);

  async function sendFrom(position: Progressed): Promise<Reached> {
    let now: Reached = { ...position, isWhole: true };
    try {
      for await (const chunk of source.chunks(position)) {
        const onWait = (why: string, waitMs: number) => say(`${why}; trying again in ${Math.ceil(waitMs / 1000)} s`);
        const sent = withBroken(await postChunk(target, chunk, { lane: options.lane, stopping, onWait }), chunk);
        badLines.add(sent.rejected);
        addTypes(types, chunk, sent.rejected);
        now = {
          ...chunk.end,
          accepted: now.accepted + sent.accepted,
          duplicates: now.duplicates + sent.duplicates,
          conflicts: now.conflicts + sent.conflicts,
          rejected: now.rejected + sent.rejected.length,
          isWhole: chunk.broken === undefined,
        };
        bookmark.write(now);
        progress.update(...progressOf(now, source));
        if (stopping.aborted) return now;
      }
      // Behind the last element of an array there is only its end.
      if (source.size !== null) progress.update(...progressOf({ ...now, offset: source.size }, source));
      return now;
    } catch (error) {
      throw new UserError(error instanceof Error ? error.message : String(error), howToGoOn(file, source, now));
    }
  }
}

/** `isWhole`: the file could be read to its end. */
type Reached = Progressed & { isWhole: boolean };

/** Where a file cannot be read on is one more line that is rejected. */
function withBroken(sent: Sent, { broken }: Chunk): Sent {
  if (broken === undefined) return sent;
  const { line, error } = broken;
  return { ...sent, rejected: [...sent.rejected, { line, error: `${error}; nothing behind it was sent` }] };
}

function addTypes(types: TypeCounts, { lines }: Chunk, rejected: readonly Rejected[]): void {
  const bad = new Set(rejected.map(({ line, element }) => element ?? line));
  for (const { line, element, bytes } of lines) {
    const type = bad.has(element ?? line) ? null : typeOf(bytes);
    if (type !== null) types.add(type);
  }
}

function progressOf({ offset, line }: Progressed, source: Source): [number, number | null, string] {
  const lines = linesUpTo(line, source);
  return source.size === null ? [lines, null, "lines"] : [offset, source.size, `bytes, line ${lines}`];
}

/** Of a file of lines, the position is the line that comes next. */
const linesUpTo = (line: number, { kind }: Source): number => (kind === "lines" ? line - 1 : line);

/** 130: interrupted, as after SIGINT. 1: some lines were rejected. */
function exitCodeOf({ rejected }: Progressed, isStopped: boolean): number {
  if (isStopped) return 130;
  return rejected > 0 ? 1 : 0;
}

type Sending = { file: string; source: Source; begun: Progressed; isStopped: boolean };

/** For people, on standard error. */
function report(reached: Reached, types: TypeCounts, { file, source, isStopped }: Sending): void {
  const { accepted, duplicates, conflicts, rejected } = reached;
  if (isStopped) noteLine(howToGoOn(file, source, reached));
  const events = accepted + duplicates + conflicts + rejected;
  noteLine(
    events === 0
      ? "there was no event in it: nothing was sent"
      : `${counted(events, "event")}: ${accepted} accepted, ${counted(duplicates, "duplicate")}, ${counted(conflicts, "conflict")}, ${rejected} rejected`,
  );
  const idle = idleTypes(types);
  if (idle !== null) noteLine(idle);
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

type Result = { begun: Progressed; source: Source; isComplete: boolean; bad: Rejected[]; durationMs: number };

function resultOf(
  { accepted, duplicates, conflicts, rejected, line }: Reached,
  { begun, source, isComplete, bad, durationMs }: Result,
) {
  return {
    complete: isComplete,
    lines: linesUpTo(line, source),
    resumedAtLine: begun.line > 1 ? begun.line : null,
    accepted,
    duplicates,
    conflicts,
    rejected: { count: rejected, lines: bad },
    durationMs: Math.round(durationMs),
  };
}

function howToGoOn(file: string, { size }: Source, { line }: Progressed): string {
  const where = `stopped at line ${line}`;
  if (size === null) return `${where}. Send the same input again: what was accepted is recognised.`;
  return `${where}. The same command continues there: npx countersign send ${quoted(file)}`;
}
