import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { type Cell, csvLine } from "../../../shared/core/csv.ts";
import { callConsole, consoleTarget } from "../../client.ts";
import { UserError } from "../../errors.ts";
import { noteLine, printJson } from "../../print.ts";
import type { Environment } from "../../settings.ts";
import { type CaseFilters, queryOf } from "./list.ts";

/** The columns, in their order. A time is ISO 8601; an amount is in minor units of its currency, as everywhere. */
const COLUMNS: readonly (readonly [string, (row: CaseRow) => Cell])[] = [
  ["case", ({ id }) => id],
  ["state", ({ state }) => state],
  ["kind", ({ about }) => about],
  ["action", ({ kind }) => kind],
  ["rule", ({ rule }) => rule],
  ["amount_minor", ({ amountMinor }) => amountMinor],
  ["currency", ({ currency }) => currency],
  ["subject", ({ subject }) => subject],
  ["payment", ({ payment }) => payment],
  ["customer", ({ customer }) => customer],
  ["opened", ({ openedAt }) => time(openedAt)],
  ["decide_by", ({ decideBy }) => time(decideBy)],
  ["closed", ({ closedAt }) => time(closedAt)],
  ["owner", ({ ownerName, owner }) => ownerName ?? owner],
  ["decided_by", ({ decidedBy }) => decidedBy],
  ["code", ({ code }) => code],
  ["reason", ({ reason }) => reason],
  ["event", ({ eventId }) => eventId],
];
const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
const HEADING = csvLine(COLUMNS.map(([name]) => name));
export const csvOf = (row: CaseRow): string => csvLine(COLUMNS.map(([, cell]) => cell(row)));

type Options = CaseFilters & { out: string; from?: string; json?: true };

/**
 * Writes cases as CSV, page by page: no more than a page is held. Where it is cut off, it names the place to go on from, and
 * what is written until then is whole.
 */
export async function exportCases(env: Environment, options: Options): Promise<void> {
  const target = consoleTarget(env);
  const isStandard = options.out === "-";
  if (isStandard && options.json === true)
    throw new UserError("--json needs standard output for its line: write the cases to a file with --out FILE");
  const file = isStandard
    ? null
    : createWriteStream(options.out, { flags: options.from === undefined ? "w" : "a", mode: 0o600 });
  if (file !== null) await once(file, "open");
  const out: NodeJS.WritableStream = file ?? process.stdout;
  const write = async (text: string): Promise<void> => {
    if (!out.write(text)) await once(out, "drain");
  };
  let cursor = options.from;
  let count = 0;
  try {
    if (cursor === undefined) await write(HEADING);
    do {
      const query = { ...queryOf(options), limit: 200, cursor };
      const page = await callConsole(target, "GET /api/cases", { query });
      await write(page.items.map(csvOf).join(""));
      count += page.items.length;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  } catch (error) {
    if (cursor !== undefined) noteLine(`${count} cases were written. To go on: the same command with --from ${cursor}`);
    throw error;
  } finally {
    if (file !== null) await new Promise<void>((done) => file.end(() => done()));
  }
  if (options.json === true) printJson({ count, out: options.out });
  else noteLine(`${count} ${count === 1 ? "case" : "cases"} in ${isStandard ? "standard output" : options.out}`);
}
