import type { DeadLetterRow, LetterGroup } from "../../shared/contracts/records.ts";
import { secondOf } from "../../shared/core/time.ts";
import { callConsole, consoleTarget } from "../client.ts";
import { asOptions, type Filters, filtersOf, refuseOtherIds } from "../letters/filters.ts";
import { groupsOf } from "../letters/find.ts";
import { type Entry, listLines, moreLines } from "../list.ts";
import { collect } from "../pages.ts";
import { printJson, printLines } from "../print.ts";
import type { Environment } from "../settings.ts";
import type { Asked } from "../shell.ts";
import { visible } from "../visible.ts";

export { discard, redrive } from "../letters/bulk.ts";
export { edit } from "../letters/edit.ts";

type Listing = Filters & { state: DeadLetterRow["state"]; limit: number; json?: true };

export async function list(env: Environment, options: Listing): Promise<void> {
  const query = { ...filtersOf(options), state: options.state };
  const { items, next } = await collect(consoleTarget(env), "GET /api/dead-letters", query, options.limit);
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

type Described = Filters & { state: string };
const manyOf = ({ state, ...filters }: Described): string =>
  `dead letters${state === "dead" ? "" : ` that are ${state}`}${Object.keys(filtersOf(filters)).length === 0 ? "" : " of that kind"}`;

/** The options again as a person may type them. */
const askedOf = (options: Described): Asked["options"] => ({
  ...asOptions(options),
  state: options.state === "dead" ? undefined : options.state,
});

/** Dead letters by failure: the largest groups first. */
export async function groups(env: Environment, options: Listing): Promise<void> {
  const { items, next, total } = await groupsOf(consoleTarget(env), filtersOf(options), options.state, options.limit);
  if (options.json === true) return printJson({ items, next, total });
  const { limit } = options;
  const more = moreLines(
    { shown: items.length, limit, isMore: next !== null, one: "group", many: `groups of ${manyOf(options)}` },
    { command: "dead-letters groups", options: askedOf(options) },
  );
  printLines(
    listLines({ title: { at: "last", what: "how many, where and why" }, entries: items.map(groupEntry), more }),
  );
  if (items.length > 0 && options.state === "dead")
    printLines(["", "look before acting on one: npx countersign dead-letters redrive --group GROUP --dry-run"]);
}

const groupEntry = ({ group, queue, reason, detail, count, first, last, example }: LetterGroup): Entry => ({
  at: last,
  head: `${group}  ${count} ${count === 1 ? "letter" : "letters"}`,
  lines: [
    `${queue}, ${reason}${first === last ? "" : `, the first at ${secondOf(first)}`}`,
    detail,
    `for example ${example}`,
  ],
});

export async function show(id: string, env: Environment, options: { json?: true }): Promise<void> {
  refuseOtherIds([id]);
  const row = await callConsole(consoleTarget(env), "GET /api/dead-letters/{id}", { path: { id } });
  if (options.json === true) return printJson(row);
  const { groupKey = null, editedTo = null } = row;
  printLines([
    `${row.id}  ${row.state}, redriven ${row.redrives} ${row.redrives === 1 ? "time" : "times"}`,
    `${row.rowKind} ${row.rowId} from ${row.queue}, ${row.attempts} ${row.attempts === 1 ? "attempt" : "attempts"} from ${secondOf(row.firstAt)} to ${secondOf(row.lastAt)} UTC`,
    `${row.reason}: ${visible(row.detail)}`,
    ...(groupKey === null ? [] : [`others like it: npx countersign dead-letters list --group ${groupKey}`]),
    ...(editedTo === null ? [] : [`in its place was sent: npx countersign trace ${editedTo}`]),
    "",
    visible(row.body),
  ]);
}
