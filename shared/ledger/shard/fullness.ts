import type { Sql } from "../../core/sql.ts";
import { HOUR_MS, MINUTE_MS } from "../../core/time.ts";

/** What one Durable Object can store: https://developers.cloudflare.com/durable-objects/platform/limits/. */
export const CAPACITY_BYTES = 10_000_000_000;
/** From this share on somebody is woken. */
export const FULL_FROM = 0.8;
const TOLD_EVERY_MS = HOUR_MS;
const LOOKED_EVERY_MS = MINUTE_MS;

/** A Durable Object's SQL. `databaseSize`: bytes of the database, free pages included. */
export type ShardSql = Sql & { readonly databaseSize: number };
export type Fullness = { share: number; databaseBytes: number; capacityBytes: number };

/** The time of the last alarm is stored, so that a shard that starts often does not tell of it more often. */
type Settings = { setting(name: string): string | null; saveSetting(name: string, value: string): void };
const TOLD_AT = "full:toldAt";

/** A clock that was set back must neither silence the alarm nor make it ring with every call. */
const isPast = (since: number | null, everyMs: number, now: number): boolean =>
  since === null || Math.abs(now - since) >= everyMs;

export function createFullness(sql: ShardSql, settings: Settings) {
  let lookedAt: number | null = null;
  let toldAt: number | null = null;
  const share = (): number => sql.databaseSize / CAPACITY_BYTES;

  function lastToldAt(): number | null {
    const stored = toldAt === null ? settings.setting(TOLD_AT) : null;
    return stored === null ? toldAt : Number(stored);
  }
  function tell(now: number): Fullness {
    toldAt = now;
    try {
      settings.saveSetting(TOLD_AT, String(now));
    } catch {
      // A full disk takes nothing. The alarm matters more than its note.
    }
    return { share: share(), databaseBytes: sql.databaseSize, capacityBytes: CAPACITY_BYTES };
  }

  return {
    share,
    /** What an alarm is to say; null where none is due. At most one an hour. */
    takeAlarm(now: number): Fullness | null {
      if (!isPast(lookedAt, LOOKED_EVERY_MS, now)) return null;
      lookedAt = now;
      return share() >= FULL_FROM && isPast(lastToldAt(), TOLD_EVERY_MS, now) ? tell(now) : null;
    },
  };
}
