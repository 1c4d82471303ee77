import type { ActionView } from "../../shared/contracts/ledger.ts";
import { KINDS } from "./book-honest.ts";
import type { Evidence } from "./evidence.ts";
import type { Asked } from "./tales/index.ts";

export type Ended = { executed: number; cases: number; left: number };

/** What became of each kind of tale, for whoever reads the run: promises are easily kept by what does nothing. */
export function talesEnded({ acts, actions }: Pick<Evidence, "acts" | "actions">): Map<string, Ended> {
  const byPayment = Map.groupBy(actions.values(), ({ action }) => action.payment);
  const tales = Map.groupBy(
    acts.asked.filter(({ kind }) => kind.includes(": ")),
    ({ kind }) => kind,
  );
  return new Map(
    [...tales].map(([kind, told]) => {
      const ended: Ended = { executed: 0, cases: 0, left: 0 };
      for (const one of told) ended[endOf(one, byPayment.get(one.payment) ?? [])] += 1;
      return [kind, ended];
    }),
  );
}

function endOf({ move }: Asked, views: readonly ActionView[]): keyof Ended {
  const own = views.filter(({ action }) => action.kind === KINDS[move]);
  if (own.some(({ state }) => state === "succeeded")) return "executed";
  return views.some(({ state }) => state === "case_open") ? "cases" : "left";
}
