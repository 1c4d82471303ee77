/** The pump's shortest interval. It applies while overdue rows wait for a place in the pump. */
export const QUIET_MS = 250;

/** `alarmAt`: what the alarm is set to; infinite while none is. `quietUntil`: the pump rests until then. In epoch milliseconds. */
export type Alarm = { alarmAt: number; quietUntil: number; sweepMs: number };

/**
 * To what the alarm is set, so that something is done at `due`; null where it is set early enough. The time is rounded up,
 * so that one alarm serves several due rows: setting an alarm is a write.
 */
export function alarmFor(due: number, now: number, { alarmAt, quietUntil, sweepMs }: Alarm): number | null {
  // The platform tries an alarm six times, then drops it: one that is long overdue is lost. What it was set for is still to
  // be done, so the next one comes at once, however far away this due is.
  const isLost = now - alarmAt > sweepMs;
  const wanted = isLost ? Math.min(due, now) : due;
  const moment = Math.min(250, sweepMs / 10);
  const soonest = wanted <= now ? Math.max(wanted, Math.min(quietUntil, now + QUIET_MS)) : wanted;
  // What is due at once may say 0, and the platform takes no alarm of that time.
  const at = Math.max(now, Math.ceil(soonest / moment) * moment);
  return at >= alarmAt && !isLost ? null : at;
}

/** The alarm of one shard as this process knows it. `set` sets the platform's, at epoch milliseconds; null: nothing is due. */
export function createAlarm(sweepMs: number, set: (at: number) => Promise<void>) {
  let alarmAt = Number.POSITIVE_INFINITY;
  /** Until when overdue rows do not set an alarm: rows without a place in the pump stay overdue. */
  let quietUntil = 0;
  return {
    async arm(due: number | null, now: number): Promise<void> {
      const at = due === null ? null : alarmFor(due, now, { alarmAt, quietUntil, sweepMs });
      if (at === null) return;
      alarmAt = at;
      try {
        await set(at);
      } catch (error) {
        // It is as good as lost: whatever is due next sets one, and comes at once, for what was due now too.
        if (alarmAt === at) alarmAt = Number.NEGATIVE_INFINITY;
        throw error;
      }
    },
    rang(): void {
      alarmAt = Number.POSITIVE_INFINITY;
    },
    rest(until: number): void {
      quietUntil = until;
    },
  };
}
