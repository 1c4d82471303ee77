import type { ActionState } from "../../contracts/action.ts";
import type { ActionRef } from "../../contracts/views.ts";
import type { Sql } from "../../core/sql.ts";
import { DAY_MS } from "../../core/time.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import type { Chore, Found } from "./chores.ts";
import type { Store } from "./store.ts";
import { actionRowWithoutTexts, afterDays, eventRowWithoutTexts, recordedWithoutTexts } from "./texts.ts";

/** The most rows that one step reads, and of how many it removes the texts. */
const READ_AT_ONCE = 1_000;
export const REMOVED_AT_ONCE = 200;

/** Whether nothing is left to do for an action, for us or for a person. */
const IS_OVER: Record<ActionState, boolean> = {
  ready: false,
  scheduled: false,
  in_flight: false,
  unknown: false,
  pending: false,
  case_opening: false,
  dead: false,
  succeeded: true,
  declined: true,
  skipped: true,
  case_closed: true,
  denied: true,
  superseded: true,
  // A person has it before them, or may redrive it.
  case_open: false,
  dead_lettered: false,
};

/** Whether the action is there, and no step of its fact waits or is with a person. `actions`: those of its subject. */
export function isFactOver(actions: readonly ActionRow[], id: string): boolean {
  const own = actions.find((row) => row.id === id);
  const steps = actions.filter(({ action }) => action.factKey === own?.action.factKey);
  return own !== undefined && steps.every(({ state, due }) => IS_OVER[state] && due === null);
}

/** The action that an event led to, or whose fact it tells; null where there is none. */
function refOf({ outcome }: EventRow): ActionRef | null {
  if (outcome === null) return null;
  if (outcome.kind === "action") return { id: outcome.actionId, subject: outcome.subject };
  const { sameFactAs } = outcome;
  return sameFactAs === undefined ? null : { id: sameFactAs.actionId, subject: sameFactAs.subject };
}

/** A row that is old by its time. `ref`: the action that must be over; null where none has to be. */
type Old = { at: number; ref: ActionRef | null; take(now: number): Left };
/** The time of what a row still has; null where that is nothing. */
type Left = number | null;
type Read = { key: string; at: number; isLeft: boolean };

/**
 * The chores that remove raw bytes and texts after their time. A clock may be a day behind when a row is written, so a day
 * more passes. Rows that wait, and those of which a person has the case, are left as they are: docs/decisions/0036.
 */
export function choresOfRetention(sql: Sql, store: Store, days: number): Chore[] {
  const keepMs = (days + 1) * DAY_MS;

  /** `rows`: in the order of their keys. `oldOf`: null where the row is new, or has to stay. */
  function found(rows: readonly Read[], cutoff: number, oldOf: (row: Read) => Old | null): Found {
    const olds: Old[] = [];
    const left: number[] = [];
    let end: string | null = rows.length < READ_AT_ONCE ? null : (rows.at(-1)?.key ?? null);
    for (const row of rows) {
      const old = row.at < cutoff && !row.isLeft ? oldOf(row) : null;
      if (old !== null) olds.push(old);
      else if (!row.isLeft) left.push(row.at);
      if (olds.length < REMOVED_AT_ONCE) continue;
      end = row.key;
      break;
    }
    return {
      refs: olds.flatMap(({ ref }) => ref ?? []),
      end,
      take(isOver, now) {
        const taken = olds.map(({ at, ref, take }) => (ref === null || isOver(ref) ? take(now) : at));
        return leastOf([...left, ...taken.flatMap((at) => at ?? [])]);
      },
    };
  }

  /** Null: the event waits, or a person may redrive it. */
  function settledEvent(id: string): EventRow | null {
    const row = store.event(id);
    return row !== null && row.state === "decided" && row.due === null ? row : null;
  }

  const events: Chore = {
    keepMs,
    look(cursor, cutoff) {
      const query =
        "SELECT id AS key, accepted_at AS at, accepted_at < ? AND raw = '' AS gone FROM event WHERE id > ? ORDER BY id LIMIT ?";
      const rows = sql.exec<Scanned>(query, cutoff, cursor, READ_AT_ONCE).toArray().map(read);
      return found(rows, cutoff, ({ key, at }) => {
        const row = settledEvent(key);
        const take = (now: number): Left => {
          const current = settledEvent(key);
          if (current === null) return at;
          store.rewriteEvent(eventRowWithoutTexts(current, now, afterDays(days)), "");
          return null;
        };
        return row === null ? null : { at, ref: refOf(row), take };
      });
    },
  };

  const conflicts: Chore = {
    keepMs,
    look(cursor, cutoff) {
      const query =
        "SELECT id AS key, min(at) AS at, 0 AS gone FROM conflict WHERE id > ? GROUP BY id ORDER BY id LIMIT ?";
      const rows = sql.exec<Scanned>(query, cursor, READ_AT_ONCE).toArray().map(read);
      return found(rows, cutoff, ({ key, at }) => {
        const row = settledEvent(key);
        const take = (): Left => {
          if (settledEvent(key) === null) return at;
          sql.exec("DELETE FROM conflict WHERE id = ? AND at < ?", key, cutoff);
          const [newer] = sql.exec<{ at: Left }>("SELECT min(at) AS at FROM conflict WHERE id = ?", key).toArray();
          return newer?.at ?? null;
        };
        return row === null ? null : { at, ref: refOf(row), take };
      });
    },
  };

  const facts: Chore = {
    keepMs,
    look(cursor, cutoff) {
      const query =
        "SELECT key, json_extract(standing, '$.decidedAt') AS at, json_extract(standing, '$.textRemovedAt') IS NOT NULL AS gone FROM fact WHERE key > ? ORDER BY key LIMIT ?";
      const rows = sql.exec<Scanned>(query, cursor, READ_AT_ONCE).toArray().map(read);
      return found(rows, cutoff, ({ key, at }) => {
        const recorded = store.decision(key);
        if (recorded === null) return null;
        const { decision } = recorded;
        const ref = decision.kind === "none" ? null : { id: decision.action.id, subject: decision.action.subject };
        const take = (now: number): Left => {
          store.rewriteDecision(key, recordedWithoutTexts(recorded, now));
          return null;
        };
        return { at, ref, take };
      });
    },
  };

  const actions: Chore = {
    keepMs,
    look(cursor, cutoff) {
      const rows = store.actionTimes(cursor, READ_AT_ONCE).map(({ id, updatedAt, textRemovedAt }) => ({
        key: id,
        at: updatedAt,
        // What was written to it later may have texts again.
        isLeft: textRemovedAt !== null && updatedAt < textRemovedAt,
      }));
      return found(rows, cutoff, ({ key, at }) => {
        const settled = (): ActionRow | null => {
          const row = store.action(key);
          return row !== null && isFactOver(store.actionsOf(row.subject), key) ? row : null;
        };
        const take = (now: number): Left => {
          const current = settled();
          if (current === null) return at;
          store.rewriteAction(actionRowWithoutTexts(current, now, afterDays(days)));
          return null;
        };
        return settled() === null ? null : { at, ref: null, take };
      });
    },
  };

  return [events, conflicts, facts, actions];
}

type Scanned = { key: string; at: number; gone: number };
const read = ({ key, at, gone }: Scanned): Read => ({ key, at, isLeft: gone === 1 });
const leastOf = (times: readonly number[]): number | null => (times.length === 0 ? null : Math.min(...times));
