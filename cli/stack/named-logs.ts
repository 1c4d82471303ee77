/** One log line. `level` is the console method that was used; `worker` is null for what the runtime itself says. */
export type WorkerLog = { worker: string | null; level: string; message: string; timestamp: number };

/** workerd hands on what all Workers log as one stream, without their names. */
const MARK = "\u001f";

/** Code for the beginning of a Worker's bundle: its console puts the Worker's name before each line. */
export const namingConsole = (worker: string): string => `{
  const mark = ${JSON.stringify(`${MARK}${worker}${MARK}`)};
  for (const level of ["debug", "error", "info", "log", "warn"]) {
    const write = console[level].bind(console);
    console[level] = (...values) =>
      values.length === 1 && typeof values[0] === "string" ? write(mark + values[0]) : write(mark, ...values);
  }
}`;

/** Takes the name off again. */
export function unnamed(log: Omit<WorkerLog, "worker">): WorkerLog {
  const end = log.message.startsWith(MARK) ? log.message.indexOf(MARK, 1) : -1;
  if (end === -1) return { ...log, worker: null };
  return { ...log, worker: log.message.slice(1, end), message: log.message.slice(end + 1).replace(/^ (?!$)/, "") };
}
