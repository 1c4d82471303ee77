import { createReadStream, existsSync, statSync } from "node:fs";
import { ingestTarget } from "../client.ts";
import type { Environment } from "../credentials.ts";
import { UserError } from "../errors.ts";
import { quoted } from "../list.ts";
import { noteLine, printJson } from "../print.ts";
import { createProgress, type Progress } from "../progress.ts";
import { type Limits, readChunks } from "../send/chunks.ts";
import { postChunk, type Rejected } from "../send/post.ts";
import { type Bookmark, bookmarkOf, type Progressed } from "../send/resume.ts";
import { stateDirOf } from "../settings.ts";

export type SendOptions = { restart?: true; json?: true; lane: "live" | "batch" };

/** The limits of one request. `lineBytes`: the largest event that ingest accepts. */
const LIMITS: Limits = { lines: 1_000, bytes: 1_048_576, lineBytes: 1_048_576 };
/** The most bad lines in the final line of JSON. Standard error names all of them. */
const LISTED = 1_000;

const NO_BOOKMARK: Bookmark = {
  read: () => ({ offset: 0, line: 1, accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 }),
  write: () => undefined,
  remove: () => undefined,
};

export async function send(file: string, env: Environment, options: SendOptions): Promise<void> {
  if (file !== "-" && !existsSync(file)) throw new UserError(`there is no file ${file}`);
  if (file !== "-" && !statSync(file).isFile()) throw new UserError(`${file} is not a file`);
  const target = ingestTarget(env);
  const bookmark = file === "-" ? NO_BOOKMARK : bookmarkOf(file, stateDirOf(env), target.url);
  if (options.restart === true) bookmark.remove();
  const begun = bookmark.read();
  if (begun.line > 1) noteLine(`continuing at line ${begun.line} (--restart begins at the first line)`);
  const begunAt = performance.now();
  const stopping = stopOnSignal();
  const progress = createProgress("sending");
  const bad: Rejected[] = [];
  const reached = await sendFrom(begun).finally(() => progress.end());
  const isComplete = !stopping.aborted;
  if (isComplete) bookmark.remove();
  report(reached, {
    file,
    begun,
    bad,
    isComplete,
    durationMs: performance.now() - begunAt,
    json: options.json === true,
  });
  process.exitCode = exitCodeOf(reached, isComplete);

  async function sendFrom(position: Progressed): Promise<Progressed> {
    let now = position;
    const total = file === "-" ? null : statSync(file).size;
    const source = file === "-" ? process.stdin : createReadStream(file, { start: position.offset });
    try {
      for await (const chunk of readChunks(source, position, LIMITS)) {
        const onWait = (why: string, waitMs: number) =>
          note(progress, `${why}; trying again in ${Math.ceil(waitMs / 1000)} s`);
        const sent = await postChunk(target, chunk, { lane: options.lane, stopping, onWait });
        for (const { line, error } of sent.rejected) note(progress, `line ${line}: ${error}`);
        bad.push(...sent.rejected.slice(0, LISTED - bad.length));
        now = {
          ...chunk.end,
          accepted: now.accepted + sent.accepted,
          duplicates: now.duplicates + sent.duplicates,
          conflicts: now.conflicts + sent.conflicts,
          rejected: now.rejected + sent.rejected.length,
        };
        bookmark.write(now);
        progress.update(
          total === null ? now.line - 1 : now.offset,
          total,
          total === null ? "lines" : `bytes, line ${now.line - 1}`,
        );
        if (stopping.aborted) break;
      }
      return now;
    } catch (error) {
      throw new UserError(error instanceof Error ? error.message : String(error), howToGoOn(file, now));
    }
  }
}

/** 130: interrupted, as after SIGINT. 1: some lines were rejected. */
function exitCodeOf({ rejected }: Progressed, isComplete: boolean): number {
  if (!isComplete) return 130;
  return rejected > 0 ? 1 : 0;
}

/** After the first signal the request under way ends, so that the bookmark is correct. A second signal exits at once. */
export function stopOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
      // A read from a pipe may never end by itself.
      process.stdin.destroy();
    });
  }
  return controller.signal;
}

type Report = {
  file: string;
  begun: Progressed;
  bad: Rejected[];
  isComplete: boolean;
  durationMs: number;
  json: boolean;
};

function report(reached: Progressed, { file, begun, bad, isComplete, durationMs, json }: Report): void {
  const { accepted, duplicates, conflicts, rejected, line } = reached;
  if (!isComplete) noteLine(howToGoOn(file, reached));
  noteLine(
    `${line - 1} lines: ${accepted} accepted, ${duplicates} duplicates, ${conflicts} conflicts, ${rejected} rejected`,
  );
  if (!json) return;
  const result = {
    complete: isComplete,
    lines: line - 1,
    resumedAtLine: begun.line > 1 ? begun.line : null,
    accepted,
    duplicates,
    conflicts,
    rejected: { count: rejected, lines: bad },
    durationMs: Math.round(durationMs),
  };
  printJson(result);
}

function howToGoOn(file: string, { line }: Progressed): string {
  if (file === "-")
    return `stopped after line ${line - 1}. Send the same input again: what was accepted is recognised.`;
  return `stopped after line ${line - 1}. The same command continues there: npx countersign send ${quoted(file)}`;
}

function note(progress: Progress, text: string): void {
  progress.end();
  noteLine(text);
}
