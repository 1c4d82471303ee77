import { askedFor } from "../../shared/contracts/asked.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import { secondOf } from "../../shared/core/time.ts";
import { callConsole, consoleTarget, type Target } from "../client.ts";
import { UserError } from "../errors.ts";
import { type Entry, listLines, moreLines } from "../list.ts";
import { collect, pagesOf } from "../pages.ts";
import { noteLine, printJson, printLines } from "../print.ts";
import { createProgress } from "../progress.ts";
import type { Environment } from "../settings.ts";
import type { Asked } from "../shell.ts";
import { visible } from "../visible.ts";

export type Filters = { queue?: string; reason?: string; since?: number; until?: number };
export type ActOptions = Filters & { all?: true; json?: true };
export type Results = { id: string; result: string }[];

const PATH = "/api/dead-letters";
/** The most ids that the console accepts in one request. */
const AT_ONCE = 100;

export async function list(
  env: Environment,
  options: Filters & { state: string; limit: number; json?: true },
): Promise<void> {
  const query = { ...filtersOf(options), state: options.state };
  const { items, next } = await collect<DeadLetterRow>(consoleTarget(env), PATH, query, options.limit);
  if (options.json === true) return printJson({ items, next });
  printLines(
    listLines({
      title: { at: "last tried", what: "dead letter, where and why it failed" },
      entries: items.map(entryOf),
      more: moreLines(
        { shown: items.length, limit: options.limit, isMore: next !== null, one: "dead letter", many: manyOf(options) },
        { command: "dead-letters list", options: askedOf(options) },
      ),
    }),
  );
}

const entryOf = (row: DeadLetterRow): Entry => ({
  at: row.lastAt,
  head: row.id,
  lines: [
    `${row.queue}, ${row.reason}, ${row.attempts} ${row.attempts === 1 ? "attempt" : "attempts"}`,
    `${row.rowKind} ${row.rowId}`,
    row.detail,
  ],
});

const manyOf = ({ state, ...filters }: Filters & { state: string }): string =>
  `dead letters${state === "dead" ? "" : ` that are ${state}`}${Object.keys(filtersOf(filters)).length === 0 ? "" : " of that kind"}`;

/** The options again as a person may type them. */
const askedOf = ({ queue, reason, since, until, state }: Filters & { state: string }): Asked["options"] => ({
  queue,
  reason,
  since: since === undefined ? undefined : new Date(since).toISOString(),
  until: until === undefined ? undefined : new Date(until).toISOString(),
  state: state === "dead" ? undefined : state,
});

export async function show(id: string, env: Environment, options: { json?: true }): Promise<void> {
  refuseOtherIds([id]);
  const row = await callConsole<DeadLetterRow>(consoleTarget(env), `${PATH}/${encodeURIComponent(id)}`);
  if (options.json === true) return printJson(row);
  printLines([
    `${row.id}  ${row.state}, redriven ${row.redrives} ${row.redrives === 1 ? "time" : "times"}`,
    `${row.rowKind} ${row.rowId} from ${row.queue}, ${row.attempts} ${row.attempts === 1 ? "attempt" : "attempts"} from ${secondOf(row.firstAt)} to ${secondOf(row.lastAt)} UTC`,
    `${row.reason}: ${visible(row.detail)}`,
    "",
    visible(row.body),
  ]);
}

export async function redrive(ids: string[], env: Environment, options: ActOptions): Promise<void> {
  const call: Act["call"] = (batch) => [`${PATH}/redrive`, { ids: batch }];
  // Letters of an interrupted redrive are still `redriving`: finish them first.
  await act({ word: "redriv", states: ["redriving", "dead"], call }, ids, consoleTarget(env), options);
}

export async function discard(
  ids: string[],
  env: Environment,
  options: ActOptions & { because: string },
): Promise<void> {
  const call: Act["call"] = (batch) => [`${PATH}/discard`, { ids: batch, reason: options.because }];
  await act({ word: "discard", states: ["dead"], call }, ids, consoleTarget(env), options);
}

/** `word`: the beginning of every successful result. `states`: the states of the letters that a filter finds. */
type Act = { word: string; states: readonly string[]; call: (ids: string[]) => [path: string, body: object] };

/**
 * Acts on many letters. The same command again continues: letters that were acted on are no longer `dead`. A page is read
 * before its letters change, and new dead letters come before the first page.
 */
async function act({ word, states, call }: Act, ids: string[], target: Target, options: ActOptions): Promise<void> {
  refuseVague(ids, options);
  refuseOtherIds(ids);
  const counts: Record<string, number> = {};
  const failed: Results = [];
  let done = 0;
  const progress = createProgress(`${word}ing`);
  for await (const batch of ids.length > 0 ? inBatches(ids) : lettersOf(target, options, states)) {
    const [path, body] = call(batch);
    const { results } = await callConsole<{ results: Results }>(target, path, body);
    for (const one of results) {
      counts[one.result] = (counts[one.result] ?? 0) + 1;
      if (!one.result.startsWith(word)) failed.push(one);
    }
    done += batch.length;
    progress.update(done, ids.length > 0 ? ids.length : null, describeCounts(counts));
  }
  progress.end();
  for (const { id, result } of failed) noteLine(`${id}: ${result.replaceAll("_", " ")}`);
  const isNothing = done === 0;
  printLines([isNothing ? "no dead letter is of that kind" : `${done} dead letters: ${describeCounts(counts)}`]);
  if (options.json === true) printJson({ count: done, results: counts });
  if (failed.length > 0) process.exitCode = 1;
}

/** Before anything is asked: one wrong id would have the console refuse all of them. */
export function refuseOtherIds(ids: readonly string[]): void {
  const wrong = ids.find((id) => askedFor(id).kind !== "letter");
  if (wrong !== undefined)
    throw new UserError(`${wrong} is not the id of a dead letter: \`npx countersign dead-letters list\` shows the ids`);
}

/** Acting on all letters needs an explicit `--all`. */
export function refuseVague(ids: readonly string[], options: ActOptions): void {
  const hasFilter = Object.keys(filtersOf(options)).length > 0;
  if (ids.length > 0 && (hasFilter || options.all === true)) throw new UserError("name ids, or filters, not both");
  if (ids.length === 0 && !hasFilter && options.all !== true) {
    throw new UserError("name ids, or a filter (--queue, --reason, --since, --until), or say --all");
  }
}

function* inBatches(ids: readonly string[]): Generator<string[]> {
  for (let first = 0; first < ids.length; first += AT_ONCE) yield ids.slice(first, first + AT_ONCE);
}

async function* lettersOf(target: Target, options: ActOptions, states: readonly string[]): AsyncGenerator<string[]> {
  for (const state of states) {
    for await (const { items } of pagesOf<DeadLetterRow>(target, PATH, { ...filtersOf(options), state }, AT_ONCE)) {
      if (items.length > 0) yield items.map(({ id }) => id);
    }
  }
}

function filtersOf({ queue, reason, since, until }: Filters): Record<string, string | number> {
  if (since !== undefined && until !== undefined && since >= until)
    throw new UserError("--since is not before --until: nothing can lie between them");
  return Object.fromEntries(
    Object.entries({ queue, reason, since, until }).filter(([, value]) => value !== undefined),
  ) as Record<string, string | number>;
}

const describeCounts = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([result, count]) => `${count} ${result.replaceAll("_", " ")}`)
    .join(", ");
