import type { PaymentEvent } from "../../contracts/event.ts";
import type { Provenance } from "../../contracts/views.ts";
import { canonicalJson } from "../../core/json.ts";
import type { Sql } from "../../core/sql.ts";

/** What is kept of the other contents that came under one event's id. Further ones are only counted, in the event's row. */
export const CONFLICTS_KEPT = 5;
export const CONFLICT_BYTES = 1_048_576;

type Kept = { bytes: number; same: number };

export function createConflicts(sql: Sql) {
  return {
    /** Keeps the content, where it is not kept already and there is room for it. */
    insert(event: PaymentEvent, raw: string, provenance: Provenance | null, now: number): void {
      const body = canonicalJson(event);
      const kept = sql
        .exec<Kept>(
          "SELECT length(CAST(body AS BLOB)) + length(CAST(raw AS BLOB)) AS bytes, body = ? AS same FROM conflict WHERE id = ? LIMIT ?",
          body,
          event.id,
          CONFLICTS_KEPT,
        )
        .toArray();
      const bytes = kept.reduce((sum, one) => sum + one.bytes, bytesOf(body) + bytesOf(raw));
      if (kept.length >= CONFLICTS_KEPT || bytes > CONFLICT_BYTES || kept.some(({ same }) => same === 1)) return;
      sql.exec(
        "INSERT OR IGNORE INTO conflict (id, at, body, raw, provenance) VALUES (?, ?, ?, ?, ?)",
        event.id,
        now,
        body,
        raw,
        provenance,
      );
    },
    /** The contents go; how many there were stays in the event's row. */
    remove: (id: string): void => void sql.exec("DELETE FROM conflict WHERE id = ?", id),
    /** Oldest first. */
    of(id: string): { at: number; event: PaymentEvent; provenance: Provenance | null }[] {
      const query = "SELECT at, body, provenance FROM conflict WHERE id = ? ORDER BY at";
      return sql
        .exec<{ at: number; body: string; provenance: Provenance | null }>(query, id)
        .toArray()
        .map(({ body, ...rest }) => ({ ...rest, event: JSON.parse(body) as PaymentEvent }));
    },
  };
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength;
