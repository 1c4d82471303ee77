/** The row of a case: it is opened, it is kept in D1, and it follows what its matter does. */
import type { ActionState, CaseStanding } from "../../contracts/action.ts";
import { isCaseOver } from "../../contracts/case-life.ts";
import type { CaseSeen } from "../../contracts/case-seen.ts";
import type { CaseAbout } from "../../contracts/rules.ts";
import { CLOCKS_APART_MS } from "../../core/time.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import type { ActionRow } from "./row.ts";

export function caseOpening(
  row: ActionRow,
  reason: string,
  about: CaseAbout,
  now: number,
  settings: LedgerSettings,
  seen: CaseSeen | null = null,
): ActionRow {
  return {
    ...row,
    ...nextRound(row),
    state: "case_opening",
    caseReason: reason,
    caseAbout: about,
    caseStanding: null,
    // What was read for an earlier round is compared with rather than nothing.
    caseSeen: seen ?? row.caseSeen,
    held: null,
    rings: 0,
    due: nextDue(now, 0, settings),
    history: append(row.history, now, "case_opening", reason),
  };
}

/** The case is another one than people have seen: whatever they said of it is void. */
const nextRound = ({ caseRound }: ActionRow): Pick<ActionRow, "caseRound" | "caseApprovals" | "caseAnswers"> => ({
  caseRound: caseRound + 1,
  caseApprovals: null,
  caseAnswers: [],
});

const KEPT: readonly ActionState[] = ["case_open", "case_closed"];

/**
 * The case is in D1 as it stood at `standingAt`. Where the row has another standing by now, it goes there once more: also where
 * the newer one was there already, because the older one may have been written over it.
 */
export function caseOpened(
  row: ActionRow,
  standingAt: number | null,
  now: number,
  settings: LedgerSettings,
): ActionRow {
  const { state, caseStanding } = row;
  if ((caseStanding?.at ?? null) !== standingAt)
    return KEPT.includes(state) ? { ...row, state: "case_opening", rings: 0, due: nextDue(now, 0, settings) } : row;
  if (state !== "case_opening") return row;
  const kept = isCaseOver(row) ? "case_closed" : "case_open";
  return { ...row, state: kept, due: null, updatedAt: now, history: append(row.history, now, kept) };
}

/** A person has decided for good. */
const OVER: readonly ActionState[] = ["denied", "superseded"];

/** The same row where the news is older than what it has. A case that was given up keeps the news for its redrive. */
export function withNews(row: ActionRow, news: CaseStanding, now: number, settings: LedgerSettings): ActionRow {
  const known = row.caseStanding;
  if (OVER.includes(row.state)) return row;
  if (row.caseReason === null || !(isNewer(news, known) || isNowAgain(news, known, now))) return row;
  // What is told of the same moment gets a moment of its own, so that a confirmation names one of both.
  const isOfItsMoment = known === null || news.at > known.at || (news.at < known.at && stagesApart(news, known) === 0);
  const standing = isOfItsMoment ? news : { ...news, at: known.at + 1 };
  if (known !== null && isSame(news, known)) return { ...row, caseStanding: standing };
  const told: ActionRow = {
    ...row,
    caseStanding: standing,
    caseReason: standing.text,
    updatedAt: now,
    history: append(row.history, now, "case_news", standing.text),
  };
  if (row.state !== "case_opening" && !KEPT.includes(row.state)) return told;
  // Also of what is on its way: D1 may have it, and each round is written there once.
  return { ...told, ...nextRound(row), state: "case_opening", rings: 0, due: nextDue(now, 0, settings) };
}

/** How much later the stage of the one is; 0 where one of them has none. */
const stagesApart = (one: CaseStanding, other: CaseStanding): number =>
  one.stage === undefined || other.stage === undefined ? 0 : one.stage - other.stage;

/** Of two that are told of one moment, the end comes later, whatever the order in which they arrive. */
function isNewer(news: CaseStanding, known: CaseStanding | null): boolean {
  if (known === null) return true;
  const apart = stagesApart(news, known);
  if (apart !== 0) return apart > 0;
  if (news.at !== known.at) return news.at > known.at;
  return news.isOver && !known.isOver;
}

/**
 * What is known is of a time to come, and the news was read just now: the clock was set back. The times of events that nobody
 * could check are not ours, so their order stays.
 */
const isNowAgain = (news: CaseStanding, known: CaseStanding | null, now: number): boolean =>
  news.isRead === true && known !== null && known.at - now > CLOCKS_APART_MS;

const isSame = (one: CaseStanding, other: CaseStanding): boolean =>
  one.status === other.status && one.dueAt === other.dueAt && one.isOver === other.isOver && one.text === other.text;
