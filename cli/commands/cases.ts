import { askedFor } from "../../shared/contracts/asked.ts";
import type { CaseRow } from "../../shared/contracts/records.ts";
import { formatMoney } from "../../shared/core/money.ts";
import { secondOf } from "../../shared/core/time.ts";
import { callConsole, consoleTarget } from "../client.ts";
import { UserError } from "../errors.ts";
import { type Entry, listLines, moreLines } from "../list.ts";
import { collect } from "../pages.ts";
import { printJson, printLines } from "../print.ts";
import type { Environment } from "../settings.ts";
import { quoted } from "../shell.ts";
import { visible } from "../visible.ts";

type Listing = { state: CaseRow["state"]; toDecide?: true; information?: true; limit: number; json?: true };

export async function list(env: Environment, options: Listing): Promise<void> {
  const { items, next } = await collect(
    consoleTarget(env),
    "GET /api/cases",
    { state: options.state, information: informationOf(options) },
    options.limit,
  );
  if (options.json === true) return printJson({ items, next });
  printLines(
    listLines({
      title: { at: "opened", what: "case, what is proposed, how it stands, why" },
      entries: items.map(entryOf),
      more: moreLines(
        {
          shown: items.length,
          limit: options.limit,
          isMore: next !== null,
          one: `${options.state} case${ofKind(options)}`,
          many: `${options.state} cases${ofKind(options)}`,
        },
        {
          command: "cases list",
          options: { ...options, state: options.state === "open" ? undefined : options.state, json: undefined },
        },
      ),
    }),
  );
}

function ofKind({ toDecide, information }: Listing): string {
  if (information === true) return " for information";
  return toDecide === true ? " to decide" : "";
}

const entryOf = (row: CaseRow): Entry => ({
  at: row.openedAt,
  head: row.id,
  lines: [
    [proposedIn(row), moneyOf(row), "on", row.subject].filter((word) => word !== "").join(" "),
    standingOf(row),
    row.reason,
  ],
});

export async function show(id: string, env: Environment, options: { json?: true }): Promise<void> {
  refuseOther(id);
  const found = await callConsole(consoleTarget(env), "GET /api/cases/{id}", { path: { id } });
  if (options.json === true) return printJson(found);
  const { case: row, trace } = found;
  // Its messages take a while to load, and a list does not need them.
  const { traceLines } = await import("../story.ts");
  printLines([
    `${row.id}  ${row.state}, opened ${secondOf(row.openedAt)} UTC${row.closedAt === null ? "" : `, closed ${secondOf(row.closedAt)} UTC`}`,
    ...(row.isInformation === 1 ? ["for information: it goes on by itself, and there is nothing to approve"] : []),
    [row.kind, moneyOf(row), "on", visible(row.subject)].filter((word) => word !== "").join(" "),
    ...(standingOf(row) === "" ? [] : [`stands: ${standingOf(row)}`]),
    `why: ${visible(row.reason)}`,
    visible(row.summary),
    "",
    ...(trace === null ? [] : traceLines(trace)),
  ]);
}

/** Before anything is asked: what is the id of something else leads somewhere too. */
function refuseOther(id: string): void {
  const { kind } = askedFor(id);
  if (kind === "case" || kind === "notice") return;
  throw new UserError(`${id} is not the id of a case: \`npx countersign cases list\` shows the ids`, [
    `what is known of it: npx countersign trace ${quoted(id)}`,
  ]);
}

/** "needs_response, until 2026-12-01 12:00:00 UTC", "lost". A deadline that is over, or 0, is none: nobody can act on it. */
export function standingOf({ status, dueAt }: Pick<CaseRow, "status" | "dueAt">, now: number = Date.now()): string {
  const until = dueAt === null ? "" : dueAt > now ? `until ${secondOf(dueAt)} UTC` : "cannot be answered any more";
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
