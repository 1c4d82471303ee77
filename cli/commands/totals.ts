import type { Totals } from "../../shared/contracts/ledger.ts";
import { formatMoney } from "../../shared/core/money.ts";
import { callConsole, consoleTarget } from "../client.ts";
import type { Environment } from "../credentials.ts";
import { printJson, printLines, table } from "../print.ts";

export async function totals(env: Environment, options: { json?: true }): Promise<void> {
  const found = await callConsole<Totals>(consoleTarget(env), "/api/totals");
  if (options.json === true) printJson(found);
  else printLines(describeTotals(found));
}

export function describeTotals({ accepted, conflicts, waiting, none, deadLetteredEvents, actions }: Totals): string[] {
  return [
    ...table([
      ["accepted", `${accepted} events`],
      ["conflicts", String(conflicts)],
      ["on their way", `${waiting.events} events, ${waiting.actions} actions`],
      ["nothing to do", `${none} events`],
      ["dead-lettered", `${deadLetteredEvents} events`],
    ]),
    "",
    ...table([
      ["action", "state", "count", "sum"],
      ...actions.map(({ kind, state, count, currency, amountMinor }) => [
        kind,
        state,
        String(count),
        currency === null ? "" : formatMoney({ amountMinor, currency }),
      ]),
    ]),
  ];
}
