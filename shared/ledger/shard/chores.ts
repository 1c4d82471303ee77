import type { ActionRef } from "../../contracts/views.ts";
import { DAY_MS } from "../../core/time.ts";

/**
 * What a shard does to its own rows once they are old: it folds totals, and removes what has had its time. A pass goes over
 * all tables in small steps, at most once a day, and only where something can be old. Why: docs/decisions/0036.
 */
export type Chore = {
  /** How old a row must be for this chore. */
  keepMs: number;
  /** The next rows after the cursor, "" at first. Writes nothing. `cutoff`: rows of this time and later are not touched. */
  look(cursor: string, cutoff: number): Found;
};

export type Found = {
  /** Of these actions it must be known whether they are over; most are in other shards. */
  refs: ActionRef[];
  /**
   * Does the work, in one transaction. The rows may have changed since the look, so it reads them again. Answers the time
   * of the oldest row that is left; null where none is.
   */
  take(isOver: (ref: ActionRef) => boolean, now: number): number | null;
  /** Where the next step goes on; null at the end. */
  end: string | null;
};

type Settings = { setting(name: string): string | null; saveSetting(name: string, value: string): void };
type UnderWay = { chore: number; cursor: string; oldest: number };
/** `oldest`: by chore, what the last pass left. `at`: where the pass that runs has got to; null where none runs. */
type Progress = { startedAt: number; oldest: (number | null)[]; at: UnderWay | null };

const SETTING = "chores";
const PASS_EVERY_MS = DAY_MS;
const NEVER: Progress = { startedAt: Number.NEGATIVE_INFINITY, oldest: [], at: null };

/** The order of the chores is stored by their positions: new ones come last. */
export function createChores(chores: readonly Chore[], settings: Settings) {
  let known: Progress | null = null;
  function progress(now: number): Progress {
    if (known === null) {
      const stored = settings.setting(SETTING);
      known = stored === null ? NEVER : (JSON.parse(stored) as Progress);
    }
    // A pass of the day after tomorrow ran while the clock was wrong. Without this it would be the last one.
    return known.startedAt > now + DAY_MS ? NEVER : known;
  }
  function save(next: Progress): void {
    settings.saveSetting(SETTING, JSON.stringify(next));
    known = next;
  }

  /** The first chore from this position on that may find something old. */
  function nextChore(from: number, { oldest }: Progress, now: number): number | null {
    const index = chores.findIndex((chore, position) => position >= from && oldAt(chore, oldest[position]) <= now);
    return index === -1 ? null : index;
  }

  /** When there is something to do; zero while a pass runs. */
  function nextAt(now: number): number {
    const { at, startedAt, oldest } = progress(now);
    if (at !== null) return 0;
    return Math.max(
      0,
      startedAt + PASS_EVERY_MS,
      Math.min(...chores.map((chore, index) => oldAt(chore, oldest[index]))),
    );
  }

  /** The next step; null where the day's pass is over, or nothing is old. */
  function nextStep(now: number): UnderWay | null {
    const { at } = progress(now);
    if (at !== null || nextAt(now) > now) return at;
    const chore = nextChore(0, progress(now), now);
    return chore === null ? null : { chore, cursor: "", oldest: now };
  }

  return {
    nextAt,
    /** What the next step is about; null where nothing is to do. */
    look(now: number): Found | null {
      const step = nextStep(now);
      const chore = step === null ? undefined : chores[step.chore];
      return step === null || chore === undefined ? null : chore.look(step.cursor, now - chore.keepMs);
    },
    /** Does the step, and remembers where the next one goes on. */
    take(found: Found, isOver: (ref: ActionRef) => boolean, now: number): void {
      const step = nextStep(now);
      if (step === null) return;
      const least = found.take(isOver, now);
      const before = progress(now);
      const startedAt = before.at === null ? now : before.startedAt;
      const left = Math.min(step.oldest, now, least ?? now);
      if (found.end !== null) {
        save({ startedAt, oldest: before.oldest, at: { ...step, cursor: found.end, oldest: left } });
        return;
      }
      const oldest = chores.map((_, index) => (index === step.chore ? left : (before.oldest[index] ?? null)));
      const done: Progress = { startedAt, oldest, at: null };
      const next = nextChore(step.chore + 1, done, now);
      save(next === null ? done : { ...done, at: { chore: next, cursor: "", oldest: now } });
    },
    /** A transaction has failed: what is in memory may not be on disk. */
    forget(): void {
      known = null;
    },
  };
}

/** When the oldest row that a pass has left is old; where no pass has looked, at once. */
const oldAt = ({ keepMs }: Chore, oldest: number | null | undefined): number =>
  oldest === null || oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + keepMs;

/** A step that concerns no action of another shard. */
export const foundAlone = (take: () => void, end: string | null, oldest: number | null): Found => ({
  refs: [],
  take() {
    take();
    return oldest;
  },
  end,
});
