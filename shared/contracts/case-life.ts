import type { ActionView, HistoryEntry } from "./views.ts";

/**
 * How often a case was written anew, and since when it is as it is, from the history of its row: since the row asked for it,
 * whenever D1 took it. Version 0: it never was.
 */
export type CaseLife = { version: number; openedAt: number; closedAt: number | null };

/** What a person has decided: it takes the case from those that wait for one. */
const DECIDED: readonly string[] = ["approved", "denied", "closed"];

export function lifeOfCase(history: readonly HistoryEntry[]): CaseLife {
  let [version, openedAt] = [0, 0];
  let closedAt: number | null = null;
  let [reason, keptFor]: (string | undefined)[] = [];
  let askedAt: number | null = null;
  for (const { what, at, detail } of history) {
    if (what === "case_opening") reason = detail;
    // News may have the words of before, and another status or deadline.
    if (what === "case_news") reason = `${at} ${detail}`;
    if (what === "case_opening" || what === "case_news") askedAt = at;
    if (DECIDED.includes(what)) closedAt = at;
    if (what !== "case_open" && what !== "case_closed") continue;
    const isOpen = what === "case_open";
    if (version > 0 && isOpen === (closedAt === null) && reason === keptFor) continue;
    const since = askedAt ?? at;
    if (isOpen || version === 0) openedAt = since;
    [version, closedAt, keptFor] = [version + 1, isOpen ? null : since, reason];
  }
  return { version, openedAt, closedAt };
}

type Told = Pick<ActionView, "state" | "history" | "caseStanding" | "updatedAt" | "caseRound" | "caseDecided">;

/** Nobody has to do anything: its matter is over, or a person has closed it as it is. */
export const isCaseOver = ({
  caseStanding,
  caseDecided,
  caseRound,
}: Omit<Told, "state" | "history" | "updatedAt">): boolean =>
  caseStanding?.isOver === true || (caseDecided?.kind === "closed" && caseDecided.round === caseRound);

/** Its history, with how a case that is on its way will be: D1 may have it already. */
export function historyOfCase(view: Told): readonly HistoryEntry[] {
  const { state, history, updatedAt } = view;
  if (state !== "case_opening") return history;
  return [...history, { at: history.at(-1)?.at ?? updatedAt, what: isCaseOver(view) ? "case_closed" : "case_open" }];
}
