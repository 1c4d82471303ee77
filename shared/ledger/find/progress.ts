import type { Position } from "../shard/cursor.ts";

/** Events that are being put into blocks, newest first: from the n-th, whose id this is, down to the one after `until`. */
type Stretch = { n: number; id: string; until: number };

/**
 * What of a shard's rows is in blocks. Events are taken by their place in the order of storing, actions by their first due. Rows of
 * before that order was kept are gone over once, by their ids.
 */
export type Progress = {
  /** All events up to this place are in blocks, or in the stretch. */
  events: number;
  stretch: Stretch | null;
  /** All actions up to this first due are in blocks. */
  actions: Position;
  /** Events that have no place and are in blocks. */
  unplaced: number;
  /** The pass over rows of before. `unplaced`: how many events had no place when it began. */
  old: { part: "events" | "actions"; after: string; unplaced: number } | null;
  /** The last block whose open rows were looked at again. */
  reviewed: number;
};

const NONE: Progress = {
  events: 0,
  stretch: null,
  actions: { due: -1, id: "" },
  unplaced: 0,
  old: null,
  reviewed: 0,
};

const SETTING = "references";
type Settings = {
  setting(name: string): string | null;
  saveSetting(name: string, value: string): void;
  accepted(): number;
  order: { newest(): { n: number } | null };
};

export function createProgress(settings: Settings) {
  let known: Progress | null = null;
  let unplaced: number | null = null;
  return {
    get(): Progress {
      if (known === null) {
        const stored = settings.setting(SETTING);
        known = stored === null ? NONE : { ...NONE, ...(JSON.parse(stored) as Partial<Progress>) };
      }
      return known;
    },
    save(next: Progress): void {
      settings.saveSetting(SETTING, JSON.stringify(next));
      known = next;
    },
    /** Events that an earlier version has stored: they were counted, and have no place. It does not change while this code runs. */
    unplaced(): number {
      unplaced ??= settings.accepted() - (settings.order.newest()?.n ?? 0);
      return unplaced;
    },
    forget(): void {
      known = null;
      unplaced = null;
    },
  };
}

export type ProgressStore = ReturnType<typeof createProgress>;

/** Where the pass over rows of before is to go on; null where it has been made. */
export function oldPart({ old, unplaced }: Progress, present: number): NonNullable<Progress["old"]> | null {
  if (old !== null) return old;
  return present > unplaced ? { part: "events", after: "", unplaced: present } : null;
}
