import { endsOf, isExecuted } from "./book-honest.ts";
import type { Evidence } from "./evidence.ts";
import type { Asked } from "./tales/index.ts";

export type Ended = { executed: number; cases: number; left: number };

/** What became of each kind of tale, for whoever reads the run: promises are easily kept by what does nothing. */
export function talesEnded(evidence: Evidence): Map<string, Ended> {
  const told = (evidence.acts.asked ?? []).filter(({ kind }) => kind.includes(": "));
  return new Map(
    [...Map.groupBy(told, ({ kind }) => kind)].map(([kind, group]) => {
      const ended: Ended = { executed: 0, cases: 0, left: 0 };
      for (const one of group) ended[endOf(one, evidence)] += 1;
      return [kind, ended];
    }),
  );
}

function endOf(asked: Asked, evidence: Evidence): keyof Ended {
  const { rows } = endsOf(asked, evidence);
  if (isExecuted(asked, rows)) return "executed";
  return rows.some(({ state }) => state === "case_open") ? "cases" : "left";
}
