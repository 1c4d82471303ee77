import type { CaseRow } from "../../shared/contracts/records.ts";
import type { Trace } from "../../shared/contracts/views.ts";
import { formatMoney } from "../../shared/core/money.ts";
import { callConsole, consoleTarget } from "../client.ts";
import type { Environment } from "../credentials.ts";
import { collect } from "../pages.ts";
import { printJson, printLines, table } from "../print.ts";
import { instant, shorten, traceLines } from "../story.ts";

type Listing = { state?: string; toDecide?: true; information?: true; limit: number; json?: true };

export async function list(env: Environment, options: Listing): Promise<void> {
  const { items, next } = await collect<CaseRow>(
    consoleTarget(env),
    "/api/cases",
    { state: options.state, information: informationOf(options) },
    options.limit,
  );
  if (options.json === true) return printJson({ items, next });
  if (items.length === 0) return printLines([`no ${options.state} cases`]);
  const rows = items.map((row) => [
    row.id,
    instant(row.openedAt).slice(0, 19),
    proposedIn(row),
    moneyOf(row),
    row.subject,
    standingOf(row),
    shorten(row.reason, 100),
  ]);
  printLines(table([["case", "opened", "proposed", "amount", "about", "stands", "why"], ...rows]));
  if (next !== null) printLines(["", `more: countersign cases list --limit ${options.limit * 2}`]);
}

export async function show(id: string, env: Environment, options: { json?: true }): Promise<void> {
  const found = await callConsole<{ case: CaseRow; trace: Trace | null }>(
    consoleTarget(env),
    `/api/cases/${encodeURIComponent(id)}`,
  );
  if (options.json === true) return printJson(found);
  const { case: row, trace } = found;
  printLines([
    `${row.id}  ${row.state}, opened ${instant(row.openedAt)}${row.closedAt === null ? "" : `, closed ${instant(row.closedAt)}`}`,
    ...(row.isInformation === 1 ? ["for information: it goes on by itself, and there is nothing to approve"] : []),
    `${row.kind} ${moneyOf(row)} on ${row.subject}`.trim(),
    ...(standingOf(row) === "" ? [] : [`stands: ${standingOf(row)}`]),
    `why: ${row.reason}`,
    row.summary,
    "",
    ...(trace === null ? [] : traceLines(trace)),
  ]);
}

/** "needs_response, until 2026-12-01 12:00:00", "lost". A deadline that is over, or 0, is none: nobody can act on it. */
export function standingOf({ status, dueAt }: Pick<CaseRow, "status" | "dueAt">, now: number = Date.now()): string {
  const until =
    dueAt === null ? "" : dueAt > now ? `until ${instant(dueAt).slice(0, 19)}` : "cannot be answered any more";
  return [status ?? "", until].filter((part) => part !== "").join(", ");
}

function informationOf({ toDecide, information }: Listing): "yes" | "no" | undefined {
  if (information === true) return "yes";
  return toDecide === true ? "no" : undefined;
}

/** What a person is asked to decide; nothing where the case only tells of something. */
const proposedIn = ({ kind, isInformation }: CaseRow): string =>
  isInformation === 1 ? `(information: ${kind} waits)` : kind;

function moneyOf({ amountMinor, currency }: CaseRow): string {
  return amountMinor === null || currency === null ? "" : formatMoney({ amountMinor, currency });
}
