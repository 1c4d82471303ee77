import { isObject, parseJson } from "../../shared/core/json.ts";
import type { WorkerLog } from "../stack/named-logs.ts";

/** One line as it is kept. `log`: what a Worker logs is an object; what the runtime or a library says is `text`. */
export type LogEntry = {
  /** ISO 8601, UTC. */
  at: string;
  /** Such as "refund"; "runtime" for what no Worker has said. */
  worker: string;
  level: string;
  log?: Record<string, unknown>;
  text?: string;
};

/** The most that is kept of a text: an exception may quote a whole body. */
const TEXT_MAX = 8_000;
/** Of one field, in a line that is longer. */
const FIELD_MAX = 2_000;

export function entryOf({ worker, level, message, timestamp }: WorkerLog): LogEntry {
  const head = { at: new Date(timestamp).toISOString(), worker: shortName(worker), level };
  const log = message.startsWith("{") ? objectIn(message) : null;
  if (log === null) return { ...head, text: message.slice(0, TEXT_MAX) };
  return { ...head, log: message.length > TEXT_MAX ? cutFields(log) : log };
}

const cutFields = (log: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(log).map(([name, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return [name, text.length > FIELD_MAX ? text.slice(0, FIELD_MAX) : value];
    }),
  );

const shortName = (worker: string | null): string => worker?.replace(/^countersign-/, "") ?? "runtime";

function objectIn(text: string): Record<string, unknown> | null {
  const parsed = parseJson(text);
  return parsed.ok && isObject(parsed.value) ? parsed.value : null;
}

/** Null for a line that a kill has cut off. */
export function entryIn(line: string): LogEntry | null {
  const entry = objectIn(line);
  return entry !== null && typeof entry.at === "string" ? (entry as LogEntry) : null;
}

export const isAlarm = ({ log }: LogEntry): boolean => log?.alarm === true;

/** What somebody must see without asking: alarms, errors, and what could not be done. */
export const matters = (entry: LogEntry): boolean =>
  isAlarm(entry) || entry.level === "error" || entry.level === "warn" || entry.log?.error !== undefined;

/** One line for people: time, Worker, what, and each field as name=value. */
export function describeEntry(entry: LogEntry): string {
  const { alarm: _alarm, what, ...fields } = entry.log ?? {};
  const words = [
    entry.at,
    entry.worker.padEnd(12),
    ...(isAlarm(entry) ? ["ALARM"] : []),
    ...(typeof what === "string" ? [withoutBreaks(what)] : []),
    ...(entry.text === undefined ? [] : [withoutBreaks(entry.text)]),
    ...Object.entries(fields).map(([name, value]) => `${withoutBreaks(name)}=${valueText(value)}`),
  ];
  return words.join(" ");
}

/** A break in a text would look like a line of its own. */
const withoutBreaks = (text: string): string =>
  text.replaceAll(/[\n\r\t]/g, (sign) => JSON.stringify(sign).slice(1, -1));

const PLAIN = /^[\w.:/@+-]+$/;

const valueText = (value: unknown): string =>
  typeof value === "string" && PLAIN.test(value) ? value : JSON.stringify(value);
