import type { OpenCases, OpenSum } from "../contracts/records.ts";
import type { Database } from "./database.ts";

type Found = {
  isInformation: 0 | 1;
  currency: string | null;
  count: number;
  millions: number | null;
  rest: number | null;
};

/**
 * The sum in two parts, since one may be more than a number in JSON holds exactly. It reads the open cases
 * alone, from their index: docs/decisions/0038.
 */
export const OPEN_SUMS = `SELECT isInformation, CASE WHEN amountMinor IS NULL THEN NULL ELSE currency END AS currency,
  count(*) AS count, sum(amountMinor / 1000000) AS millions, sum(amountMinor % 1000000) AS rest
  FROM cases INDEXED BY cases_by_state WHERE state = 'open' GROUP BY 1, 2 ORDER BY 1, 2`;

/** The open cases and their money by currency: those that a person decides, and apart from them those that only tell of something. */
export async function sumOpenCases(database: Database): Promise<OpenCases> {
  const { results } = await database.prepare(OPEN_SUMS).all<Found>();
  const sumsOf = (wanted: 0 | 1): OpenSum[] =>
    results.filter(({ isInformation }) => isInformation === wanted).map(sumOf);
  return { toDecide: sumsOf(0), information: sumsOf(1) };
}

function sumOf({ currency, count, millions, rest }: Found): OpenSum {
  if (currency === null || millions === null || rest === null) return { currency: null, count, amountMinor: null };
  const exact = BigInt(millions) * 1_000_000n + BigInt(rest);
  return { currency, count, amountMinor: exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : null };
}
