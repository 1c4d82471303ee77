import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { describeEntry, type LogEntry } from "../logs/entry.ts";
import { followLogs, type LogFilter, readLogs } from "../logs/read.ts";
import { logFilesOf } from "../logs/store.ts";
import { noteLine, printJson, printLines } from "../print.ts";
import { type Environment, stateDirOf } from "../settings.ts";
import { listenForStop } from "../stopping.ts";

export type LogsOptions = LogFilter & { limit: number; follow?: true; json?: true };

/** Silence would leave open whether all is well or the filter is wrong. */
export function nothingIn(stateDir: string, filter: LogFilter): string {
  const all = readLogs(stateDir, {}, Number.MAX_SAFE_INTEGER).entries;
  const [first] = all;
  if (first === undefined) return "nothing is logged yet";
  const workers = [...new Set(all.map(({ worker }) => worker))].sort();
  const { worker } = filter;
  if (worker !== undefined && !workers.includes(worker))
    return `nothing is logged by ${worker}. These have logged: ${workers.join(", ")}`;
  const what = filter.alarm === true ? "no alarm" : "no such line";
  return `${what} among the ${all.length} lines since ${first.at}`;
}

/** Prints what the Workers of `npm start` have logged on this STATE_DIR, also when nothing runs there now. */
export async function logs(env: Environment, { limit, follow, json, ...filter }: LogsOptions): Promise<void> {
  const stateDir = stateDirOf(env);
  if (follow !== true && !logFilesOf(stateDir).some(existsSync)) {
    throw new UserError(`no logs in ${stateDir}: \`npm start\` keeps them there, and has not run on it.`);
  }
  const { entries, more } = readLogs(stateDir, filter, limit);
  if (json === true && follow !== true) {
    printJson({ logs: entries, more });
    return;
  }
  const print = (some: readonly LogEntry[]): void => {
    if (json === true) for (const entry of some) printJson(entry);
    else printLines(some.map(describeEntry));
  };
  if (more > 0) noteLine(`${more} older lines are not shown (--limit ${more + limit} shows them); times are in UTC`);
  if (entries.length === 0 && more === 0 && follow !== true) noteLine(nothingIn(stateDir, filter));
  print(entries);
  if (follow !== true) return;
  const stopping = listenForStop(env);
  for await (const entry of followLogs(stateDir, filter, stopping.signal)) print([entry]);
  stopping.end();
}
