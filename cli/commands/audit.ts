import type { ActDetail } from "../../shared/contracts/act.ts";
import type { AuditEntry, AuditFinding, AuditShown, AuditVerified } from "../../shared/contracts/audit.ts";
import { secondOf, sleep } from "../../shared/core/time.ts";
import { callConsole, consoleTarget, type Target } from "../client.ts";
import { UserError } from "../errors.ts";
import { type Entry, listLines, moreLines } from "../list.ts";
import { collect } from "../pages.ts";
import { printJson, printLines } from "../print.ts";
import { createProgress } from "../progress.ts";
import type { Environment } from "../settings.ts";
import { commandOf } from "../shell.ts";
import { stopOnSignal } from "../stop-on-signal.ts";
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

/** A request reads a thousand entries, and repeating it is safe. */
const PATIENCE = { tries: 8, firstWaitMs: 500 };
/** An entry stands in D1 a moment after its writer has it, so an end that is cut is read again. */
const CUT_TRIES = 4;
const CUT_WAIT_MS = 700;

type Reading = { entries: number; findings: AuditFinding[]; more: number; next: string | null };

/** Reads the whole chain, page by page. It exits with 1 where something is wrong, and with 130 where it was interrupted. */
export async function verify(env: Environment, options: { from?: string; json?: true }): Promise<void> {
  const { entries, findings, more, next } = await readAll(options.from ?? null, consoleTarget(env), stopOnSignal());
  const ok = findings.length === 0 && next === null;
  if (options.json === true) printJson({ entries, ok, findings, ...(next === null ? {} : { next }) });
  else printLines(linesOf({ entries, findings, more, next }));
  if (findings.length > 0) process.exitCode = 1;
  else if (next !== null) process.exitCode = 130;
}

function linesOf({ entries, findings, more, next }: Reading): string[] {
  const read = `${entries} ${entries === 1 ? "entry" : "entries"} read`;
  const wrong = findings.map(({ says }) => visible(says));
  return [
    ...wrong,
    ...(more > 0 ? [`and ${more} more`] : []),
    findings.length > 0
      ? `${read}: the audit does not verify. docs/runbook.md says what to do.`
      : `${read}${next === null ? ": the audit verifies" : ", and nothing is wrong so far"}`,
    ...(next === null ? [] : [howToGoOn(next)]),
  ];
}

async function readAll(from: string | null, target: Target, stopping: AbortSignal): Promise<Reading> {
  const progress = createProgress("verifying");
  const reading: Reading = { entries: 0, findings: [], more: 0, next: from };
  try {
    do {
      const page = await pageAt(reading.next, target);
      reading.entries = page.done;
      reading.findings.push(...page.findings);
      reading.more += page.more;
      reading.next = page.next;
      progress.update(page.done, page.of, reading.findings.length === 0 ? "" : `${reading.findings.length} findings`);
    } while (reading.next !== null && !stopping.aborted);
    return reading;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(why, reading.next === null ? null : howToGoOn(reading.next));
  } finally {
    progress.end();
  }
}

async function pageAt(cursor: string | null, target: Target): Promise<AuditVerified> {
  const asked = cursor === null ? {} : { query: { cursor } };
  for (let tries = 1; ; tries++) {
    const page = await callConsole(target, "GET /api/audit/verify", asked, PATIENCE);
    const isCut = page.findings.length === 1 && page.findings[0]?.what === "cut";
    if (!isCut || tries >= CUT_TRIES) return page;
    await sleep(CUT_WAIT_MS);
  }
}

const howToGoOn = (next: string): string =>
  `go on with: ${commandOf({ command: "audit verify", options: { from: next } })}`;
