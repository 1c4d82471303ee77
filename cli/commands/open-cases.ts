import type { OpenCases, OpenSum } from "../../shared/contracts/records.ts";
import { formatMoney } from "../../shared/core/money.ts";
import { table } from "../print.ts";

/** The money of open cases, for `totals`. Null: the database of cases did not answer. */
export function tableOfOpenCases(open: OpenCases | null): string[] {
  if (open === null) return ["open cases: not known, since the database of cases (D1) did not answer. Ask again."];
  const rows = [
    ...open.toDecide.map((sum) => ["to decide", ...cellsOf(sum)]),
    ...open.information.map((sum) => ["for information", ...cellsOf(sum)]),
  ];
  return rows.length === 0 ? ["no open cases"] : table([["open cases", "count", "sum"], ...rows]);
}

function cellsOf({ currency, count, amountMinor }: OpenSum): string[] {
  if (currency === null) return [String(count), "no amount"];
  const sum =
    amountMinor === null ? `${currency.toUpperCase()}: too large to add up` : formatMoney({ amountMinor, currency });
  return [String(count), sum];
}
