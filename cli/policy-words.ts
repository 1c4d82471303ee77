import type { PolicyChange, PolicyValue } from "../shared/contracts/policy-answers.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../shared/core/time.ts";

/** What a value of the policy means, for people: times in days and hours, thresholds in dollars. */
export function wordsOfValue(path: string, value: PolicyValue | undefined): string {
  if (value === undefined) return "(none)";
  if (typeof value !== "number") return Array.isArray(value) ? listed(value) : JSON.stringify(value);
  if (/Ms$|\.denialMs\./.test(path)) return spanOf(value);
  if (path.includes(".worthUsdCents.")) return `${value} US cents`;
  return /UsdCents$|^envelopes\./.test(path) ? `${dollarsOf(value)} USD` : String(value);
}

const listed = (values: readonly unknown[]): string =>
  values.length === 0
    ? "(nothing)"
    : values.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", ");

const UNITS = [
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
  ["second", SECOND_MS],
] as const;

/** "180 days", "1 day 6 hours", "250 ms". */
export function spanOf(ms: number): string {
  let left = ms;
  const parts = UNITS.flatMap(([name, unit]) => {
    const count = Math.floor(left / unit);
    left -= count * unit;
    return count === 0 ? [] : [`${count} ${name}${count === 1 ? "" : "s"}`];
  });
  return [...parts, ...(left > 0 || ms === 0 ? [`${left} ms`] : [])].join(" ");
}

/** "1,000.00". */
const dollarsOf = (cents: number): string =>
  (cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** A difference, three lines each: the path, what it is, what it would be. */
export const linesOfChanges = (changes: readonly PolicyChange[]): string[] =>
  changes.flatMap(({ path, before, after }) => [
    path,
    `  - ${wordsOfValue(path, before)}`,
    `  + ${wordsOfValue(path, after)}`,
  ]);
