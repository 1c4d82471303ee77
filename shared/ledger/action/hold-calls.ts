import type { HoldRef } from "../../contracts/gate.ts";
import type { HeldAction } from "../../contracts/ledger.ts";
import type { Scope } from "../../contracts/scopes.ts";
import { WAKE_AT_ONCE } from "../settings.ts";
import type { ShardContext } from "../shard/context.ts";
import { heldBack, woken } from "./hold.ts";

const LIFTS_REMEMBERED = 1_000;

/** A shard's calls about holds. */
export function holdCalls({ store, settings, unclaimed, saveAction }: ShardContext) {
  /**
   * The newest lift of each scope. An executor may ask the gate before a lift and report the hold after it; then the report
   * is outdated and the row goes on. Lost on restart; then such a row waits for its next due.
   */
  const liftedHoldAtByScope = new Map<Scope, number>();

  function remember({ scope, at }: HoldRef): void {
    const before = liftedHoldAtByScope.get(scope) ?? 0;
    liftedHoldAtByScope.delete(scope);
    liftedHoldAtByScope.set(scope, Math.max(before, at));
    const [oldest] = liftedHoldAtByScope.keys();
    if (liftedHoldAtByScope.size > LIFTS_REMEMBERED && oldest !== undefined) liftedHoldAtByScope.delete(oldest);
  }
  const isLifted = ({ scope, at }: HoldRef): boolean => (liftedHoldAtByScope.get(scope) ?? 0) >= at;

  return {
    held(items: HeldAction[], now: number): void {
      for (const item of items) {
        unclaimed.delete(item.id);
        const row = store.action(item.id);
        if (row === null) continue;
        const kept = heldBack(row, item, now, settings);
        if (kept === row) continue;
        saveAction(row, isLifted(item.hold) ? woken(kept, now) : kept, now);
      }
    },

    /** Answers how many rows became due; fewer than WAKE_AT_ONCE means that no more wait for this hold's lift. */
    wake(hold: HoldRef, now: number): number {
      remember(hold);
      const rows = store.heldActions(hold, WAKE_AT_ONCE);
      for (const row of rows) saveAction(row, woken(row, now), now);
      return rows.length;
    },
  };
}
