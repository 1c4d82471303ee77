/** The parts of a Durable Object's storage that alarms need. */
export type AlarmStorage = {
  sql: { exec(query: string, ...bindings: unknown[]): { toArray(): Record<string, unknown>[] } };
  getAlarm(options?: unknown): Promise<number | null>;
  setAlarm(at: number | Date, options?: unknown): Promise<void>;
  deleteAlarm(options?: unknown): Promise<void>;
};

/** The platform's alarms run by real time, and the object's clock jumps: so often it is looked whether it is time. */
const LOOK_MS = 250;

/**
 * Alarms by the object's own clock. What it asks for is kept on disk beside its rows (an alarm survives a kill), the
 * platform's alarm is set to look soon, and the object's `alarm()` is called only when its own clock has come that far.
 */
export function translateAlarms(storage: AlarmStorage, ownNow: () => number, realNow: () => number) {
  const { sql } = storage;
  const setReal = storage.setAlarm.bind(storage);
  const deleteReal = storage.deleteAlarm.bind(storage);
  sql.exec("CREATE TABLE IF NOT EXISTS chaos_alarm (one INTEGER PRIMARY KEY, at INTEGER NOT NULL)");
  const asked = (): number | null => {
    const [row] = sql.exec("SELECT at FROM chaos_alarm").toArray();
    return typeof row?.at === "number" ? row.at : null;
  };
  const lookSoon = (at: number) => setReal(realNow() + Math.min(LOOK_MS, Math.max(0, at - ownNow())));
  storage.getAlarm = async () => asked();
  storage.setAlarm = async (at) => {
    sql.exec("INSERT OR REPLACE INTO chaos_alarm (one, at) VALUES (1, ?)", Number(at));
    await lookSoon(Number(at));
  };
  storage.deleteAlarm = async () => {
    sql.exec("DELETE FROM chaos_alarm");
    await deleteReal();
  };
  return {
    /** Whether it is time: then the alarm is used up, as the platform's would be. If not, it is looked again soon. */
    async isTime(): Promise<boolean> {
      const at = asked();
      if (at === null) return false;
      if (ownNow() < at) {
        await lookSoon(at);
        return false;
      }
      sql.exec("DELETE FROM chaos_alarm");
      return true;
    },
    /** `alarm()` threw: the platform would try it again, and so is done here. */
    async again(): Promise<void> {
      if (asked() === null) await storage.setAlarm(ownNow());
    },
  };
}
