import { callConsole } from "../../cli/client.ts";
import { UserError } from "../../cli/errors.ts";
import { ask, IMPATIENT, pause, refusalOf } from "../../cli/http.ts";
import { collect } from "../../cli/pages.ts";
import type { Hold } from "../../shared/contracts/gate.ts";
import type { CaseRow, DeadLetterRow } from "../../shared/contracts/records.ts";
import type { Totals, Trace } from "../../shared/contracts/views.ts";
import { mapLimit } from "../../shared/core/concurrency.ts";
import { INSIDER_PATH, type InsiderCall } from "./inside/insider.ts";
import type { Doors } from "./victims.ts";

const AT_ONCE = 8;
const PATIENCE = { tries: 6, firstWaitMs: 100 };

const consoleOf = ({ consoleUrl, keys }: Doors) => ({ url: consoleUrl, key: keys.CONSOLE_TOKEN });

/** Null while nobody answers. */
export async function totalsNow(doors: Doors): Promise<Totals | null> {
  const { url, key } = consoleOf(doors);
  try {
    const response = await fetch(`${url}/api/totals`, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(3_000),
    });
    return response.ok ? ((await response.json()) as Totals) : null;
  } catch {
    return null;
  }
}

export const settledIn = ({ accepted, waiting }: Totals): number => accepted - waiting.events - waiting.actions;
export const waitingIn = ({ waiting }: Totals): number => waiting.events + waiting.actions;

export async function traceOf(doors: Doors, id: string): Promise<Trace | null> {
  const { url, key } = consoleOf(doors);
  const headers = { authorization: `Bearer ${key}` };
  const answer = await ask(`${url}/api/trace/${encodeURIComponent(id)}`, { headers }, PATIENCE);
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw new Error(`the trace of ${id} was answered ${answer.status}: ${answer.text}`);
  return answer.value as Trace;
}

export async function tracesOf(
  doors: Doors,
  ids: readonly string[],
  onTrace: (count: number) => void,
): Promise<Map<string, Trace | null>> {
  let count = 0;
  const found = await mapLimit(ids, AT_ONCE, async (id) => {
    const trace = await traceOf(doors, id);
    onTrace(++count);
    return [id, trace] as const;
  });
  return new Map(found);
}

export const casesIn = async (doors: Doors): Promise<CaseRow[]> =>
  (await collect(consoleOf(doors), "GET /api/cases", {}, ALL)).items;
export const lettersIn = async (doors: Doors): Promise<DeadLetterRow[]> =>
  (await collect(consoleOf(doors), "GET /api/dead-letters", {}, ALL)).items;
const ALL = Number.POSITIVE_INFINITY;

/** Rebuilds a part of the database from the ledger. `next`: where to go on; null when all is there. */
export const rebuildPage = (doors: Doors, cursor: string | null): Promise<{ next: string | null }> =>
  callConsole(consoleOf(doors), "POST /api/records/rebuild", { body: cursor === null ? {} : { cursor } }, IMPATIENT);

/** Rebuilds all of it. */
export async function rebuildAll(doors: Doors): Promise<void> {
  for (let cursor: string | null = null; ; ) {
    const { next }: { next: string | null } = await rebuildPage(doors, cursor);
    if (next === null) return;
    cursor = next;
  }
}

/** What is on hold now. */
export async function holdsIn(doors: Doors): Promise<Hold[]> {
  return (await callConsole(consoleOf(doors), "GET /api/holds", {}, PATIENCE)).items;
}

/** `doors`: where the stack is now; null while it is dead. */
export type Acting = { doors(): Doors | null; signal: AbortSignal };
export type Acted<T> = { value: T; sentAtMs: number; answeredAtMs: number };

const AGAIN_MS = 100;
const ANSWER_MS = 5_000;
const ACT_MAX_MS = 180_000;

/** Calls the ledger as any Worker with a binding to it could (inside/insider.ts). Throws where nobody answers. */
export async function callAsInsider<T>({ consoleUrl }: Doors, call: InsiderCall): Promise<T> {
  const init = { method: "POST", body: JSON.stringify(call), signal: AbortSignal.timeout(ANSWER_MS) };
  const response = await fetch(`${consoleUrl}${INSIDER_PATH}`, init);
  if (!response.ok) throw new Error(`the insider's ${call.name} was answered ${response.status}`);
  return (await response.json()) as T;
}

/** A person's act at the console, repeated while the stack is dead or does not answer. Null when it is interrupted. */
export async function actUntilDone<T>(path: string, body: object, { doors, signal }: Acting): Promise<Acted<T> | null> {
  const sentAtMs = Date.now();
  while (!signal.aborted) {
    const at = doors();
    const answer = at === null ? null : await actOnce(at, path, body, signal);
    if (answer?.status === 200) return { value: answer.value as T, sentAtMs, answeredAtMs: Date.now() };
    if (answer !== null && answer.status < 500) throw new UserError(`${path} answered ${refusalOf(answer)}`);
    if (Date.now() - sentAtMs > ACT_MAX_MS) throw new UserError(`${path} was not answered for three minutes`);
    await pause(AGAIN_MS, signal);
  }
  return null;
}

/** Null: nobody answered. */
async function actOnce(doors: Doors, path: string, body: object, signal: AbortSignal) {
  const { url, key } = consoleOf(doors);
  const init = {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const either = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  return await ask(`${url}${path}`, init, { ...IMPATIENT, signal: either }).catch(() => null);
}

export async function redriveAll(doors: Doors, ids: readonly string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += 100) {
    const body = { ids: ids.slice(start, start + 100) };
    await callConsole(consoleOf(doors), "POST /api/dead-letters/redrive", { body }, PATIENCE);
  }
}
