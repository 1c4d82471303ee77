import { FAILURE_REASONS, type Failure } from "../contracts/failure.ts";
import type { DeadRow, HistoryEntry } from "../contracts/views.ts";
import type { Death } from "./letter.ts";

/** A row that has died, as the ledger shows it. `isWhole`: its history has lost nothing of its middle. */
export type DiedRow = Pick<DeadRow, "failure" | "failures" | "firstAt" | "deaths" | "queue"> & {
  state: string;
  history: readonly HistoryEntry[];
  isWhole: boolean;
};

/** `redriven`: the entry that tells of it, or "forgotten"; null where the row was not taken up again. */
export type PastDeath = { death: Death; redriven: HistoryEntry | "forgotten" | null };

/**
 * The deaths of a row, from its history: a life ends with its last failure, and the next begins with a redrive. The letter
 * of a row that is still dead may be in D1 already, so it is written with the others. Of a long history the middle is lost: then the oldest deaths have no words of their own.
 */
export function pastDeaths(row: DiedRow): PastDeath[] {
  const ended = livesIn(row.history).filter(({ redriven, isKept }) => redriven !== null || isKept || isDying(row));
  // A row that was decided while it was dead has a death without a letter, the last.
  const untold = row.isWhole ? 0 : Math.max(0, row.deaths - ended.length);
  const forgotten = Array.from({ length: untold }, (_, index) => forgottenDeath(row, index + 1));
  const told = ended.map((life, index) => deathOf(row, life, untold + index + 1));
  return [...forgotten, ...told];
}

const isDying = ({ state }: DiedRow): boolean => state === "dead" || state === "dead_lettered";

type Life = { failed: HistoryEntry[]; isKept: boolean; redriven: HistoryEntry | null };

function livesIn(history: readonly HistoryEntry[]): Life[] {
  const lives: Life[] = [{ failed: [], isKept: false, redriven: null }];
  for (const entry of history) {
    const life = lives.at(-1);
    if (life === undefined) break;
    if (entry.what.startsWith(FAILED)) life.failed.push(entry);
    if (entry.what === "dead letter kept") life.isKept = true;
    if (entry.what !== "redriven") continue;
    life.redriven = entry;
    lives.push({ failed: [], isKept: false, redriven: null });
  }
  return lives;
}

const FAILED = "failed: ";

function deathOf(row: DiedRow, { failed, redriven }: Life, number: number): PastDeath {
  const { firstAt, queue } = row;
  const last = failed.at(-1);
  // The row has its last failure in full; its history has the beginning.
  const own = redriven === null && isDying(row) ? row.failure : null;
  const failure = own ?? (last === undefined ? null : failureOf(last));
  const failures = redriven === null && isDying(row) ? row.failures : failed.length;
  return { death: { failure, failures, firstAt, lastAt: last?.at ?? firstAt, deaths: number, queue }, redriven };
}

const forgottenDeath = ({ firstAt, queue }: DiedRow, deaths: number): PastDeath => ({
  death: { failure: null, failures: 0, firstAt, lastAt: firstAt, deaths, queue },
  redriven: "forgotten",
});

function failureOf({ what, detail = "" }: HistoryEntry): Failure | null {
  const reason = FAILURE_REASONS.find((one) => one === what.slice(FAILED.length));
  return reason === undefined ? null : { reason, detail };
}
