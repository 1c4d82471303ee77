import type { DatabaseSync } from "node:sqlite";
import { CASE_KINDS } from "../../shared/contracts/policy.ts";
import type { CaseRow } from "../../shared/contracts/records.ts";
import { ALL_COLUMNS } from "../../shared/records/cases.ts";
import type { Value } from "../../shared/records/database.ts";
import { caseRow } from "./case-rows.ts";

export const CASES = 100_000;
const RULES = ["duplicate", "window", "confidence", "four_eyes", null];
const isRare = (n: number): boolean => n % 7_777 === 0;

/** Of 100,000: kinds, rules, customers and people that have very many cases, some, few and none. */
export function nthOfMany(n: number): CaseRow {
  const about =
    n % 9_999 === 0 ? "denied_before" : (CASE_KINDS.filter((kind) => kind !== "denied_before")[n % 10] ?? "other");
  const state = n % 2 === 0 ? "open" : n % 101 === 0 ? "approved" : n % 103 === 0 ? "denied" : "closed";
  const isOpen = state === "open";
  return caseRow(n, {
    about,
    isInformation: about === "information" ? 1 : 0,
    rule: isRare(n) ? "rare_rule" : (RULES[n % RULES.length] ?? null),
    customer: n % 3 === 0 ? "cus_giant" : n % 11 === 0 ? null : `cus_${n % 5_000}`,
    payment: n % 13 === 0 ? null : `pi_${n % 60_000}`,
    state,
    closedAt: isOpen ? null : n,
    worthUsdCents: n % 7 === 0 ? null : (n * 7_919) % 1_000_000,
    priority: (n % 11) + 1,
    decideBy: n % 3 === 0 ? null : 1_000_000 + ((n * 31) % 500_000),
    groupKey: isOpen && n % 10 === 0 ? `failed_payment/rule/${n % 20}` : null,
    owner: n % 6 === 2 ? "person_busy" : n % 50 === 3 ? `person_${n % 7}` : null,
    snoozedUntil: isOpen && n % 1_000 === 4 ? 2_000_000 : null,
    askedAt: isOpen && n % 997 === 0 ? 5_000 : null,
    lookAt: n % 3 === 0 ? null : 1_000_000 + ((n * 31) % 500_000),
    placedBy: n % 2 === 0 ? "now" : null,
  });
}

export function fillWithMany(sqlite: DatabaseSync): CaseRow[] {
  const columns = ALL_COLUMNS.split(", ");
  const insert = sqlite.prepare(`INSERT INTO cases (${ALL_COLUMNS}) VALUES (${columns.map(() => "?").join(", ")})`);
  const rows = Array.from({ length: CASES }, (_, index) => nthOfMany(index + 1));
  sqlite.exec("BEGIN");
  for (const row of rows) insert.run(...columns.map((column) => Reflect.get(row, column)));
  sqlite.exec("COMMIT");
  return rows;
}

export type Planned = { sql: string; values: Value[] };

/** How SQLite reads, and how much: the entries that it steps over, and the processor's time, whoever else is busy. */
export function createReading(sqlite: DatabaseSync) {
  let steps = 0;
  // A condition that is asked of each entry: one that no index can answer, and no plan is made by.
  sqlite.function("step", { deterministic: false, varargs: true }, () => {
    steps += 1;
    return 1;
  });
  const run = ({ sql, values }: Planned) => sqlite.prepare(sql).all(...values);
  const detailsOf = (sql: string, values: Value[]): string[] =>
    sqlite
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map(({ detail }) => String(detail));
  const planOf = ({ sql, values }: Planned): string[] => detailsOf(sql, values);
  const counted = (sql: string): string => sql.replaceAll(/\bWHERE state =/g, "WHERE step(id) AND state =");
  return {
    run,
    planOf,
    /** Entries of `cases` that a statement steps over, but for rows that are read by their id. */
    stepsOf: ({ sql, values }: Planned): number => {
      const same = detailsOf(counted(sql), values).join() === detailsOf(sql, values).join();
      if (!same || counted(sql) === sql) throw new Error(`counting would change how this is read: ${sql}`);
      steps = 0;
      run({ sql: counted(sql), values });
      return steps;
    },
    /** Milliseconds of the processor: the least of three. */
    msOf: (work: () => unknown): number => {
      const once = (): number => {
        const before = process.cpuUsage();
        work();
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1_000;
      };
      return Math.min(once(), once(), once());
    },
  };
}
