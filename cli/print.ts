import { cutTo, harmless, padTo, visible, widthOf, wrapTo } from "./visible.ts";

/** A process answers on standard output with text for people, or with exactly one line of JSON. */
const answer = { isJson: false, isGiven: false };

/** From here on only `printJson` writes to standard output, once; what is for people goes to standard error. */
export function answerInJson(isJson = true): void {
  answer.isJson = isJson;
}

export const isAnswerOwed = (): boolean => answer.isJson && !answer.isGiven;

const oneLineEach = (lines: readonly string[]): string =>
  lines
    .map(harmless)
    .map((line) => `${line}\n`)
    .join("");

/** Prints for people. A line stays one line, whatever is in it. */
export const printLines = (lines: readonly string[]): void =>
  void (answer.isJson ? process.stderr : process.stdout).write(oneLineEach(lines));

export const noteLine = (line: string): void => void process.stderr.write(`${harmless(line)}\n`);

/** Prints the one line of `--json`. */
export function printJson(value: unknown): void {
  answer.isGiven = true;
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** JSON for a file that a person edits. What cannot be seen is escaped, which means the same. */
export const printEditable = (value: unknown): void =>
  void process.stdout.write(`${JSON.stringify(value, null, 2).replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, escaped)}\n`);

const escaped = (sign: string): string =>
  sign.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The narrowest terminal that is written for. What is piped gets this width too. */
const NARROW = 80;
export const screenWidth = (screen: { isTTY?: boolean; columns?: number } = process.stdout): number =>
  screen.isTTY === true ? Math.max(NARROW, screen.columns ?? NARROW) : NARROW;

const GAP = 2;
/** The last column is never narrower. */
const LEAST = 12;

/**
 * Columns as wide as their widest cell, from texts that may come from outside. Where a row is wider than the screen, its
 * last cell is cut: put there what may be cut, and no id.
 */
export const table = (rows: readonly (readonly string[])[], screen = screenWidth()): string[] =>
  columnsOf(rows, screen, (cell, width) => [cutTo(cell, width)]);

/** The most lines of one cell. */
const MOST_LINES = 4;

/** The same for a last cell that must be read whole: it goes on below itself. */
export const wrappedTable = (rows: readonly (readonly string[])[], screen = screenWidth()): string[] =>
  columnsOf(rows, screen, (cell, width) => wrapTo(cell, width, MOST_LINES));

function columnsOf(
  rows: readonly (readonly string[])[],
  screen: number,
  fitted: (cell: string, width: number) => string[],
): string[] {
  const shown = rows.map((row) => row.map(visible));
  const widths = (shown[0] ?? []).map((_, column) => Math.max(...shown.map((row) => widthOf(row[column] ?? ""))));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP, 0);
  const left = Math.max(screen - before, LEAST);
  return shown.flatMap((row) => {
    const head = row.slice(0, -1).map((cell, column) => padTo(cell, (widths[column] ?? 0) + GAP));
    const last = fitted(row.at(-1) ?? "", left);
    return last.map((line, at) => ((at === 0 ? head.join("") : " ".repeat(before)) + line).trimEnd());
  });
}
