import type { ActDetail } from "../../shared/contracts/act.ts";
import type { AuditEntry, AuditShown } from "../../shared/contracts/audit.ts";
import { secondOf } from "../../shared/core/time.ts";
import { callConsole, consoleTarget } from "../client.ts";
import { UserError } from "../errors.ts";
import { type Entry, listLines, moreLines } from "../list.ts";
import { collect } from "../pages.ts";
import { printJson, printLines } from "../print.ts";
import type { Environment } from "../settings.ts";
import { visible } from "../visible.ts";

export type ListOptions = {
  person?: string;
  about?: string;
  since?: number;
  until?: number;
  limit: number;
  json?: true;
};

export async function list(env: Environment, { json, limit, ...filters }: ListOptions): Promise<void> {
  const { items, next } = await collect(consoleTarget(env), "GET /api/audit", filters, limit);
  if (json === true) return printJson({ items, next });
  const times = { since: isoOf(filters.since), until: isoOf(filters.until) };
  const more = moreLines(
    { shown: items.length, limit, isMore: next !== null, one: "act", many: "acts" },
    { command: "audit list", options: { ...filters, ...times } },
  );
  printLines(listLines({ title: { at: "done", what: "act, about what, by whom" }, entries: items.map(entryOf), more }));
}

const isoOf = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString();

const entryOf = ({ n, at, by, what, about, before, after }: AuditEntry): Entry => ({
  at,
  head: `${n}  ${what}  ${about}`,
  lines: [`by ${by.name} (${by.id})`, changesOf(before, after).join(", ")],
});

/**
 * What changed, in words: `owner: – → person_1`. What only one side has stands alone, as `code: noted`, and what stayed is left
 * out; `--json` has all of it.
 */
export function changesOf(before: ActDetail, after: ActDetail): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [was, is] = [said(name, before[name]), said(name, after[name])];
    if (was === is) return [];
    if (!Object.hasOwn(before, name)) return [`${name}: ${is}`];
    if (!Object.hasOwn(after, name)) return [`${name}: ${was}`];
    return [`${name}: ${was} → ${is}`];
  });
}
function said(name: string, value: ActDetail[string] | undefined): string {
  if (Array.isArray(value)) return value.length === 0 ? "–" : value.join(" ");
  if (value === undefined || value === null) return "–";
  if (typeof value === "number" && /(?:At|Until)$/.test(name)) return `${secondOf(value)} UTC`;
  return String(value).replace(/[0-9a-f]{64,}/, (hash) => `${hash.slice(0, 12)}…`);
}

const WORDS: Record<AuditShown["words"], string> = {
  none: "no words were written",
  kept: "the words, as they were written:",
  changed: "WARNING: these are not the words that were written:",
  removed: "the words were removed, after their time or by a redaction",
};

export async function show(n: string, env: Environment, options: { json?: true }): Promise<void> {
  if (!/^[1-9]\d*$/.test(n)) throw new UserError(`${visible(n)} is no number of an entry: audit list shows them`);
  const shown = await callConsole(consoleTarget(env), "GET /api/audit/{n}", { path: { n } });
  if (options.json === true) return printJson(shown);
  const { entry, words, text } = shown;
  printLines(
    [
      `entry ${entry.n}: ${entry.what} about ${visible(entry.about)}`,
      `by ${visible(entry.by.name)} (${entry.by.id}) at ${secondOf(entry.at)} UTC`,
      `in the ledger: npx countersign trace ${visible(entry.event)}`,
      ...changesOf(entry.before, entry.after).map((line) => `  ${visible(line)}`),
      WORDS[words],
      ...(text === null ? [] : [`  ${visible(text)}`]),
    ].filter((line) => line !== ""),
  );
}
