import type { CaseRow } from "../../../shared/contracts/records.ts";
import { formatMoney } from "../../../shared/core/money.ts";
import { secondOf } from "../../../shared/core/time.ts";
import type { QueryOf } from "../../api/routes.ts";
import { callConsole, consoleTarget } from "../../client.ts";
import { type Entry, listLines, moreLines } from "../../list.ts";
import { collect } from "../../pages.ts";
import { printJson, printLines } from "../../print.ts";
import type { Environment } from "../../settings.ts";
import type { Asked } from "../../shell.ts";

type Filter = QueryOf<"GET /api/cases">;
/** What narrows a list of cases, as it is typed. Times in epoch milliseconds, `minUsd` and `maxUsd` in US dollars, roughly. */
export type CaseFilters = {
  state?: Filter["state"] | "all";
  toDecide?: true;
  information?: true;
  kind?: NonNullable<Filter["kind"]>;
  rule?: string;
  customer?: string;
  payment?: string;
  owner?: string;
  mine?: true;
  group?: string;
  asked?: true;
  minUsd?: number;
  maxUsd?: number;
  since?: number;
  until?: number;
  dueUntil?: number;
  order?: NonNullable<Filter["order"]>;
};
type Listing = CaseFilters & { limit: number; about?: string; json?: true };

export async function list(env: Environment, options: Listing): Promise<void> {
  const { items, next } = await found(env, options);
  if (options.json === true) return printJson({ items, next });
  const state = stateIn(options);
  const kind = state === undefined ? "" : `${state} `;
  printLines(
    listLines({
      title: { at: "opened", what: "case, what is proposed, how it stands, why" },
      entries: items.map(entryOf),
      more: moreLines(
        {
          shown: items.length,
          limit: options.limit,
          isMore: next !== null,
          one: `${kind}case${ofKind(options)}`,
          many: `${kind}cases${ofKind(options)}`,
        },
        { command: "cases list", options: typed(options) },
      ),
    }),
  );
}

/** What names an id is found at once, and is never much; any other list comes in pages. */
async function found(env: Environment, options: Listing): Promise<{ items: CaseRow[]; next: string | null }> {
  const target = consoleTarget(env);
  const { about } = options;
  if (about === undefined) return await collect(target, "GET /api/cases", queryOf(options), options.limit);
  const { items } = await callConsole(target, "GET /api/cases/search", { query: { id: about } });
  return { items: items.slice(0, options.limit), next: null };
}

const stateIn = ({ state }: CaseFilters): Filter["state"] => (state === "all" ? undefined : state);

export function queryOf(options: CaseFilters): Filter {
  const { kind, rule, customer, payment, group, since, until, order } = options;
  const cents = (usd: number | undefined): number | undefined =>
    usd === undefined ? undefined : Math.round(usd * 100);
  return {
    state: stateIn(options),
    information: informationOf(options),
    kind,
    rule,
    customer,
    payment,
    owner: options.mine === true ? "me" : options.owner,
    group,
    asked: options.asked === true ? "yes" : undefined,
    minUsdCents: cents(options.minUsd),
    maxUsdCents: cents(options.maxUsd),
    since,
    until,
    dueUntil: options.dueUntil,
    order: order === "newest" ? undefined : order,
  };
}

/** The options again as a person may type them. */
function typed({
  json: _json,
  limit: _limit,
  state,
  since,
  until,
  dueUntil,
  order,
  ...rest
}: Listing): Asked["options"] {
  const time = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : new Date(at).toISOString();
  return {
    state: state === "open" ? undefined : state,
    ...rest,
    since: time(since),
    until: time(until),
    dueUntil: time(dueUntil),
    order: order === "newest" ? undefined : order,
  };
}

function ofKind({ toDecide, information }: CaseFilters): string {
  if (information === true) return " for information";
  return toDecide === true ? " to decide" : "";
}

const entryOf = (row: CaseRow): Entry => ({
  at: row.openedAt,
  head: row.id,
  lines: [
    [proposedIn(row), moneyOf(row), "on", row.subject].filter((word) => word !== "").join(" "),
    [standingOf(row), workOf(row)].filter((part) => part !== "").join("; "),
    row.reason,
  ],
});

/** "needs_response, until 2026-12-01 12:00:00 UTC", "lost". A deadline that is over, or 0, is none: nobody can act on it. */
export function standingOf({ status, dueAt }: Pick<CaseRow, "status" | "dueAt">, now: number = Date.now()): string {
  const until = dueAt === null ? "" : dueAt > now ? `until ${secondOf(dueAt)} UTC` : "cannot be answered any more";
  return [status ?? "", until].filter((part) => part !== "").join(", ");
}

/** How it ended and by whom, who has it, and why it is aside. A console of before says nothing of it. */
export function workOf(row: Partial<CaseRow>): string {
  const { owner = null, ownerName = null, snoozedUntil = null, askedAt = null, groupKey = null } = row;
  const { state = "open", decidedBy = null, code = null, decideBy = null } = row;
  return [
    state === "open" || (decidedBy === null && code === null)
      ? ""
      : `${state}${decidedBy === null ? "" : ` by ${decidedBy}`}${code === null ? "" : ` (${code})`}`,
    owner === null ? "" : `${ownerName ?? owner} has it`,
    state !== "open" || decideBy === null ? "" : `due ${secondOf(decideBy)} UTC`,
    askedAt === null ? "" : "asked",
    snoozedUntil === null ? "" : `aside until ${secondOf(snoozedUntil)} UTC`,
    groupKey === null ? "" : "in a group",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function informationOf({ toDecide, information }: CaseFilters): "yes" | "no" | undefined {
  if (information === true) return "yes";
  return toDecide === true ? "no" : undefined;
}

/** What a person is asked to decide; nothing where the case only tells of something. */
export const proposedIn = ({ kind, isInformation }: CaseRow): string =>
  isInformation === 1 ? `(information: ${kind} waits)` : kind;

export function moneyOf({ amountMinor, currency }: Pick<CaseRow, "amountMinor" | "currency">): string {
  return amountMinor === null || currency === null ? "" : formatMoney({ amountMinor, currency });
}
