import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { CASE_KINDS } from "../../../shared/contracts/policy.ts";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import {
  CASE_ORDERS,
  CASE_STATES,
  type CaseFilter,
  listCases,
  listStatement,
} from "../../../shared/records/case-list.ts";
import { fromCursor } from "../../../shared/records/page.ts";
import { createRecords } from "../../helpers/d1.ts";
import { createReading, fillWithMany, type Planned } from "../../helpers/many-cases.ts";

const { database, sqlite } = createRecords();
const { run, planOf, stepsOf, msOf } = createReading(sqlite);
let rows: CaseRow[] = [];
/** One walk over the index of all cases: what a list is compared with, in the same run on the same machine. */
const WHOLE: Planned = {
  sql: "SELECT count(*) FROM cases INDEXED BY cases_by_state WHERE state > '' AND askedAt = 1",
  values: [],
};
let wholeMs = 0;
beforeAll(() => {
  rows = fillWithMany(sqlite);
  wholeMs = Math.max(
    msOf(() => run(WHOLE)),
    1,
  );
}, 120_000);

/** A list takes no longer than so many walks over the index of all cases: 10 ms each where nothing else runs. */
const WALKS_AT_MOST = 4;
const LIMIT = 50;
const page = { limit: LIMIT, after: null };

const absentOr = <T>(...values: T[]) => fc.constantFrom<T | undefined>(undefined, undefined, ...values);
/** All that the route takes (workers/console/cases/queries.ts), each as often absent as not. */
const filters: fc.Arbitrary<CaseFilter> = fc.record({
  state: absentOr(...CASE_STATES, "open" as const),
  isInformation: absentOr<0 | 1>(0, 1),
  about: absentOr("refund" as const, "denied_before" as const, "information" as const, ...CASE_KINDS),
  rule: absentOr("window", "rare_rule", "nobody_has_it"),
  customer: fc.constantFrom(undefined, undefined, undefined, undefined, "cus_giant", "cus_7"),
  payment: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, "pi_4242"),
  owner: absentOr<string | null>(null, null, "person_busy", "person_3", "person_nobody"),
  group: fc.constantFrom(undefined, undefined, undefined, "failed_payment/rule/0", "failed_payment/rule/7"),
  isAsked: absentOr(true, false),
  minUsdCents: absentOr(0, 500_000, 999_990),
  maxUsdCents: absentOr(0, 500_100, 9_999_999),
  openedSince: absentOr(0, 50_000, 100_900),
  openedUntil: absentOr(1_100, 50_100, 999_999),
  dueUntil: absentOr(1_000_100, 1_400_000),
  order: fc.constantFrom(undefined, ...CASE_ORDERS),
  limit: fc.constant(LIMIT),
  after: fc.constant(null),
});

const FAR = 9_000_000_000_000_000;
const atOf = ({ openedAt, worthUsdCents, decideBy }: CaseRow, order: CaseFilter["order"]): number =>
  order === "dearest" ? (worthUsdCents ?? -1) : order === "due" ? (decideBy ?? FAR) : openedAt;

/** What the list must be, from all rows. */
function expected(filter: CaseFilter): string[] {
  const { order = "newest", owner, isAsked, group } = filter;
  const isEqual = <T>(wanted: T | undefined, value: T): boolean => wanted === undefined || wanted === value;
  const way = order === "newest" || order === "dearest" ? -1 : 1;
  return rows
    .filter(
      (row) =>
        isEqual(filter.state, row.state) &&
        isEqual(filter.isInformation, row.isInformation) &&
        isEqual(filter.about, row.about) &&
        isEqual<string | null>(filter.rule, row.rule) &&
        isEqual<string | null>(filter.customer, row.customer) &&
        isEqual<string | null>(filter.payment, row.payment) &&
        isEqual(owner, row.owner) &&
        isEqual<string | null>(group, row.groupKey) &&
        isEqual(isAsked, row.askedAt !== null) &&
        (filter.minUsdCents ?? -1) <= (row.worthUsdCents ?? -1) &&
        (filter.maxUsdCents === undefined || (row.worthUsdCents !== null && row.worthUsdCents <= filter.maxUsdCents)) &&
        row.openedAt >= (filter.openedSince ?? 0) &&
        row.openedAt < (filter.openedUntil ?? FAR) &&
        (filter.dueUntil === undefined || (row.decideBy !== null && row.decideBy < filter.dueUntil)),
    )
    .map((row) => ({ at: atOf(row, order), id: row.id }))
    .sort((one, other) => way * (one.at - other.at || (one.id < other.id ? -1 : 1)))
    .map(({ id }) => id);
}

/** How many cases the narrowest of its indexes has in its states: what a list may step over at most. */
const boundOf = (filter: CaseFilter): number =>
  rows.filter((row) => (filter.state === undefined || row.state === filter.state) && isWalked(filter, row)).length;
function isWalked({ payment, customer, owner, rule, about, group, isAsked }: CaseFilter, row: CaseRow): boolean {
  if (payment !== undefined) return row.payment === payment;
  if (customer !== undefined) return row.customer === customer;
  if (owner !== undefined && owner !== null) return row.owner === owner;
  if (isAsked === true) return row.askedAt !== null;
  if (group !== undefined && row.state === "open") return row.groupKey === group;
  if (rule !== undefined) return row.rule === rule;
  return about === undefined || row.about === about;
}

/** Ids from indexes alone, then the rows of one page: no row is read in vain. A payment's cases are few, and are read. */
function readsInVain(filter: CaseFilter, statement: Planned): string[] {
  const reads = planOf(statement).filter((line) => /\b(?:SCAN|SEARCH) cases\b/.test(line));
  const rest = reads.filter((line) => !/SEARCH cases USING COVERING INDEX/.test(line));
  const byId = rest.indexOf("SEARCH cases USING PRIMARY KEY (id=?)");
  const others = rest.filter((_, index) => index !== byId);
  const isFew = (line: string): boolean => line.includes("INDEX cases_by_payment (payment=? AND state=?");
  return byId < 0
    ? ["the rows are not read by id", ...others]
    : others.filter((line) => filter.payment === undefined || !isFew(line));
}

type Figure = { name: string; steps: number; ms: number };
const figures: Figure[] = [];
function measured(name: string, filter: CaseFilter): Figure {
  const statement = listStatement(filter);
  expect(readsInVain(filter, statement), name).toEqual([]);
  const figure = { name, steps: stepsOf(statement), ms: msOf(() => run(statement)) };
  figures.push(figure);
  return figure;
}

describe("among 100,000 cases, a list by any combination of filters and orders", () => {
  test("has what it must have, reads no row in vain, and takes no longer than a few walks over one index", async () => {
    await fc.assert(
      fc.asyncProperty(filters, fc.double({ min: 0, max: 1, noNaN: true }), async (filter, depth) => {
        const name = JSON.stringify(filter);
        const whole = expected(filter);
        const first = await listCases(database, filter);
        expect(first.items.map(({ id }) => id)).toEqual(whole.slice(0, LIMIT));
        // A page from anywhere: behind the row that a cursor names.
        const at = Math.floor(depth * Math.max(0, whole.length - 1));
        const row = rows[Number.parseInt((whole[at] ?? "case_1").slice(5), 16) - 1];
        const after = row === undefined ? null : { at: atOf(row, filter.order), id: row.id };
        const deep: CaseFilter = { ...filter, after };
        if (whole.length > 0) {
          const page = await listCases(database, deep);
          expect(page.items.map(({ id }) => id)).toEqual(whole.slice(at + 1, at + 1 + LIMIT));
        }
        const bound = boundOf(filter);
        for (const one of [filter, deep]) {
          const { steps, ms } = measured(name, one);
          expect(steps).toBeLessThanOrEqual(bound);
          expect(ms).toBeLessThan(wholeMs * WALKS_AT_MOST);
        }
      }),
      { numRuns: 120, seed: 14 },
    );
  }, 120_000);

  const NAMED: Record<string, Omit<CaseFilter, "limit" | "after">> = {
    "no filter": {},
    "open, to decide": { state: "open", isInformation: 0 },
    "a kind": { state: "open", about: "refund" },
    "a rare kind": { about: "denied_before" },
    "a rule": { state: "open", rule: "window" },
    "a rare rule": { rule: "rare_rule" },
    "a rule within a kind": { about: "refund", rule: "rare_rule" },
    "a customer with 33,333": { customer: "cus_giant" },
    "a customer with 33,333, a rare rule": { customer: "cus_giant", rule: "rare_rule" },
    "a person with 16,667": { owner: "person_busy" },
    "nobody's of a rare kind": { owner: null, about: "denied_before" },
    "a group and an amount": { state: "open", group: "failed_payment/rule/0", minUsdCents: 999_990 },
    "what is asked": { isAsked: true },
    "an amount": { minUsdCents: 500_000, maxUsdCents: 500_010 },
    "an age": { openedSince: 50_000, openedUntil: 50_010 },
    "a due time": { dueUntil: 1_000_010 },
    "nobody's, asked, an amount, a time": { owner: null, isAsked: true, minUsdCents: 1, dueUntil: 1_400_000 },
  };

  test.each(Object.entries(NAMED))("%s: in each order", (name, filter) => {
    const bound = boundOf({ ...filter, ...page });
    for (const order of CASE_ORDERS) {
      const { steps, ms } = measured(`${name}, ${order} first`, { ...filter, order, ...page });
      expect(steps).toBeLessThanOrEqual(bound);
      expect(ms).toBeLessThan(wholeMs * WALKS_AT_MOST);
    }
  });

  test("what one index answers in its order steps over one page and a row more of each of its walks", () => {
    for (const order of CASE_ORDERS)
      for (const filter of [{}, { state: "open" }, { about: "refund" }, { state: "open", about: "refund" }] as const) {
        const walks = ("state" in filter ? 1 : CASE_STATES.length) * (order === "due" || order === "dearest" ? 2 : 1);
        const { steps } = measured("in order", { ...filter, order, limit: LIMIT, after: null });
        expect(steps).toBeLessThanOrEqual((LIMIT + 1) * walks);
      }
  });

  test("a walk through all pages has each case once, in order, also over the edge of what has no worth", async () => {
    for (const order of CASE_ORDERS) {
      const filter: CaseFilter = { about: "denied_before", order, limit: 3, after: null };
      const seen: string[] = [];
      let after: CaseFilter["after"] = null;
      do {
        const { items, next } = await listCases(database, { ...filter, after });
        seen.push(...items.map(({ id }) => id));
        after = next === null ? null : fromCursor(next);
      } while (after !== null && seen.length < 100);
      expect(seen).toEqual(expected(filter));
      expect(seen.length).toBe(10);
    }
  });

  test("its figures", () => {
    const print = process.env.FIGURES !== undefined;
    const slowest = figures.toSorted((one, other) => other.ms - one.ms);
    expect(slowest.length).toBeGreaterThan(200);
    if (!print) return;
    const line = ({ name, steps, ms }: Figure): string =>
      `${ms.toFixed(1).padStart(7)} ms ${String(steps).padStart(7)} steps  ${name}`;
    const named = figures.filter(({ name }) => !name.startsWith("{") && name !== "in order");
    process.stdout.write(
      `one walk over all: ${wholeMs.toFixed(1)} ms\n${[...named, ...slowest.slice(0, 10)].map(line).join("\n")}\n`,
    );
  });
});
