import type { HistoryEntry } from "../contracts/views.ts";
import { HISTORY_MAX } from "./settings.ts";

/** Appends an entry to a row's history. A very long history loses its middle, never its beginning or its end. */
export function append(history: HistoryEntry[], at: number, what: string, detail?: string): HistoryEntry[] {
  const entry: HistoryEntry = detail === undefined ? { at, what } : { at, what, detail: detail.slice(0, 500) };
  if (history.length < HISTORY_MAX) return [...history, entry];
  return [...history.slice(0, 10), ...history.slice(-(HISTORY_MAX - 11)), entry];
}
