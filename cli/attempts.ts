import type { Outcome } from "../shared/contracts/action.ts";
import type { ActionView, HistoryEntry } from "../shared/contracts/views.ts";
import { providerKey } from "../shared/core/ids.ts";

const CAME_BACK: ReadonlySet<string> = new Set([
  "succeeded",
  "pending",
  "unmeant",
  "declined",
  "skipped",
  "unknown",
] satisfies Outcome["kind"][]);

/**
 * An action's history in which each attempt says under which key it went to the provider, and what came back. It is left out where
 * the history has lost it: a very long one, or with its texts.
 */
export function historyWithAttempts({ action, attempts, history }: ActionView): HistoryEntry[] {
  const lost = attempts - history.filter(({ what }) => ATTEMPT.test(what)).length;
  let generation: number | null = 0;
  let isOut = false;
  const told = history.map((entry): HistoryEntry => {
    if (ATTEMPT.test(entry.what)) {
      isOut = true;
      if (entry.detail !== undefined) generation = generationIn(entry.detail);
      else if (lost > 0) generation = null;
      return { ...entry, detail: generation === null ? "" : `under the key ${providerKey(action.id, generation)}` };
    }
    const isAnswer = isOut && (CAME_BACK.has(entry.what) || entry.what.startsWith("failed: "));
    if (isAnswer) isOut = false;
    return isAnswer ? { ...entry, what: `came back ${entry.what}` } : entry;
  });
  return lost > 0
    ? [...told, { at: history.at(-1)?.at ?? 0, what: `${lost} more attempt(s) are not in the history` }]
    : told;
}

const ATTEMPT = /^attempt \d+$/;

function generationIn(detail: string): number | null {
  const [, figures] = /^provider key generation (\d+)$/.exec(detail) ?? [];
  return figures === undefined ? null : Number(figures);
}
