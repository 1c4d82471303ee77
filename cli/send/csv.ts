import { instantProblem, senderEvent } from "../../shared/contracts/event.ts";
import { meantBy } from "../../shared/contracts/near-names.ts";
import { oneLine } from "../../shared/core/text.ts";

/** A table as text: its columns and the first row below them. */
export type Table = { what: string; columns: string[]; row: string[] | null };

const SEPARATORS = [
  { sign: ",", what: "CSV" },
  { sign: ";", what: "CSV with semicolons" },
  { sign: "\t", what: "TSV, a table with tabs" },
  { sign: "|", what: "a table with |" },
] as const;
const HEADING = /^[\p{L}_][\p{L}\p{N}_ .()/#%-]{0,60}$/u;

/** The table that the lines begin; null where they are none: a heading of words, and rows of as many cells. */
export function tableOf(lines: readonly string[]): Table | null {
  const filled = lines.filter((line) => line.trim() !== "").slice(0, 3);
  for (const { sign, what } of SEPARATORS) {
    const [columns, ...rows] = filled.map((line) => cellsOf(line, sign));
    if (columns === undefined || columns.length < 2 || !columns.every((name) => HEADING.test(name))) continue;
    const [row = null] = rows;
    if (row !== null && row.length !== columns.length && !(filled[1] ?? "").includes('"')) continue;
    return { what, columns, row };
  }
  return null;
}

function cellsOf(line: string, sign: string): string[] {
  const cells: string[] = [""];
  let isQuoted = false;
  for (const letter of line.replace(/\r$/, "").replace(/^\ufeff/, "")) {
    if (letter === '"') isQuoted = !isQuoted;
    else if (letter === sign && !isQuoted) cells.push("");
    else cells[cells.length - 1] += letter;
  }
  return cells.map((cell) => cell.trim());
}

const FIELDS = Object.keys(senderEvent.entries);
const NEEDED = ["id", "type", "occurredAt", "mode"] as const;
const MOST_COLUMNS = 40;

/** Which column may be which field, and one line of NDJSON as an example. What money is, nobody can read from a table. */
export function adviceForTable({ columns, row }: Table): string[] {
  const fields = fieldsOf(columns);
  const width = Math.max(...columns.slice(0, MOST_COLUMNS).map((name) => name.length));
  const isThere = new Set(fields);
  const missing = NEEDED.filter((field) => !isThere.has(field));
  const amount = fields.indexOf("amountMinor");
  const time = fields.indexOf("occurredAt");
  return [
    "An event is one line of JSON. The columns, and the fields that they may be:",
    ...columns
      .slice(0, MOST_COLUMNS)
      .map((name, at) => `  ${name.padEnd(width)}  ${fields[at] === null ? "-" : `→ ${fields[at]}`}`),
    ...(columns.length > MOST_COLUMNS ? [`  and ${columns.length - MOST_COLUMNS} more`] : []),
    ...(missing.length === 0 ? [] : [`No column is ${missing.join(", ")}, which each event needs.`]),
    ...(time < 0 ? [] : aboutTime(columns[time] ?? "", row?.[time] ?? "")),
    ...(amount < 0 ? [] : aboutMoney(columns[amount] ?? "", fields.includes("currency"))),
    "Its first row as a line of NDJSON, for you to complete:",
    `  ${exampleOf(fields, row)}`,
  ];
}

function aboutMoney(column: string, hasCurrency: boolean): string[] {
  const currency = hasCurrency ? [] : ["No column is the currency, and without one an amount goes to a person."];
  return [
    `${column}: a table does not say whether 4250 is 42.50 or 4250.00, so it is left out here.`,
    "Write amountMinor, an integer in minor units.",
    ...currency,
  ];
}

function aboutTime(column: string, cell: string): string[] {
  if (/^\d{9,10}$/.test(cell))
    return [`${column}: this looks like seconds; occurredAt is in milliseconds: times 1,000.`];
  if (/^\d{12,13}$/.test(cell)) return [`${column}: milliseconds are a number of JSON, without quotes.`];
  const isGood = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/.test(cell);
  return isGood ? [] : [`${column}: ${instantProblem(cell)}.`];
}

/** A field belongs to the first column that may be it. */
function fieldsOf(columns: readonly string[]): (string | null)[] {
  const taken = new Set<string>();
  return columns.map((name) => {
    const field = meantBy(name, FIELDS);
    if (field === null || taken.has(field)) return null;
    taken.add(field);
    return field;
  });
}

function exampleOf(fields: readonly (string | null)[], row: readonly string[] | null): string {
  const event: Record<string, string> = { id: "…", type: "…", occurredAt: "…", mode: "…" };
  for (const [at, field] of fields.entries()) {
    const cell = row?.[at] ?? "";
    if (field === null || field === "amountMinor" || cell === "") continue;
    event[field] = isHidden(cell) ? "…" : oneLine(cell, 60);
  }
  return JSON.stringify(event);
}

/** It may be the number of a card, and this is printed. */
const isHidden = (cell: string): boolean => cell.replace(/\D/g, "").length >= 12 && /^[\d -]+$/.test(cell);
