import { TYPES_THAT_ACT, TYPES_THAT_REPORT } from "../../shared/contracts/types-that-act.ts";
import { nearestOf } from "../../shared/core/nearest.ts";
import { oneLine } from "../../shared/core/text.ts";

/** How many events there are of each type. Types are the sender's words, so their number is bounded. */
export type TypeCounts = { add(type: string): void; all(): TypeCount[]; total(): number; others(): number };
export type TypeCount = { type: string; count: number };

const MOST_TYPES = 1_000;
const NAMED = 5;

export function countTypes(): TypeCounts {
  const counts = new Map<string, number>();
  let total = 0;
  let others = 0;
  return {
    add(type) {
      total++;
      const count = counts.get(type);
      if (count === undefined && counts.size >= MOST_TYPES) others++;
      else counts.set(type, (count ?? 0) + 1);
    },
    /** The most frequent first. */
    all: () => [...counts].map(([type, count]) => ({ type, count })).sort((a, b) => b.count - a.count),
    total: () => total,
    others: () => others,
  };
}

/** What an event of the type leads to, for people; null where nothing acts on it. */
export function leadsTo(type: string): string | null {
  const acts = TYPES_THAT_ACT.get(type);
  if (acts !== undefined) {
    const who = { agent: "Claude decides", person: "a case for a person", outside: "the decision is checked" }[
      acts.decides
    ];
    return `${who}: ${acts.fact}${acts.isAlways ? "" : "; or only recorded, by what it says"}`;
  }
  return TYPES_THAT_REPORT.has(type) ? "recorded; may confirm an action of ours" : null;
}

/** "812 of 1,000 are of types that nothing acts on: charge.updated (500), …; they are recorded"; null where there are none. */
export function idleTypes(counts: TypeCounts): string | null {
  const idle = counts.all().filter(({ type }) => leadsTo(type) === null);
  const sum = idle.reduce((all, { count }) => all + count, counts.others());
  if (sum === 0) return null;
  const named = idle
    .slice(0, NAMED)
    .map(({ type, count }) => `${oneLine(type, 60)} (${count.toLocaleString("en")}${meant(type)})`);
  const more = idle.length > NAMED ? `, and ${idle.length - NAMED} more types` : "";
  const of = `${sum.toLocaleString("en")} of ${counts.total().toLocaleString("en")}`;
  return `${of} are of types that nothing acts on: ${named.join(", ")}${more}; they are recorded`;
}

function meant(type: string): string {
  const near = nearestOf(type, [...TYPES_THAT_ACT.keys()]);
  return near === null ? "" : `; you may mean ${near}`;
}
