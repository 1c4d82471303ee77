import { ACTION_KINDS, ACTIONS } from "../../shared/contracts/actions.ts";
import type { EnvelopeUse } from "../../shared/contracts/gate.ts";
import { nameOfScope } from "../../shared/contracts/scopes.ts";
import type { Totals } from "../../shared/contracts/views.ts";
import { formatMoney } from "../../shared/core/money.ts";
import { callConsole, consoleTarget } from "../client.ts";
import { printJson, printLines, table } from "../print.ts";
import type { Environment } from "../settings.ts";
import { linesOfHolds } from "./holds.ts";
import { tableOfOpenCases } from "./open-cases.ts";

export async function totals(env: Environment, options: { json?: true }): Promise<void> {
  const found = await callConsole(consoleTarget(env), "GET /api/totals", {});
  if (options.json === true) printJson(found);
  else printLines(describeTotals(found));
}

export function describeTotals(totals: Totals): string[] {
  const {
    accepted,
    duplicates,
    conflicts,
    waiting,
    none,
    deadLetteredEvents,
    actions,
    envelopes,
    holds,
    fullestShard,
    openCases,
  } = totals;
  return [
    ...table([
      ["accepted", `${accepted} events`],
      ["delivered again", `${duplicates} times`],
      ["conflicts", String(conflicts)],
      ["not finished", `${waiting.events} events, ${waiting.actions} actions`],
      ["nothing to do", `${none} events`],
      ["dead-lettered", `${deadLetteredEvents} events`],
      ...(fullestShard === null ? [] : [["fullest shard", describeShard(fullestShard)]]),
    ]),
    "",
    ...table([
      ["action", "state", "count", "moved"],
      ...withoutIdleCurrencies(actions).map(({ kind, state, count, currency, amountMinor }) => [
        kind,
        state,
        String(count),
        currency === null ? "" : formatMoney({ amountMinor, currency }),
      ]),
    ]),
    "",
    ...tableOfOpenCases(openCases),
    ...(envelopes.length === 0 ? [] : ["", ...tableOfEnvelopes(envelopes)]),
    ...(holds.count === 0 ? [] : ["", ...linesOfHolds(holds.newest, moreHolds(holds))]),
  ];
}

const moreHolds = ({ count, newest }: Totals["holds"]): string[] =>
  count <= newest.length ? [] : [`${count} in all: npx countersign holds list`];

const describeShard = ({ index, share }: NonNullable<Totals["fullestShard"]>): string =>
  `shard ${index}: ${share < 0.01 ? "less than 1" : Math.floor(100 * share)}% full`;

const movesMoney = (kind: string): boolean => ACTION_KINDS.some((one) => one === kind && ACTIONS[one].movesMoney);

type Counted = Totals["actions"][number];

/** Kinds that move no money have no sum, and one row a state: a row a currency would look like the same row again. */
function withoutIdleCurrencies(actions: readonly Counted[]): Counted[] {
  const rows = new Map<string, Counted>();
  for (const one of actions) {
    const row = movesMoney(one.kind) ? one : { ...one, currency: null };
    const key = `${row.kind}:${row.state}:${row.currency ?? ""}`;
    rows.set(key, { ...row, count: row.count + (rows.get(key)?.count ?? 0) });
  }
  return [...rows.values()];
}

const tableOfEnvelopes = (envelopes: readonly EnvelopeUse[]): string[] =>
  table([
    ["at risk this hour, rough USD", "used", "limit", "share"],
    ...envelopes.map(({ scope, usedCents, limitCents }) => [
      nameOfScope(scope),
      dollars(usedCents),
      dollars(limitCents),
      limitCents === 0 ? "over" : `${Math.floor((100 * usedCents) / limitCents)}%`,
    ]),
  ]);

const dollars = (cents: number): string => (cents / 100).toFixed(2);
