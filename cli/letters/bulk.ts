import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import { secondOf } from "../../shared/core/time.ts";
import { callConsole, consoleTarget, type Target } from "../client.ts";
import { UserError } from "../errors.ts";
import { noteLine, printJson, printLines } from "../print.ts";
import { createProgress } from "../progress.ts";
import type { Environment } from "../settings.ts";
import { commandOf } from "../shell.ts";
import { stopOnSignal } from "../stop-on-signal.ts";
import { visible } from "../visible.ts";
import { asOptions, type Chosen, type Filters, filtersOf, refuseOtherIds, refuseVague } from "./filters.ts";
import { inBatches, lettersOf, type Preview, previewOf, previewOfIds, totalOf } from "./find.ts";

export type BulkOptions = Chosen & { dryRun?: true; json?: true };

/** `word`: the beginning of every successful result. `states`: the states of the letters that a filter finds. */
type Act = {
  name: "redrive" | "discard";
  word: string;
  states: readonly DeadLetterRow["state"][];
  because?: string;
  call(target: Target, ids: string[]): Promise<{ results: { id: string; result: string }[] }>;
};

export async function redrive(ids: string[], env: Environment, options: BulkOptions): Promise<void> {
  await bulk(
    {
      name: "redrive",
      word: "redriv",
      // Letters of an interrupted redrive are still `redriving`: finish them first.
      states: ["redriving", "dead"],
      call: (target, batch) => callConsole(target, "POST /api/dead-letters/redrive", { body: { ids: batch } }),
    },
    ids,
    env,
    options,
  );
}

export async function discard(
  ids: string[],
  env: Environment,
  options: BulkOptions & { because: string },
): Promise<void> {
  const { because } = options;
  await bulk(
    {
      name: "discard",
      word: "discard",
      states: ["dead"],
      because,
      call: (target, batch) =>
        callConsole(target, "POST /api/dead-letters/discard", { body: { ids: batch, reason: because } }),
    },
    ids,
    env,
    options,
  );
}

/**
 * Acts on many letters, page by page. Ctrl-C ends after the page under way, and the command that goes on is printed: what was
 * acted on is not found again, and what dies meanwhile is left to another command, so the same letters are meant.
 */
async function bulk(act: Act, ids: string[], env: Environment, options: BulkOptions): Promise<void> {
  refuseVague(ids, options);
  refuseOtherIds(ids);
  const target = consoleTarget(env);
  const given = filtersOf(options);
  if (options.dryRun === true) return await preview(act, ids, { target, given, json: options.json === true });

  const stopping = stopOnSignal();
  const found = ids.length > 0 ? null : await totalOf(target, given, act.states);
  const total = found?.count ?? ids.length;
  const filters = upTo(given, found?.last ?? null);
  const progress = createProgress(`${act.word}ing`);
  const tally = createTally(act.word);
  const goOn = (): string => goOnWith(act, ids.slice(tally.done), filters);
  try {
    for await (const batch of ids.length > 0 ? inBatches(ids) : lettersOf(target, filters, act.states)) {
      if (stopping.aborted) break;
      tally.add(batch.length, (await act.call(target, batch)).results);
      progress.update(tally.done, Math.max(total, tally.done), tally.counts());
    }
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), `go on with: ${goOn()}`);
  } finally {
    progress.end();
  }
  const isCut = stopping.aborted && tally.done < total;
  report(tally, isCut ? goOn() : null, options.json === true);
}

/** What is there now, by the console's clock: what dies from here on is not meant. */
const upTo = (given: Filters, last: number | null): Filters =>
  given.until !== undefined || last === null ? given : { ...given, until: last };

/** Quoted for a shell. Ids that are done may be named again: nothing is done twice. */
function goOnWith({ name, because }: Act, left: readonly string[], filters: Filters): string {
  const command = `dead-letters ${name}`;
  return left.length > 0
    ? commandOf({ command: `${command} ${left.join(" ")}`, options: { because } })
    : commandOf({ command, options: { ...asOptions(filters), because } });
}

type Tally = ReturnType<typeof createTally>;
function createTally(word: string) {
  const byResult: Record<string, number> = {};
  const failed: { id: string; result: string }[] = [];
  return {
    done: 0,
    byResult,
    failed,
    add(count: number, results: readonly { id: string; result: string }[]): void {
      this.done += count;
      for (const one of results) {
        byResult[one.result] = (byResult[one.result] ?? 0) + 1;
        if (!one.result.startsWith(word)) failed.push(one);
      }
    },
    counts: (): string =>
      Object.entries(byResult)
        .map(([result, count]) => `${count} ${result.replaceAll("_", " ")}`)
        .join(", "),
  };
}

/** The most failed letters that are named one by one. */
const NAMED = 20;

/** `next`: the command that goes on; null: it is done. */
function report({ done, byResult, failed, counts }: Tally, next: string | null, json: boolean): void {
  for (const { id, result } of failed.slice(0, NAMED)) noteLine(`${id}: ${result.replaceAll("_", " ")}`);
  if (failed.length > NAMED) noteLine(`and ${failed.length - NAMED} more`);
  printLines([
    done === 0 && next === null ? "no dead letter is of that kind" : `${done} dead letters: ${counts()}`,
    ...(next === null ? [] : [`stopped; go on with: ${next}`]),
  ]);
  if (json) printJson({ count: done, results: byResult, ...(next === null ? {} : { next }) });
  // 130: interrupted, as after SIGINT.
  if (next !== null) process.exitCode = 130;
  else if (failed.length > 0) process.exitCode = 1;
}

type Asked = { target: Target; given: Filters; json: boolean };

async function preview(act: Act, ids: string[], { target, given, json }: Asked): Promise<void> {
  const found = ids.length > 0 ? await previewOfIds(target, ids) : await previewOf(target, given, act.states);
  if (json) return printJson({ dryRun: true, ...found });
  printLines(previewLines(act.name, found, goOnWith(act, ids, upTo(given, found.last))));
}

export function previewLines(name: Act["name"], found: Preview, command: string): string[] {
  const { count, first, last, groups, examples } = found;
  if (count === 0 || first === null || last === null) return ["no dead letter is of that kind"];
  const counted = groups.reduce((sum, group) => sum + group.count, 0);
  const rest = groups.length === 0 ? 0 : count - counted;
  return [
    `would ${name} ${count} ${count === 1 ? "dead letter" : "dead letters"}, given up from ${secondOf(first)} to ${secondOf(last)} UTC`,
    ...groups.map((one) => `  ${one.count}  ${one.queue}, ${one.reason}: ${visible(one.detail)}`),
    ...(rest > 0 ? [`  ${rest}  others`] : []),
    "",
    count > examples.length ? "for example" : "which are",
    ...examples.map(({ id, rowKind, rowId, detail }) => `  ${id}  ${rowKind} ${visible(rowId)}: ${visible(detail)}`),
    "",
    `nothing was done. To do it: ${command}`,
  ];
}
