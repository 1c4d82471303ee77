import { nothingFor } from "../../shared/contracts/asked.ts";
import type { FindAnswer, FoundItem } from "../../shared/contracts/find.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import type { Trace } from "../../shared/contracts/views.ts";
import { formatMoney } from "../../shared/core/money.ts";
import { callConsole, consoleTarget, readConsole, type Target } from "../client.ts";
import { UserError } from "../errors.ts";
import { type Entry, listLines, moreLines } from "../list.ts";
import { printJson, printLines } from "../print.ts";
import type { Environment } from "../settings.ts";
import { quoted } from "../shell.ts";
import { traceLines, utc } from "../story.ts";
import { visible } from "../visible.ts";

type Options = { json?: true; raw?: true; limit: number };

/** What one request may answer: the server looks up the state of each. */
const ITEMS_AT_ONCE = 100;

export async function trace(id: string, env: Environment, options: Options): Promise<void> {
  const target = consoleTarget(env);
  const found = await findAll(target, id, options.limit);
  if (options.raw === true) return await printRaw(target, found, id);
  if (options.json === true) return printJson(found.trace !== null && found.letter === undefined ? found.trace : found);
  printLines(describeFound(found, id, options.limit));
}

/** Goes on until all was read. Throws where there is nothing. */
async function findAll(target: Target, id: string, limit: number): Promise<FindAnswer> {
  const ask = (cursor?: string): Promise<FindAnswer> =>
    callConsole(target, "GET /api/find", { query: { id, limit: Math.min(Math.max(1, limit), ITEMS_AT_ONCE), cursor } });
  let answer = await ask();
  const byId = new Map(answer.items.map((item) => [item.id, item]));
  let { isMore, removed } = answer;
  while (answer.next !== null && byId.size <= limit) {
    answer = await ask(answer.next);
    for (const item of answer.items) byId.set(item.id, item);
    isMore ||= answer.isMore;
    removed += answer.removed;
  }
  const items = [...byId.values()].sort((one, other) => other.at - one.at);
  const [only] = items;
  if (only === undefined && answer.trace === null && answer.letter === undefined)
    throw new UserError(nothingFor(id, removed));
  const isOnly = answer.trace === null && items.length === 1 && !isMore && answer.next === null && only !== undefined;
  return {
    ...answer,
    trace: isOnly ? await traceOf(target, only.id) : answer.trace,
    items: items.slice(0, limit),
    isMore: isMore || items.length > limit || answer.next !== null,
    removed,
  };
}

const traceOf = (target: Target, id: string): Promise<Trace> =>
  callConsole(target, "GET /api/trace/{id}", { path: { id } });

/** The stored bytes and nothing else, so that they can be hashed and compared. */
async function printRaw(target: Target, { trace: only, items }: FindAnswer, id: string): Promise<void> {
  if (only === null && items.length > 0)
    throw new UserError(
      `${items.length} events name ${id}. Say which one: npx countersign trace ${items[0]?.id} --raw`,
    );
  const raw = await readConsole(target, "GET /api/raw/{id}", { path: { id: only?.id ?? id } });
  process.stdout.write(raw);
}

export function describeFound(found: FindAnswer, id: string, limit: number): string[] {
  const { trace: only, letter, case: row, items, isMore, removed } = found;
  if (only !== null || letter !== undefined) {
    return [
      ...(row === undefined ? [] : [`${row.id}  case ${row.state}: ${row.reason}`, ""]),
      ...(letter === undefined ? [] : letterLines(letter)),
      ...(only === null ? [] : [...traceLines(only), `raw bytes: npx countersign trace ${only.id} --raw`]),
    ];
  }
  return [
    `events that name ${visible(id)}, newest first`,
    "",
    ...listLines({
      title: { at: "accepted", what: "event, what it led to" },
      entries: items.map(entryOf),
      more: moreLines(
        { shown: items.length, limit, isMore, one: "event", many: "events" },
        { command: `trace ${quoted(id)}`, options: {} },
      ),
    }),
    "",
    ...(removed === 0 ? [] : ["further ones may have named it in a text that was removed after RETENTION_DAYS"]),
    ...items.slice(0, 1).map((item) => `one of them: npx countersign trace ${quoted(item.id)}`),
  ];
}

function letterLines({ id, state, queue, rowKind, rowId, reason, detail, lastAt }: DeadLetterRow): string[] {
  return [
    `${id}  dead letter ${state}, of ${rowKind} ${rowId}, in queue ${queue}`,
    `given up ${utc(lastAt)}: ${reason}: ${detail}`,
    `its message: npx countersign dead-letters show ${id}`,
    "",
  ];
}

/** In a column of its own the type was cut, and did not tell a payment that failed from one that succeeded. */
function entryOf({ id, at, type, state, amountMinor, currency }: FoundItem): Entry {
  const money = amountMinor === null || currency === null ? "" : formatMoney({ amountMinor, currency });
  return { at, head: id, lines: [[state, money, type].filter((part) => part !== "").join("  ")] };
}
