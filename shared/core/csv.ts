/**
 * CSV as RFC 4180 has it: fields apart by commas, lines ended by CR LF, a field with a comma, a quote or a line break in
 * quotes, and a quote in it twice.
 */
export type Cell = string | number | null;

export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cellOf).join(",")}\r\n`;

function cellOf(cell: Cell): string {
  if (cell === null) return "";
  // A number is ours and runs nothing, also where it is negative.
  const text = typeof cell === "number" ? String(cell) : harmless(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A spreadsheet takes a cell that begins so for a formula and runs it, also behind spaces that it trims. A leading ' makes it
 * a text: https://owasp.org/www-community/attacks/CSV_Injection
 */
const RUNS = /^(?:[\s\p{C}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/u;
const harmless = (text: string): string => (RUNS.test(text) ? `'${text}` : text);
